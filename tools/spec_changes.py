"""List the changes of openapi.yaml since its last release, and check that its version number reflects them.

    python tools/spec_changes.py            list the changes, and check the version and the changelog

A change is breaking if it breaks clients generated from the released document, or code that uses them once they are
regenerated. Changes of descriptions, examples and extensions are neither breaking nor additions.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml
from spec_rules import METHODS, named, reachable, resolved, responses

ROOT = Path(__file__).resolve().parent.parent
RELEASED = ROOT / "contract" / "released"
CHANGELOG = ROOT / "docs" / "contract-changelog.md"

Document: TypeAlias = dict[str, Any]
Side: TypeAlias = Literal["request", "response"]
Version: TypeAlias = tuple[int, ...]

# The bounds of request values: the server rejects values outside.
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "const")
# Other constraints on request values; any change of them counts as a narrower one.
CONDITIONS = (
    *("unevaluatedProperties", "propertyNames", "patternProperties"),
    *("dependentRequired", "dependentSchemas", "if", "then"),
)


class Weight(IntEnum):
    """How severe a change is for users of the document."""

    ADDITION = 1
    BREAKING = 2


@dataclass(frozen=True)
class Change:
    """One change: its severity and description."""

    weight: Weight
    text: str


def main() -> int:
    """Run the command line."""
    current = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    for change in changes(last_release(), current):
        print(f"{change.weight.name.lower()}: {change.text}")
    found = problems()
    print("\n".join(found))
    return 1 if found else 0


def problems() -> list[str]:
    """Return the problems with the document's version, one per line."""
    current = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    session = yaml.safe_load((ROOT / "openapi-session.yaml").read_text(encoding="utf-8"))
    version = current["info"]["version"]
    found = version_problems(last_release(), current)
    if session["info"]["version"] != version:
        found.append(f"openapi-session.yaml has version {session['info']['version']}, openapi.yaml {version}")
    if f"\n## {version}" not in CHANGELOG.read_text(encoding="utf-8"):
        found.append(f"{CHANGELOG.name} has no section for {version}")
    return found


def last_release() -> Document:
    """Return the released document with the highest version."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RELEASED.glob("openapi-*.yaml")]
    return max(documents, key=lambda document: parsed(document["info"]["version"]))


def version_problems(old: Document, new: Document) -> list[str]:
    """Return the changes that the new document's version doesn't allow, and the lowest allowed version."""
    before, now = parsed(old["info"]["version"]), parsed(new["info"]["version"])
    found = changes(old, new)
    heaviest = max((change.weight for change in found), default=0)
    if heaviest == Weight.BREAKING:
        least: Version = (before[0] + 1, 0, 0)
    elif heaviest == Weight.ADDITION:
        least = (before[0], before[1] + 1, 0)
    elif old != new:
        least = (*before[:2], before[2] + 1)
    else:
        least = before
    if now >= least:
        return []
    lines = [f"{change.weight.name.lower()}: {change.text}" for change in found if change.weight == heaviest]
    return [*lines, f"The version is {_text(now)}; it must be {_text(least)} or higher"]


def parsed(version: str) -> Version:
    """Return a version as comparable numbers."""
    return tuple(int(part) for part in version.split("."))


def changes(old: Document, new: Document) -> list[Change]:
    """Return the breaking changes, then the additions."""
    found = [*_servers(old, new), *_operations(old, new), *_components(old, new)]
    return sorted(dict.fromkeys(found), key=lambda change: -change.weight)


def _servers(old: Document, new: Document) -> Iterator[Change]:
    before, now = ([server["url"] for server in document.get("servers", ())] for document in (old, new))
    if before != now:
        yield _breaking(f"the servers are {now}, previously {before}")


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before, now = _by_place(old), _by_place(new)
    yield from _keys(before, now, "")
    for place in before.keys() & now.keys():
        was, is_ = before[place], now[place]
        if was.get("operationId") != is_.get("operationId"):
            yield _breaking(
                f"{place}: its operationId is {is_.get('operationId')}, previously {was.get('operationId')}"
            )
        if was.get("tags") != is_.get("tags"):
            yield _breaking(f"{place}: its tags are {is_.get('tags')}, previously {was.get('tags')}")
        if was.get("servers") != is_.get("servers"):
            yield _breaking(f"{place}: its servers have changed")
        yield from _parameters(place, _parameters_of(old, was), _parameters_of(new, is_))
        yield from _bodies(
            place, resolved(old, was.get("requestBody")), resolved(new, is_.get("requestBody"))
        )
        before_answers, now_answers = _answers(old, was), _answers(new, is_)
        yield from _keys(before_answers, now_answers, f"{place}: the status ")
        for status in before_answers.keys() & now_answers.keys():
            contents: list[Document] = [
                answers[status].get("content", {}) for answers in (before_answers, now_answers)
            ]
            yield from _contents(f"{place} {status}", contents[0], contents[1], "response")


def _answers(document: Document, operation: Document) -> dict[str, Document]:
    """Return the responses of an operation, by status."""
    return {str(status): resolved(document, answer) for status, answer in operation["responses"].items()}


def _by_place(document: Document) -> dict[str, Document]:
    """Return the operations, by method and path."""
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def _parameters_of(document: Document, operation: Document) -> dict[str, Document]:
    found = (resolved(document, parameter) for parameter in operation.get("parameters", ()))
    return {f"{parameter['in']} parameter {parameter['name']}": parameter for parameter in found}


def _parameters(place: str, old: dict[str, Document], new: dict[str, Document]) -> Iterator[Change]:
    yield from _fields(place, old, new, _required(old), _required(new), "request")
    for name in old.keys() & new.keys():
        yield from _schemas(f"{place}: {name}", old[name]["schema"], new[name]["schema"], "request")


def _required(parameters: dict[str, Document]) -> set[str]:
    return {name for name, parameter in parameters.items() if parameter.get("required")}


def _bodies(place: str, old: Document | None, new: Document | None) -> Iterator[Change]:
    if old is None or new is None:
        if new is not None:
            yield Change(
                Weight.BREAKING if new.get("required") else Weight.ADDITION, f"{place}: it now has a body"
            )
        if old is not None:
            yield _breaking(f"{place}: it no longer has a body")
        return
    if new.get("required") and not old.get("required"):
        yield _breaking(f"{place}: its body is now required")
    yield from _contents(place, old["content"], new["content"], "request")


def _contents(place: str, old: Document, new: Document, side: Side) -> Iterator[Change]:
    yield from _keys(old, new, f"{place}: ")
    for media in old.keys() & new.keys():
        yield from _schemas(
            f"{place}: {media}", old[media].get("schema", {}), new[media].get("schema", {}), side
        )


def _components(old: Document, new: Document) -> Iterator[Change]:
    """Compare each component on its own; references to it are compared by name."""
    before, now = (document.get("components", {}).get("schemas", {}) for document in (old, new))
    yield from _keys(before, now, "schema ")
    answered = reachable(old, responses(old))
    asked = reachable(old, {name for operation in _by_place(old).values() for name in _asked(old, operation)})
    for name in before.keys() & now.keys():
        if name in asked:
            yield from _schemas(f"schema {name}", before[name], now[name], "request")
        if name in answered:
            yield from _schemas(f"schema {name}", before[name], now[name], "response")


def _asked(document: Document, operation: Document) -> set[str]:
    """Return the components that an operation's request refers to directly."""
    parameters = list(_parameters_of(document, operation).values())
    return named([parameters, resolved(document, operation.get("requestBody"))])


def _schemas(place: str, old: Document, new: Document, side: Side) -> Iterator[Change]:
    old, new = _bare(old), _bare(new)
    if old.get("$ref") != new.get("$ref"):
        yield _breaking(f"{place} is {_name(new)}, previously {_name(old)}")
        return
    yield from _values(place, _types(old), _types(new), "type", side)
    if ("enum" in old) != ("enum" in new):
        closed = "enum" in new
        weight = Weight.ADDITION if side == "request" and not closed else Weight.BREAKING
        yield Change(weight, f"{place} now accepts {'only the listed values' if closed else 'any value'}")
    else:
        yield from _values(place, set(old.get("enum", ())), set(new.get("enum", ())), "value", side)
    if old.get("format") != new.get("format"):
        yield _breaking(f"{place}: its format is {new.get('format')}, previously {old.get('format')}")
    for bound in BOUNDS if side == "request" else ():
        if new.get(bound) not in (None, old.get(bound)) and not _wider(bound, old, new):
            yield _breaking(f"{place}: its {bound} is {new[bound]}, previously {old.get(bound)}")
    for word in CONDITIONS if side == "request" else ():
        if word in new and new[word] != old.get(word):
            yield _breaking(f"{place}: its {word} has changed")
    properties: tuple[Document, Document] = (old.get("properties", {}), new.get("properties", {}))
    needed = (set(old.get("required", ())), set(new.get("required", ())))
    yield from _fields(place, *properties, *needed, side)
    for name in properties[0].keys() & properties[1].keys():
        yield from _schemas(f"{place}.{name}", properties[0][name], properties[1][name], side)
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _schemas(f"{place}.{word}", old[word], new[word], side)
        elif old.get(word) != new.get(word):
            yield _breaking(f"{place}: its {word} have changed")
    for word in ("oneOf", "anyOf", "allOf"):
        members, others = _members(old, word), _members(new, word)
        narrower = word == "allOf" and side == "request"
        gained = Weight.BREAKING if narrower else Weight.ADDITION
        yield from _keys(members, others, f"{place}: {word} ", gained)
        for name in members.keys() & others.keys():
            if "$ref" not in members[name]:
                yield from _schemas(place, members[name], others[name], side)


def _members(schema: Document, word: str) -> dict[str, Document]:
    """Return the members of a union or composition, by name."""
    return {_name(member): member for member in map(_bare, schema.get(word, ()))}


def _bare(schema: Document) -> Document:
    """Return a reference without its description."""
    parts = schema.get("allOf", ())
    return parts[0] if len(parts) == 1 and "properties" not in schema else schema


def _name(schema: Document) -> str:
    """Return a schema's name for messages."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return " or ".join(sorted(_types(schema))) or "untyped"


def _types(schema: Document) -> set[str]:
    kinds: str | list[str] = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _wider(bound: str, old: Document, new: Document) -> bool:
    """Whether a bound of a request still allows all values that it did."""
    if bound not in old or bound in ("pattern", "const"):
        return False
    return bool(new[bound] <= old[bound] if bound.startswith("min") else new[bound] >= old[bound])


def _values(place: str, old: set[str], new: set[str], what: str, side: Side) -> Iterator[Change]:
    """Compare sets of values. Responses can lose values, and requests can gain some. No type means any."""
    if what == "type" and not (old and new):
        if old != new:
            yield _breaking(f"{place}: its type is {_list(new) or 'any'}, previously {_list(old) or 'any'}")
        return
    lost, gained = old - new, new - old
    if lost:
        weight = Weight.BREAKING if side == "request" else Weight.ADDITION
        yield Change(weight, f"{place}: {what} {_list(lost)} was removed")
    if gained:
        weight = Weight.ADDITION if side == "request" else Weight.BREAKING
        yield Change(weight, f"{place}: {what} {_list(gained)} was added")


def _fields(
    place: str, old: Document, new: Document, needed: set[str], needs: set[str], side: Side
) -> Iterator[Change]:
    """Compare fields and parameters. Removing one is breaking; so is requiring one in requests, or not in responses."""
    for name in sorted(old.keys() - new.keys()):
        yield _breaking(f"{place}: {name} was removed")
    for name in sorted(new.keys() - old.keys()):
        weight = Weight.BREAKING if side == "request" and name in needs else Weight.ADDITION
        yield Change(weight, f"{place}: {name} was added")
    for name in sorted((needs ^ needed) & old.keys() & new.keys()):
        weight = Weight.BREAKING if (name in needs) == (side == "request") else Weight.ADDITION
        yield Change(weight, f"{place}: {name} is now {'required' if name in needs else 'optional'}")


def _keys(
    old: Iterable[str], new: Iterable[str], place: str, gained: Weight = Weight.ADDITION
) -> Iterator[Change]:
    """Compare named things: removing one is breaking, adding one is an addition."""
    for name in sorted(set(old) - set(new)):
        yield _breaking(f"{place}{name} was removed")
    for name in sorted(set(new) - set(old)):
        yield Change(gained, f"{place}{name} was added")


def _breaking(text: str) -> Change:
    return Change(Weight.BREAKING, text)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _text(version: Version) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())

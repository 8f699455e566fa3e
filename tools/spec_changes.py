"""What changed in openapi.yaml since its last release, and whether its version says so.

    python tools/spec_changes.py            list the changes, and check the version and the changelog

Breaking is what a client made of the released document would trip over, or what its code would have to be changed
for when the client is made anew. Descriptions, examples and extensions are neither breaking nor additions.
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

# What a request's value must keep to: the server refuses what goes beyond.
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "const")
# What else a request must keep to; a change of it is taken for a narrower one.
CONDITIONS = (
    *("unevaluatedProperties", "propertyNames", "patternProperties"),
    *("dependentRequired", "dependentSchemas", "if", "then"),
)


class Weight(IntEnum):
    """How much a change asks of those who use the document."""

    ADDITION = 1
    BREAKING = 2


@dataclass(frozen=True)
class Change:
    """One change: how much it asks, and what it is."""

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
    """Return what is wrong with the version of the document, a line each."""
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
    """The released document of the highest version."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RELEASED.glob("openapi-*.yaml")]
    return max(documents, key=lambda document: parsed(document["info"]["version"]))


def version_problems(old: Document, new: Document) -> list[str]:
    """Return the changes that the new document's version does not allow, and what it must be at least."""
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
    return [*lines, f"The version is {_text(now)}, it must be {_text(least)} or higher"]


def parsed(version: str) -> Version:
    """A version as numbers, to be compared."""
    return tuple(int(part) for part in version.split("."))


def changes(old: Document, new: Document) -> list[Change]:
    """Return what is breaking, and what was added; the breaking first."""
    found = [*_servers(old, new), *_operations(old, new), *_components(old, new)]
    return sorted(dict.fromkeys(found), key=lambda change: -change.weight)


def _servers(old: Document, new: Document) -> Iterator[Change]:
    before, now = ([server["url"] for server in document.get("servers", ())] for document in (old, new))
    if before != now:
        yield _breaking(f"the servers are {now}, were {before}")


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before, now = _by_place(old), _by_place(new)
    yield from _keys(before, now, "")
    for place in before.keys() & now.keys():
        was, is_ = before[place], now[place]
        if was.get("operationId") != is_.get("operationId"):
            yield _breaking(
                f"{place}: its operationId is {is_.get('operationId')}, was {was.get('operationId')}"
            )
        if was.get("tags") != is_.get("tags"):
            yield _breaking(f"{place}: its tags are {is_.get('tags')}, were {was.get('tags')}")
        if was.get("servers") != is_.get("servers"):
            yield _breaking(f"{place}: its servers are others")
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
    """The responses of an operation, by status."""
    return {str(status): resolved(document, answer) for status, answer in operation["responses"].items()}


def _by_place(document: Document) -> dict[str, Document]:
    """The operations, by method and path."""
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
                Weight.BREAKING if new.get("required") else Weight.ADDITION, f"{place}: it has a body now"
            )
        if old is not None:
            yield _breaking(f"{place}: it has no body any more")
        return
    if new.get("required") and not old.get("required"):
        yield _breaking(f"{place}: its body is required now")
    yield from _contents(place, old["content"], new["content"], "request")


def _contents(place: str, old: Document, new: Document, side: Side) -> Iterator[Change]:
    yield from _keys(old, new, f"{place}: ")
    for media in old.keys() & new.keys():
        yield from _schemas(
            f"{place}: {media}", old[media].get("schema", {}), new[media].get("schema", {}), side
        )


def _components(old: Document, new: Document) -> Iterator[Change]:
    """Each component for itself: whoever refers to it is compared by its name."""
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
    """The components that an operation's request begins with."""
    parameters = list(_parameters_of(document, operation).values())
    return named([parameters, resolved(document, operation.get("requestBody"))])


def _schemas(place: str, old: Document, new: Document, side: Side) -> Iterator[Change]:
    old, new = _bare(old), _bare(new)
    if old.get("$ref") != new.get("$ref"):
        yield _breaking(f"{place} is {_name(new)}, was {_name(old)}")
        return
    yield from _values(place, _types(old), _types(new), "type", side)
    if ("enum" in old) != ("enum" in new):
        closed = "enum" in new
        weight = Weight.ADDITION if side == "request" and not closed else Weight.BREAKING
        yield Change(weight, f"{place} {'takes listed values only' if closed else 'takes any value'} now")
    else:
        yield from _values(place, set(old.get("enum", ())), set(new.get("enum", ())), "value", side)
    if old.get("format") != new.get("format"):
        yield _breaking(f"{place}: its format is {new.get('format')}, was {old.get('format')}")
    for bound in BOUNDS if side == "request" else ():
        if new.get(bound) not in (None, old.get(bound)) and not _wider(bound, old, new):
            yield _breaking(f"{place}: its {bound} is {new[bound]}, was {old.get(bound)}")
    for word in CONDITIONS if side == "request" else ():
        if word in new and new[word] != old.get(word):
            yield _breaking(f"{place}: its {word} is another")
    properties: tuple[Document, Document] = (old.get("properties", {}), new.get("properties", {}))
    needed = (set(old.get("required", ())), set(new.get("required", ())))
    yield from _fields(place, *properties, *needed, side)
    for name in properties[0].keys() & properties[1].keys():
        yield from _schemas(f"{place}.{name}", properties[0][name], properties[1][name], side)
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            yield from _schemas(f"{place}.{word}", old[word], new[word], side)
        elif old.get(word) != new.get(word):
            yield _breaking(f"{place}: its {word} are others")
    for word in ("oneOf", "anyOf", "allOf"):
        members, others = _members(old, word), _members(new, word)
        narrower = word == "allOf" and side == "request"
        gained = Weight.BREAKING if narrower else Weight.ADDITION
        yield from _keys(members, others, f"{place}: {word} ", gained)
        for name in members.keys() & others.keys():
            if "$ref" not in members[name]:
                yield from _schemas(place, members[name], others[name], side)


def _members(schema: Document, word: str) -> dict[str, Document]:
    """The members of a union or a composition, by what they are called."""
    return {_name(member): member for member in map(_bare, schema.get(word, ()))}


def _bare(schema: Document) -> Document:
    """A reference without the words beside it."""
    parts = schema.get("allOf", ())
    return parts[0] if len(parts) == 1 and "properties" not in schema else schema


def _name(schema: Document) -> str:
    """What a schema is called in a change."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return " or ".join(sorted(_types(schema))) or "untyped"


def _types(schema: Document) -> set[str]:
    kinds: str | list[str] = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _wider(bound: str, old: Document, new: Document) -> bool:
    """Whether a bound of a request allows all that it did."""
    if bound not in old or bound in ("pattern", "const"):
        return False
    return bool(new[bound] <= old[bound] if bound.startswith("min") else new[bound] >= old[bound])


def _values(place: str, old: set[str], new: set[str], what: str, side: Side) -> Iterator[Change]:
    """Values that are sent may become fewer, those that are taken more. No type means any."""
    if what == "type" and not (old and new):
        if old != new:
            yield _breaking(f"{place}: its type is {_list(new) or 'any'}, was {_list(old) or 'any'}")
        return
    lost, gained = old - new, new - old
    if lost:
        weight = Weight.BREAKING if side == "request" else Weight.ADDITION
        yield Change(weight, f"{place}: {what} {_list(lost)} is gone")
    if gained:
        weight = Weight.ADDITION if side == "request" else Weight.BREAKING
        yield Change(weight, f"{place}: {what} {_list(gained)} is new")


def _fields(
    place: str, old: Document, new: Document, needed: set[str], needs: set[str], side: Side
) -> Iterator[Change]:
    """Fields and parameters: what is lost breaks; what has to be sent, or need not be there any more, does too."""
    for name in sorted(old.keys() - new.keys()):
        yield _breaking(f"{place}: {name} is gone")
    for name in sorted(new.keys() - old.keys()):
        weight = Weight.BREAKING if side == "request" and name in needs else Weight.ADDITION
        yield Change(weight, f"{place}: {name} is new")
    for name in sorted((needs ^ needed) & old.keys() & new.keys()):
        weight = Weight.BREAKING if (name in needs) == (side == "request") else Weight.ADDITION
        yield Change(weight, f"{place}: {name} is {'required' if name in needs else 'optional'} now")


def _keys(
    old: Iterable[str], new: Iterable[str], place: str, gained: Weight = Weight.ADDITION
) -> Iterator[Change]:
    """What has a name of its own: to lose it breaks, to gain one adds."""
    for name in sorted(set(old) - set(new)):
        yield _breaking(f"{place}{name} is gone")
    for name in sorted(set(new) - set(old)):
        yield Change(gained, f"{place}{name} is new")


def _breaking(text: str) -> Change:
    return Change(Weight.BREAKING, text)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _text(version: Version) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())

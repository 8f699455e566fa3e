"""The pages of the HTTP API, rendered from openapi.yaml: an operation is a section, an object is a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from docsite.navigation import ROOT

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def pages() -> dict[str, str]:
    """The Markdown of every page, by its path in the site."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    return dict(_Wire(contract).pages())


class _Wire:
    def __init__(self, contract: Mapping[str, Any]) -> None:
        self._contract = contract
        self._schemas: Mapping[str, Any] = contract["components"]["schemas"]

    def pages(self) -> Iterator[tuple[str, str]]:
        yield "wire/index.md", self._index()
        for tag in self._contract["tags"]:
            parts = [f"# {tag['name']}: the wire\n\n{tag['description']}\n"]
            parts += [self._operation(*each) for each in self._operations() if tag["name"] in each[2]["tags"]]
            if tag["name"] == "webhook":
                parts += [self._webhook(name, item) for name, item in self._contract["webhooks"].items()]
            yield f"wire/{tag['name']}.md", "\n".join(parts)
        yield "wire/objects.md", self._objects()

    def _operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for path, item in self._contract["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield method, path, item[method]

    def _index(self) -> str:
        info = self._contract["info"]
        server = self._contract["servers"][0]["url"]
        scheme = next(iter(self._contract["components"]["securitySchemes"].values()))
        rows = "".join(
            f"| `{method.upper()}` | [`{path}`]({operation['tags'][0]}.md#{operation['operationId'].lower()}) "
            f"| {_cell(operation['summary'])} |\n"
            for method, path, operation in self._operations()
        )
        return (
            f"# The API of the wire\n\n{info['description']}\n\n"
            f"This is version {info['version']} of the contract, [openapi.yaml](../openapi.yaml) (OpenAPI 3.1), "
            "which these pages are made from. Clients in [other languages](../other-languages.md) are generated "
            "from it too.\n\n"
            f"- Base URL: `{server}`\n- Authentication: the key, in the header `{scheme['name']}`\n\n"
            f"## Operations\n\n| Method | Path | |\n|---|---|---|\n{rows}\n"
            "All objects are on one page: [objects](objects.md).\n"
        )

    def _operation(self, method: str, path: str, operation: Mapping[str, Any]) -> str:
        name = operation["operationId"]
        repeat = (
            "It is safe to repeat." if operation.get("x-safe-to-repeat") else "**Repeating it may cost.**"
        )
        parts = [
            f"## {name} {{ #{name.lower()} }}\n\n`{method.upper()} {path}`\n",
            f"{operation['summary'].rstrip('.')}. {repeat}\n",
            operation.get("description", ""),
        ]
        parameters = [self._resolved(each) for each in operation.get("parameters", [])]
        if parameters:
            rows = "".join(
                f"| `{each['name']}` | {each['in']} | {self._type(each['schema'])} "
                f"| {_required(each.get('required'))}{_cell(each.get('description', ''))} |\n"
                for each in parameters
            )
            parts.append(f"\n| Parameter | In | Type | |\n|---|---|---|---|\n{rows}")
        if "requestBody" in operation:
            parts.append(self._body(operation["requestBody"]))
        parts.append(self._responses(operation["responses"]))
        return "\n".join(parts)

    def _body(self, body: Mapping[str, Any]) -> str:
        body = self._resolved(body)
        parts: list[str] = []
        for media, content in body["content"].items():
            parts.append(f"\nThe body, as `{media}`: {self._type(content['schema'])}\n")
            example = self._example(content)
            if example is not None:
                shown = json.dumps(example, indent=2, ensure_ascii=False, default=str)
                parts.append(f"```json\n{shown}\n```\n")
        return "\n".join(parts)

    def _example(self, content: Mapping[str, Any]) -> object:
        if "example" in content:
            return content["example"]
        for each in content.get("examples", {}).values():
            return self._resolved(each).get("value")
        return None

    def _responses(self, responses: Mapping[str, Any]) -> str:
        rows = ""
        for status, given in responses.items():
            response = self._resolved(given)
            types = [
                f"{self._type(content['schema'])} (`{media}`)"
                for media, content in response.get("content", {}).items()
                if "schema" in content
            ]
            rows += f"| {status} | {', '.join(types) or '-'} | {_cell(response['description'])} |\n"
        return f"\n| Status | Body | |\n|---|---|---|\n{rows}"

    def _webhook(self, name: str, item: Mapping[str, Any]) -> str:
        operation = item["post"]
        return "\n".join(
            [
                f"## {name}\n\n{operation['summary'].rstrip('.')}.\n",
                operation.get("description", ""),
                self._body(operation["requestBody"]),
                self._responses(operation["responses"]),
            ]
        )

    def _objects(self) -> str:
        parts = [
            "# Objects of the wire\n\nThe objects, values and unions that requests and responses consist of.\n"
        ]
        for name, schema in sorted(self._schemas.items()):
            parts.append(f"## {name} {{ #{name.lower()} }}\n\n{schema.get('description', '')}\n")
            parts.append(self._contents(schema))
        return "\n".join(parts)

    def _contents(self, schema: Mapping[str, Any]) -> str:
        fields = dict(self._fields(schema))
        if fields:
            required = self._required_of(schema)
            rows = "".join(
                f"| `{name}` | {self._type(field)} | {_required(name in required)}"
                f"{_cell(field.get('description', ''))} |\n"
                for name, field in fields.items()
            )
            return f"| Field | Type | |\n|---|---|---|\n{rows}"
        return f"Type: {self._type(schema, inside=True)}\n"

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for part in schema.get("allOf", ()):
            yield from self._fields(self._resolved(part))
        yield from schema.get("properties", {}).items()

    def _required_of(self, schema: Mapping[str, Any]) -> set[str]:
        parts = [self._required_of(self._resolved(part)) for part in schema.get("allOf", ())]
        return set(schema.get("required", ())).union(*parts)

    def _type(self, schema: Any, *, inside: bool = False) -> str:
        """A schema in a few words: its type, its limits, links to the objects in it."""
        if isinstance(schema, bool):
            return "anything"
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return f"[{name}](objects.md#{name.lower()})"
        for union in ("oneOf", "anyOf"):
            if union in schema:
                return " or ".join(self._type(each) for each in schema[union])
        if "allOf" in schema and not inside:
            return " and ".join(self._type(each) for each in schema["allOf"])
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
        if "x-union-schema" in schema:
            return self._type(schema["x-union-schema"])
        if "x-usual-schema" in schema:
            return f"anything, usually {self._type(schema['x-usual-schema'])}"
        kinds: str | list[str] = schema.get("type", "anything")
        text = kinds if isinstance(kinds, str) else " or ".join(kinds)
        if "items" in schema:
            text = text.replace("array", f"list of {self._type(schema['items'])}")
        values = schema.get("x-known-values")
        return (
            text
            + (f" ({schema['format']})" if "format" in schema else "")
            + _limits(schema)
            + _values(values)
        )

    def _resolved(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in value:
            return value
        found: Any = self._contract
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return self._resolved(found)


def _limits(schema: Mapping[str, Any]) -> str:
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "x-default": "default",
        "minLength": "characters, at least",
        "maxLength": "characters, at most",
        "minItems": "entries, at least",
        "maxItems": "entries, at most",
        "default": "default",
    }
    return "".join(f"; {word} {json.dumps(schema[key])}" for key, word in words.items() if key in schema)


def _values(values: Any) -> str:
    return f": {', '.join(f'`{each}`' for each in values)}, or a new one" if values else ""


def _required(is_required: object) -> str:
    return "Required. " if is_required else ""


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))

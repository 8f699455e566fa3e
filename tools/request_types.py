"""Generates params.py of the generated package: the types of arguments, for type checkers.

It has a `Literal` for each enum in a request, and a `TypedDict` for each object inside a request body, which can be
passed instead of the model.
"""

import textwrap
from collections.abc import Iterator
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

HEAD = '''\
"""Types that can be passed instead of enums and models: their values, and TypedDicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Required, TypeAlias, TypedDict
'''
TYPES = {"boolean": "bool", "integer": "int", "number": "float", "string": "str"}


def params_module(schemas: dict[str, Schema], requested: set[str]) -> str:
    """Return the text of params.py.

    Args:
        schemas: The components of the contract, each description in one line.
        requested: The names of the components used in requests.
    """
    enums = {name: values(schemas[name]) for name in sorted(requested) if values(schemas[name])}
    objects = sorted(nested_objects(schemas, requested))
    used = {name for holder in objects for name in references(schemas[holder])} | set(objects)
    parts = [HEAD]
    parts += [f"from .models import {name}\n" for name in sorted(used & set(enums))]
    parts.append("".join(f"{name}Literal: TypeAlias = Literal{found}\n" for name, found in enums.items()))
    parts += [typed_dict(name, schemas) for name in objects]
    return "\n".join(parts)


def values(schema: Schema) -> list[str]:
    """Return the values of an enum component; for an open one, the known values."""
    found: list[str] = schema.get("enum") or schema.get("x-known-values") or []
    return found if schema.get("type") == "string" else []


def nested_objects(schemas: dict[str, Schema], requested: set[str]) -> set[str]:
    """Return the names of the objects with fields that are used inside another object of a request."""
    fields = {
        name
        for holder in requested
        for reference in references(schemas[holder])
        for name in members(reference, schemas)
    }
    entries = {name for holder in fields for name in references_of_lists(schemas[holder])}
    return {name for name in fields | entries if "properties" in schemas[name] and name in requested}


def references(schema: Schema) -> Iterator[str]:
    """Give the name of the component that each field of an object is, if it is one."""
    for field in schema.get("properties", {}).values():
        for reference in field.get("allOf", ()):
            yield reference["$ref"].rpartition("/")[2]


def members(name: str, schemas: dict[str, Schema]) -> list[str]:
    """Return the names of the objects that a component may be; its own name if it's no union."""
    found = [reference["$ref"].rpartition("/")[2] for reference in schemas[name].get("oneOf", ())]
    return found or [name]


def references_of_lists(schema: Schema) -> Iterator[str]:
    """Yield the component names of the items of an object's lists, for items that are references."""
    for field in schema.get("properties", {}).values():
        if "$ref" in field.get("items", {}):
            yield field["items"]["$ref"].rpartition("/")[2]


def typed_dict(name: str, schemas: dict[str, Schema]) -> str:
    """Return the TypedDict class for an object."""
    schema = schemas[name]
    fields = schema["properties"]
    required = set(schema.get("required", ()))
    described = [wrapped(f"{field}: {fields[field]['description']}", 8, 4) for field in fields]
    types = {field: plain_type(fields[field], schemas) for field in fields}
    return "\n".join(
        [
            f"\nclass {name}Param(TypedDict, total=False):",
            f'    """{wrapped(schema["description"], 4).strip()}',
            "\n    Attributes:",
            *described,
            '    """\n',
            *(
                f"    {field}: " + (f"Required[{kind}]" if field in required else f"{kind} | None")
                for field, kind in types.items()
            ),
            "",
        ]
    )


def plain_type(field: Schema, schemas: dict[str, Schema]) -> str:
    """Return the type of a field's argument."""
    if field.get("type") == "array":
        name = next(references_of_lists({"properties": {"": field}}), "")
        return f"Sequence[{f'{name}Param' if name else plain_type(field['items'], schemas)}]"
    if "type" in field:
        return TYPES[field["type"]]
    (name,) = references({"properties": {"": field}})
    if not values(schemas[name]):
        return f"{name}Param"
    return f"{name} | {name}Literal" + (" | str" if "x-known-values" in schemas[name] else "")


def wrapped(text: str, indent: int, hanging: int = 0) -> str:
    """Return a text wrapped to the line length, with further lines indented by `hanging`."""
    start = " " * indent
    return textwrap.fill(
        text, 110, initial_indent=start, subsequent_indent=start + " " * hanging, break_long_words=False
    )

"""Generates unions.py of the generated package: the types of fields that can be one of several models.

The union of a stream's events is in the module of the operation that streams them.
"""

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

HEAD = '''\
"""The types of fields that can be one of several models, under the contract's names."""

from __future__ import annotations

from typing import TypeAlias

from . import models
'''


def choices(schema: Schema) -> Schema:
    """Return the models of a union component and its discriminator; empty for other components."""
    members = [name(member) for member in schema.get("oneOf", ()) if "$ref" in member]
    if len(members) < 2:
        return {}
    discriminator = schema.get("discriminator", {})
    mapping = {value: name({"$ref": to}) for value, to in discriminator.get("mapping", {}).items()}
    return {"models": members, "by": discriminator.get("propertyName", ""), "mapping": mapping}


def unions_module(schemas: dict[str, Schema]) -> str:
    """Return the text of unions.py for a contract's components, whose descriptions have one line each."""
    held = {
        name(part)
        for schema in schemas.values()
        for written in schema.get("properties", {}).values()
        for field in [written, written.get("x-union-schema", {})]
        for part in [field, *field.get("oneOf", ()), *field.get("allOf", ())]
        if "$ref" in part
    }
    found = {union: choices(schemas[union])["models"] for union in sorted(held) if choices(schemas[union])}
    written = [
        f"{union}: TypeAlias = {' | '.join(f'models.{model}' for model in models)}\n"
        f'"""{schemas[union]["description"]}"""\n'
        for union, models in found.items()
    ]
    return "\n".join([HEAD, *written])


def name(reference: Schema) -> str:
    """Return the name of the component that a `$ref` points to."""
    return str(reference["$ref"]).rpartition("/")[2]

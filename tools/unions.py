"""What a field can be one of, as types: unions.py of the generated package, made from the contract.

The union of the events of a stream is with the operation that streams them.
"""

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

HEAD = '''\
"""What a field can be one of, under the contract's names."""

from __future__ import annotations

from typing import TypeAlias

from . import models
'''


def choices(schema: Schema) -> Schema:
    """Return of which models a component is one, and what tells which; nothing for any other component."""
    members = [name(member) for member in schema.get("oneOf", ()) if "$ref" in member]
    if len(members) < 2:
        return {}
    discriminator = schema.get("discriminator", {})
    mapping = {value: name({"$ref": to}) for value, to in discriminator.get("mapping", {}).items()}
    return {"models": members, "by": discriminator.get("propertyName", ""), "mapping": mapping}


def unions_module(schemas: dict[str, Schema]) -> str:
    """Return the text of unions.py for the components of a contract, each description in one line."""
    held = {
        name(part)
        for schema in schemas.values()
        for field in schema.get("properties", {}).values()
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
    """Return the name of the component that a `$ref` stands for."""
    return str(reference["$ref"]).rpartition("/")[2]

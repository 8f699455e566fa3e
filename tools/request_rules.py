"""Generates rules.py of the generated package: the contract's constraints on each value of a request.

The client checks arguments with them before it sends anything, so that no bound of the contract is written twice.
"""

import re
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

HEAD = '''\
"""The contract's constraints on each value of a request. Clients check them before they send anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Rule(NamedTuple):
    """The constraints on a value."""

    type: str
    """`string`, `boolean`, `integer`, `number`, `array` or `object`."""
    required: bool = False
    """Whether the value is required."""
    values: tuple[str, ...] = ()
    """The values of a closed enum."""
    minimum: int | None = None
    maximum: int | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    """A Python regular expression that must match somewhere in the string."""
    is_moment: bool = False
    """Whether a string is a date and time."""
    min_items: int = 0
    max_items: int | None = None
    items: Rule | None = None
    """The constraints on each item of an array."""
    fields: Mapping[str, Rule] | None = None
    """The constraints on each field of an object; None if it can have any fields."""
'''
# The contract's names of the bounds.
NUMBERS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
}


def rules_module(
    schemas: dict[str, Schema], operations: dict[str, dict[str, Schema]], bodies: set[str]
) -> str:
    """Return the text of rules.py.

    Args:
        schemas: The components of the contract.
        operations: The parameters of each operation that has any, by name.
        bodies: The names of the components used in request bodies.
    """
    written: dict[str, str] = {}

    def write(name: str, fields: dict[str, Schema], required: set[str]) -> None:
        rules = [f"{field!r}: {rule(schema, field in required)}" for field, schema in fields.items()]
        written[name] = f"{constant(name)}: Mapping[str, Rule] = {{{', '.join(rules)}}}\n"

    def rule(schema: Schema, required: bool = False) -> str:
        """Return the rule of a value, after writing the rules that it refers to."""
        schema, name = resolved(schema, schemas)
        # One of several objects: which, the client finds out. A field that may be null is checked where it is not.
        kinds = schema.get("type", "object")
        known = [repr(kinds if isinstance(kinds, str) else kinds[0])]
        known += ["required=True"] if required else []
        known += [f"values={tuple(schema['enum'])!r}"] if "enum" in schema else []
        known += [f"{ours}={schema[theirs]!r}" for theirs, ours in NUMBERS.items() if theirs in schema]
        known += [f"pattern={python_pattern(schema['pattern'])!r}"] if "pattern" in schema else []
        known += ["is_moment=True"] if schema.get("format") == "date-time" else []
        known += [f"items={rule(schema['items'])}"] if "items" in schema else []
        if "properties" in schema:
            component(name)
            known.append(f"fields={constant(name)}")
        return f"Rule({', '.join(known)})"

    def component(name: str) -> None:
        if name not in written:
            write(name, schemas[name]["properties"], set(schemas[name].get("required", ())))

    secret = sorted(
        {
            field
            for name in bodies
            for field, schema in schemas[name].get("properties", {}).items()
            if schema.get("format") == "password"
        }
    )
    for name in sorted(bodies):
        if "properties" in schemas[name]:
            component(name)
    for name, parameters in sorted(operations.items()):
        required = {field for field, parameter in parameters.items() if parameter.get("required")}
        write(name, {field: parameter["schema"] for field, parameter in parameters.items()}, required)
    secrets = f"SECRET_FIELDS: frozenset[str] = frozenset({secret!r})\n"
    secrets += '"""The fields of requests whose values must never be shown: `format: password`."""\n'
    return "\n\n".join([HEAD, secrets, *written.values()])


def resolved(schema: Schema, schemas: dict[str, Schema]) -> tuple[Schema, str]:
    """Return a schema with its reference resolved, and the name of its component."""
    name = ""
    for reference in schema.get("allOf", [schema]):
        if "$ref" in reference:
            name = reference["$ref"].rpartition("/")[2]
            schema = {**schema, **schemas[name]}
    return schema, name


def constant(name: str) -> str:
    """Return the name of a component or operation as a constant's name."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def python_pattern(pattern: str) -> str:
    """Return a regular expression of the contract for Python, where `$` also matches before a final line break.

    https://docs.python.org/3/library/re.html#regular-expression-syntax
    """
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern

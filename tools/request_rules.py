"""What the contract demands of each value of a request: rules.py of the generated package, made from the contract.

The client checks arguments by it before anything is sent, so that no bound of the contract is written twice.
"""

import re
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

HEAD = '''\
"""What the contract demands of each value of a request. Clients check by it before they send anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Rule(NamedTuple):
    """What a value must be."""

    type: str
    """`string`, `boolean`, `integer`, `number`, `array` or `object`."""
    required: bool = False
    """Whether it must be there."""
    values: tuple[str, ...] = ()
    """The values of a closed enum."""
    minimum: int | None = None
    maximum: int | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    """A regular expression of Python's, to search for."""
    is_moment: bool = False
    """Whether a string is a date with its time."""
    min_items: int = 0
    max_items: int | None = None
    items: Rule | None = None
    """What each item of an array must be."""
    fields: Mapping[str, Rule] | None = None
    """What each field of an object must be; None for an object of any fields."""
'''
# What the contract calls each number.
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
        operations: The parameters of each operation that has any, by their names.
        bodies: The names of the components that bodies of requests are made of.
    """
    written: dict[str, str] = {}

    def write(name: str, fields: dict[str, Schema], required: set[str]) -> None:
        rules = [f"{field!r}: {rule(schema, field in required)}" for field, schema in fields.items()]
        written[name] = f"{constant(name)}: Mapping[str, Rule] = {{{', '.join(rules)}}}\n"

    def rule(schema: Schema, required: bool = False) -> str:
        """The rule of a value, once those are written that it refers to."""
        schema, name = resolved(schema, schemas)
        known = [repr(schema["type"])]
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

    for name in sorted(bodies):
        if "properties" in schemas[name]:
            component(name)
    for name, parameters in sorted(operations.items()):
        required = {field for field, parameter in parameters.items() if parameter.get("required")}
        write(name, {field: parameter["schema"] for field, parameter in parameters.items()}, required)
    return "\n\n".join([HEAD, *written.values()])


def resolved(schema: Schema, schemas: dict[str, Schema]) -> tuple[Schema, str]:
    """Return a schema with what it refers to put in, and the name of the component that it is."""
    name = ""
    for reference in schema.get("allOf", [schema]):
        if "$ref" in reference:
            name = reference["$ref"].rpartition("/")[2]
            schema = {**schema, **schemas[name]}
    return schema, name


def constant(name: str) -> str:
    """Return the name of a component or an operation as that of a constant."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def python_pattern(pattern: str) -> str:
    """Return a regular expression of the contract as Python's, whose `$` also stands before a last line break."""
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern

"""Results in the form that an output_schema asks for: values that stand on the page under its names, never others.

A value is looked for under its property's name, in any spelling ("inStock", "in_stock", "In stock"): in JSON-LD, in
OpenGraph, in tables, under headings. A list of objects is taken from the table or the JSON-LD objects that know most
of its names. What is not found, or is not of the type, is null.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from jsonschema import Draft202012Validator

from tinyfish.sandbox.extract import Page
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.output_schema_rules import as_json_schema
from tinyfish.sandbox.scope import Scope

# A number that stands alone: "$1,299.00" and "20 h" have one, "KTL-100" and "3D" have none.
_NUMBER = re.compile(r"(?<![\w.,-])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w]|[.,-]\w)")
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_SCALARS = frozenset({"string", "number", "integer", "boolean"})


def shape(page: Page, schema: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Put what stands on a page into the form that was asked for.

    Args:
        page: The page.
        schema: The output_schema.

    Returns:
        The result, and the report of how it fits the schema.
    """
    result = _object(schema, Scope.of_page(page))
    return result, report(result, schema)


def report(result: Any, schema: JsonObject) -> JsonObject:
    """The schema_validation of a result."""
    check = Draft202012Validator(as_json_schema(schema))
    errors = [
        {
            "path": ".".join(str(part) for part in error.absolute_path),
            "expected": str(error.validator_value),
            "received": str(error.instance),
            "message": error.message,
        }
        for error in check.iter_errors(result)  # pyright: ignore[reportUnknownMemberType] - in its stubs
    ]
    return {"valid": not errors, "re_prompt_attempts": 0, "errors": errors}


def _object(schema: JsonObject, scope: Scope) -> JsonObject:
    properties: JsonObject = schema.get("properties", {})
    return {name: _property(name, node, scope) for name, node in properties.items()}


def _property(name: str, schema: JsonObject, scope: Scope) -> Any:
    """What stands in a scope under a property's name and is of its type, or None."""
    forms: list[JsonObject] = schema.get("anyOf", [])
    if forms:
        return next((found for form in forms if (found := _property(name, form, scope)) is not None), None)
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind == "object":
        inner = next((value for value in scope.find(name) if is_object(value)), None)
        return _object(schema, scope if inner is None else Scope.of_object(inner))
    if kind == "array":
        return _array(name, schema.get("items", {}), scope)
    return _first(scope.find(name), schema)


def _array(name: str, items: JsonObject, scope: Scope) -> list[Any] | None:
    if "properties" in items:
        found: list[Any] = [_object(items, record) for record in scope.records(name, items["properties"])]
        return found or None
    for candidate in scope.find_many(name):
        if is_array(candidate):
            values = [_read(value, items) for value in candidate]
            return [value for value in values if value is not None] or None
    values = [_read(value, items) for value in scope.find_many(name)]
    return [value for value in values if value is not None] or None


def _first(candidates: list[Any], schema: JsonObject) -> Any:
    for candidate in candidates:
        # Of several values under one name, none can be told to be the one.
        single = candidate[0] if is_array(candidate) and len(candidate) == 1 else candidate
        value = _read(single, schema)
        if value is not None:
            return value
    return None


def _read(value: Any, schema: JsonObject) -> Any:
    """A value as the type that a schema asks for, or None when it is not of it."""
    kind = schema.get("type")
    if kind is None:
        return value
    if kind not in _SCALARS:
        return None
    if is_object(value):
        # Such as the brand of a product, which is an object with a name.
        value = value.get("@value", value.get("name"))
    return _READERS[kind](value, schema)


def _string(value: Any, schema: JsonObject) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if "enum" in schema:
        return next((choice for choice in schema["enum"] if choice.casefold() == text.casefold()), None)
    return text if _has_format(text, schema.get("format")) else None


def _number(value: Any, schema: JsonObject) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    found = _NUMBER.findall(value) if isinstance(value, str) else []
    if len(found) != 1:
        return None
    digits = found[0].replace(",", "")
    return float(digits) if "." in digits else int(digits)


def _integer(value: Any, schema: JsonObject) -> int | None:
    number = _number(value, schema)
    return int(number) if number is not None and number == int(number) else None


def _boolean(value: Any, schema: JsonObject) -> bool | None:
    if isinstance(value, bool):
        return value
    return _WORDS.get(value.strip().casefold()) if isinstance(value, str) else None


_READERS: dict[str, Callable[[Any, JsonObject], Any]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}


def _has_format(text: str, wanted: str | None) -> bool:
    try:
        match wanted:
            case "date":
                date.fromisoformat(text)
            case "date-time":
                return datetime.fromisoformat(text).tzinfo is not None
            case "time":
                time.fromisoformat(text)
            case "duration":
                return _DURATION.fullmatch(text) is not None
            case _:
                pass
    except ValueError:
        return False
    return True

"""Results in the form of an output_schema: only values that the page has under its names.

A value is searched for under its property's name, in any spelling ("inStock", "in_stock", "In stock"): in JSON-LD, in
OpenGraph, in tables, under headings. A list of objects comes from the table or the JSON-LD objects that have most of
its names. Missing values, or values of another type, are null.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator

from tinyfish.sandbox.extract import Page
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.output_schema_rules import as_json_schema
from tinyfish.sandbox.scope import Scope
from tinyfish.typed.numbers import number_in

# Words that change the value of the number next to them.
_MULTIPLIERS = frozenset(
    {
        *(
            "k",
            "m",
            "mn",
            "mio",
            "bn",
            "b",
            "hundred",
            "thousand",
            "million",
            "millions",
            "billion",
            "trillion",
        ),
        *("dozen", "lakh", "crore", "percent", "half", "quarter", "minus", "negative"),
        *("c", "ct", "cent", "cents", "p", "pence", "penny"),
    }
)
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_SCALARS = frozenset({"string", "number", "integer", "boolean"})


def shape(page: Page, schema: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Put a page's content into the requested form.

    Args:
        page: The page.
        schema: The output_schema.

    Returns:
        The result, and the report of how well it matches the schema.
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
    """A scope's value under a property's name with its type, or None."""
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
        # Several values under one name are ambiguous.
        single = candidate[0] if is_array(candidate) and len(candidate) == 1 else candidate
        value = _read(single, schema)
        if value is not None:
            return value
    return None


def _read(value: Any, schema: JsonObject) -> Any:
    """A value as the schema's type, or None if it has another type."""
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
    found = _number_among_words(value) if isinstance(value, str) else None
    if found is None:
        return None
    number = int(found) if found.as_tuple().exponent == 0 else float(found)
    return number if math.isfinite(number) else None


def _number_among_words(text: str) -> Decimal | None:
    """The one number of a text, by the client's own rules.

    "20 h" and "$1,299.00 each" have one; "KTL-100", "5 million" and "1,250", which may be two, have none.
    """
    tokens = text.split()
    places: list[int] = []
    for place, token in enumerate(tokens):
        if any(map(str.isdigit, token)) or not any(map(str.isalpha, token)):
            places.append(place)
        elif token.strip("().,:;!").casefold() in _MULTIPLIERS:
            return None
    if not places or places[-1] - places[0] >= len(places):
        return None  # not a number, or two with words in between
    return number_in(" ".join(tokens[places[0] : places[-1] + 1]).rstrip(".,;:!"))


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

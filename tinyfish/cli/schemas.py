"""The form of a result, from the command line: `--returns '{"price": "number"}'`, or `--schema FILE`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import click

_TYPES: Final = ("string", "number", "integer", "boolean")


def output_schema(returns: str | None, schema: Path | None) -> dict[str, Any] | None:
    """The `output_schema` of a run.

    Args:
        returns: An example of the result, with the names of types as values: `{"price": "number", "tags": ["string"]}`.
        schema: A file with a JSON Schema.

    Raises:
        click.UsageError: Both are given, or one can't be read.
    """
    if returns is not None and schema is not None:
        raise click.UsageError("--returns and --schema exclude each other.")
    if schema is not None:
        try:
            return _object(schema.read_text(encoding="utf-8"), str(schema))
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{schema} is not UTF-8: {error}") from None
    if returns is None:
        return None
    return _schema(_object(returns, "--returns"), "--returns")


def result_type(returns: str) -> Any:
    """The type of a result, from the same example.

    Raises:
        click.UsageError: It can't be read.
    """
    example = _object(returns, "--returns")
    _schema(example, "--returns")  # checks it
    return _type(example)


def _type(example: object) -> Any:
    if isinstance(example, list):
        return list[_type(cast("list[object]", example)[0])]  # type: ignore[misc]
    if isinstance(example, dict):
        fields = {name: _type(value) for name, value in cast("dict[str, object]", example).items()}
        return TypedDict("Result", fields)  # type: ignore[operator] # its fields come from the user
    return {"string": str, "number": float, "integer": int, "boolean": bool}[str(example)]


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter if it is nested too deeply
        raise click.UsageError(
            f"{name} is not JSON: {error}. In a shell, put single quotes around it."
        ) from None
    if not isinstance(value, dict) or not value:
        raise click.UsageError(f"{name} must be a JSON object with at least one field.")
    return cast("dict[str, Any]", value)


def _schema(example: object, path: str) -> dict[str, Any]:
    match example:
        case str() if example in _TYPES:
            return {"type": example}
        case list() if len(items := cast("list[object]", example)) == 1:
            return {"type": "array", "items": _schema(items[0], f"{path}[]")}
        case dict() if example:
            fields = cast("dict[str, object]", example)
            return {
                "type": "object",
                "properties": {name: _schema(value, f"{path}.{name}") for name, value in fields.items()},
                "required": list(fields),
            }
        case _:
            raise click.UsageError(
                f"{path} must be one of {', '.join(map(repr, _TYPES))}, an object, or a list of one of these, "
                f"not {json.dumps(example)}."
            )

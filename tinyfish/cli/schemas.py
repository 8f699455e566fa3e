"""The form of a result, from the command line: `--returns '{"price": "number"}'`, or `--schema FILE`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, cast

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
        return _object(schema.read_text(encoding="utf-8"), str(schema))
    if returns is None:
        return None
    return _schema(_object(returns, "--returns"), "--returns")


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
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

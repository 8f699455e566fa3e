"""One instance of each model, created from a JSON object like the server's."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import tinyfish_generated
import tinyfish_generated.models as generated
from tinyfish_generated.types import Model

from tinyfish import models

PACKAGE = Path(tinyfish_generated.__file__).parent
SCHEMAS: dict[str, Any] = {}
for _name in ("openapi.json", "openapi-session.json"):
    SCHEMAS |= json.loads((PACKAGE / _name).read_text(encoding="utf-8"))["components"]["schemas"]


def model_classes() -> list[type[Model]]:
    """Every model of the public package: the generated ones, and those that do more."""
    classes = [
        value
        for module in (generated, models)
        for value in (getattr(module, name) for name in module.__all__)
        if inspect.isclass(value) and issubclass(value, Model) and value is not Model
    ]
    return sorted(set(classes), key=lambda kind: (kind.__module__, kind.__name__))


def a_model(kind: type[Model], **more: Any) -> Model:
    """A model with all its fields set, and one that the contract does not know."""
    return kind.from_dict({**a_value(kind.__name__), "new_field": 1, **more})


def a_value(component: str) -> Any:
    return _value_of(SCHEMAS[component], "x", 0)


def _value_of(schema: dict[str, Any], name: str, depth: int) -> Any:
    if "$ref" in schema:
        referred = schema["$ref"].rsplit("/", 1)[1]
        return {"a": 1} if referred == "JsonObject" else _value_of(SCHEMAS[referred], name, depth)
    parts = [_value_of(part, name, depth) for part in schema.get("allOf", ()) if "if" not in part]
    if parts:
        return {k: v for part in parts for k, v in part.items()} if len(parts) > 1 else parts[0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _value_of(schema[choice][0], name, depth)
    for word in ("x-usual-schema", "x-union-schema"):
        if word in schema:
            return _value_of(schema[word], name, depth)
    if "x-known-values" in schema:
        return schema["x-known-values"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {k: _value_of(v, k, depth + 1) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value_of(schema["items"], name, depth + 1)]
    if kind == "string" and schema.get("format") == "date-time":
        return "2026-11-01T09:00:00Z"
    return {"integer": 7, "number": 1.5, "boolean": True, "string": f"some {name}"}.get(str(kind))

"""Classes of pydantic and msgspec, which are never imported here: whoever has such a class has done so."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import attrs

from tinyfish.typed.errors import SchemaError
from tinyfish.typed.members import Member, annotations_of
from tinyfish.typed.shapes import Scalar
from tinyfish.typed.values import at


def _loaded(module: str, name: str) -> Any:
    """Return something of a module that the program has imported; None if it has not."""
    return getattr(sys.modules.get(module), name, None)


def is_pydantic_model(cls: type) -> bool:
    """Say whether a class is a pydantic model (of pydantic 2)."""
    base = _loaded("pydantic.main", "BaseModel")
    return base is not None and issubclass(cls, base) and hasattr(cls, "model_fields")


def is_msgspec_struct(cls: type) -> bool:
    """Say whether a class is a msgspec Struct."""
    base = _loaded("msgspec", "Struct")
    return base is not None and issubclass(cls, base)


@attrs.frozen
class PydanticModel:
    """How a pydantic model reads JSON and values."""

    model: Any

    def exactly(self, raw: Any) -> Any:  # noqa: D102  (OwnReading)
        return self.model.model_validate_json(json.dumps(raw), strict=True)

    def laxly(self, raw: Any) -> Any:  # noqa: D102
        return self.model.model_validate_json(json.dumps(raw))

    def build(self, values: dict[str, Any]) -> Any:
        """Make the model of read values, so that its own constraints and validators have their say."""
        return self.model.model_validate(values)


@attrs.frozen
class MsgspecStruct:
    """How a msgspec Struct reads JSON and values."""

    struct: Any
    annotation: Any  # the struct, or what stands for it with its type variables filled in

    def exactly(self, raw: Any) -> Any:  # noqa: D102  (OwnReading)
        return _loaded("msgspec", "convert")(raw, self.annotation)

    def laxly(self, raw: Any) -> Any:  # noqa: D102
        return _loaded("msgspec", "convert")(raw, self.annotation, strict=False)

    def build(self, values: dict[str, Any]) -> Any:
        """Make the struct of read values; its constructor checks nothing, converting it does."""
        builtins = _loaded("msgspec", "to_builtins")(self.struct(**values))
        return self.exactly(builtins)


def pydantic_members(model: Any, path: str) -> Iterator[Member]:
    """Yield the fields of a pydantic model under the keys that it reads them by.

    Raises:
        SchemaError: A field is read by no key of the object itself.
    """
    by_name = model.model_config.get("validate_by_alias") is False
    for name, field in model.model_fields.items():
        alias = None if by_name else field.validation_alias
        keys = [alias] if alias else [name]
        keys = [each for each in getattr(alias, "choices", keys) if isinstance(each, str)]
        if not keys:
            raise SchemaError(
                f"{path}.{name}", "it is read by an AliasPath only; give it an alias that is a key"
            )
        yield Member(
            name=keys[0],  # model_validate wants what it finds in JSON
            key=keys[0],
            annotation=field.annotation,
            required=field.is_required(),
            metadata=tuple(field.metadata),
            description=field.description,
        )


def msgspec_members(struct: Any, arguments: tuple[Any, ...]) -> Iterator[Member]:
    """Yield the fields of a msgspec Struct under the keys that it gives them."""
    annotations = annotations_of(struct, arguments)
    for field in _loaded("msgspec", "structs").fields(struct):
        yield Member(field.name, field.encode_name, annotations[field.name], field.required)


def pydantic_scalar(annotation: Any) -> Scalar | None:
    """Return how a type that only pydantic knows is read (HttpUrl, EmailStr); None if pydantic does not either.

    Only such as are one value in JSON are taken.
    """
    adapter_of = _loaded("pydantic", "TypeAdapter")
    if adapter_of is None or not hasattr(annotation, "__get_pydantic_core_schema__"):
        return None
    try:
        adapter = adapter_of(annotation)
        schema = adapter.json_schema()
    except Exception:  # noqa: BLE001  (pydantic, or the type's own hooks, say that it is nothing in JSON)
        return None
    if schema.get("type") not in ("string", "integer", "number", "boolean"):
        return None

    def read(raw: Any) -> Any:
        try:
            return adapter.validate_json(json.dumps(raw), strict=True)
        except Exception as error:
            raise ValueError from error

    said = {key: schema[key] for key in ("type", "format") if _may_be_said(schema.get(key))}
    return Scalar(wanted=f"what pydantic reads as {annotation.__name__}", schema=said, read=read)


def _may_be_said(word: str | None) -> bool:
    return word in ("string", "integer", "number", "boolean", "date", "date-time", "duration", "time")


def reasons(error: Exception) -> Iterator[tuple[str, str]]:
    """Yield where and why a class refused a value; "" is all of it.

    pydantic's errors tell all places, msgspec's the first, and any other tells none.
    """
    library = type(error).__module__.partition(".")[0]
    errors: Any = getattr(error, "errors", None)
    if library.startswith("pydantic") and errors is not None:
        for each in errors():
            yield "".join(f"[{key}]" if isinstance(key, int) else at(key) for key in each["loc"]), each["msg"]
    elif library == "msgspec":
        text, _, path = str(error).partition(" - at `$")
        yield path.rstrip("`"), text
    else:
        yield "", f"{type(error).__name__}: {error}"

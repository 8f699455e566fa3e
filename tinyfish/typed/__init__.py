"""Results as classes: the schema for a type, and reading a result as that type.

Pure: nothing is sent. pydantic and msgspec are used only for their own classes.

    schema_for(Product)             the output_schema to send
    read_as(Product, raw)           the result as a Product, or ResultMismatchError
    read(Product, raw).repairs      the repairs that were needed
    result_type(Product)            both at once; the type is inspected only once
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, overload

import attrs

from tinyfish.typed import reading
from tinyfish.typed.errors import Problem, ResultMismatchError, SchemaError
from tinyfish.typed.inspection import name_of, shape_of
from tinyfish.typed.numbers import DecimalMark, DecimalSign
from tinyfish.typed.reading import Reading
from tinyfish.typed.repairs import Repair, RepairName
from tinyfish.typed.rules import OnBadItem, Rules
from tinyfish.typed.schema import output_schema
from tinyfish.typed.shapes import Shape

__all__ = [
    "DecimalMark",
    "DecimalSign",
    "OnBadItem",
    "Problem",
    "Reading",
    "Repair",
    "RepairName",
    "ResultMismatchError",
    "ResultType",
    "Rules",
    "SchemaError",
    "read",
    "read_as",
    "result_type",
    "schema_for",
]

T = TypeVar("T")


@attrs.frozen
class ResultType(Generic[T]):
    """A type that results are requested and read as. Created by `result_type`.

    Attributes:
        name: The type's display name: `list[Product]`.
    """

    name: str
    _shape: Shape = attrs.field(repr=False, eq=False)

    def schema(self, *, descriptions: bool = False) -> dict[str, Any]:
        """Return the `output_schema` to send; see `schema_for`.

        Raises:
            SchemaError: The schema would be nested too deeply, or be too large.
        """
        return output_schema(self._shape, self.name, descriptions=descriptions)

    def read(self, raw: object, rules: Rules | None = None) -> Reading[T]:
        """Read a result; see `read`.

        Raises:
            ResultMismatchError: It can't be read as the type.
        """
        return reading.read(self._shape, self.name, raw, rules or Rules())


# Type checkers infer T for a class, list[T] and dict[str, T]. To them, a union or a Literal isn't a type[T].
@overload
def result_type(returns: type[T]) -> ResultType[T]: ...
@overload
def result_type(returns: Any) -> ResultType[Any]: ...
def result_type(returns: Any) -> ResultType[Any]:
    """Inspect a type once, to request it and to read results as it.

    Args:
        returns: An attrs class, dataclass, TypedDict, NamedTuple, pydantic model or msgspec Struct; a string, number,
            boolean, date, time, duration, Decimal, UUID, Enum or Literal; a list, set, dict, union or Optional of
            these.

    Raises:
        SchemaError: JSON can't express the type, or the class contains itself; the error names the field.
    """
    return ResultType(name_of(returns), shape_of(returns))


def schema_for(returns: Any, *, descriptions: bool = False) -> dict[str, Any]:
    """Return the `output_schema` of a type, using the few keywords that the API allows.

    An API result is an object. A type that isn't an object is wrapped in one, under `items` or `value`. A dict becomes
    a list of `{"key": ..., "value": ...}`, because a schema can't express keys that are data. `read_as` unwraps both.

    Args:
        returns: The type; see `result_type`.
        descriptions: Whether to add the descriptions of fields from docstrings and metadata. Use such a schema to show
            to an agent in its goal; the API rejects it as an `output_schema`. Default: False.

    Raises:
        SchemaError: The type can't be expressed as a schema; the error names the field.
    """
    return result_type(returns).schema(descriptions=descriptions)


@overload
def read(
    returns: type[T],
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> Reading[T]: ...
@overload
def read(
    returns: Any,
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> Reading[Any]: ...
def read(
    returns: Any,
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> Reading[Any]:
    """Read a result as a type, and list the repairs.

    Args:
        returns: The type; see `result_type`.
        raw: The result as decoded JSON: dicts, lists, strings, numbers, booleans and None.
        strict: Whether to read without repairs. Default: False.
        decimal_sign: "." or ",": the decimal sign of numbers in strings. Default: unknown, so "1.250" is a mismatch,
            but "1.250,00" isn't.
        on_bad_item: How to treat a list item that can't be read: "mismatch" (the default), or "skip" to omit it and
            list it in the repairs.

    Raises:
        ValueError: An option has an invalid value; `TypeError` if it has the wrong type.
        ResultMismatchError: It can't be read as the type; the error names every bad field.
        SchemaError: JSON can't express the type.
    """
    rules = Rules(strict=strict, decimal_sign=decimal_sign, on_bad_item=on_bad_item)
    return result_type(returns).read(raw, rules)


@overload
def read_as(
    returns: type[T],
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> T: ...
@overload
def read_as(
    returns: Any,
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> Any: ...
def read_as(
    returns: Any,
    raw: object,
    *,
    strict: bool = False,
    decimal_sign: DecimalMark | None = None,
    on_bad_item: OnBadItem = "mismatch",
) -> Any:
    """Read a result as a type.

    Args:
        returns: The type; see `result_type`.
        raw: The result as decoded JSON: dicts, lists, strings, numbers, booleans and None.
        strict: Whether to read without repairs. Default: False. Then JSON in a string, code fences, a wrapping key,
            "$1,299" for a number, "yes" for true and the like are read as what they mean. `read` lists these repairs.
        decimal_sign: "." or ",": the decimal sign of numbers in strings. Default: unknown, so "1.250" is a mismatch,
            but "1.250,00" isn't.
        on_bad_item: How to treat a list item that can't be read: "mismatch" (the default), or "skip" to omit it.

    Raises:
        ValueError: An option has an invalid value; `TypeError` if it has the wrong type.
        ResultMismatchError: It can't be read as the type; the error names every bad field.
        SchemaError: JSON can't express the type.
    """
    rules = Rules(strict=strict, decimal_sign=decimal_sign, on_bad_item=on_bad_item)
    return result_type(returns).read(raw, rules).value

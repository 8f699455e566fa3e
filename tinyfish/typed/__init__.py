"""Results as classes: what a type asks for, and reading what came as that type.

Pure: nothing is sent, and pydantic and msgspec are looked for only where a class is one of theirs.

    schema_for(Product)             the output_schema to send
    read_as(Product, raw)           the result as a Product, or ResultMismatchError
    read(Product, raw).repairs      what was put right to read it
    result_type(Product)            both halves at once, the type looked at once
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
    """A type that results are asked for and read as. Made by `result_type`.

    Attributes:
        name: What a person calls the type: `list[Product]`.
    """

    name: str
    _shape: Shape = attrs.field(repr=False, eq=False)

    def schema(self, *, descriptions: bool = False) -> dict[str, Any]:
        """Return the `output_schema` to send; see `schema_for`.

        Raises:
            SchemaError: It would be nested too deeply, or be too large.
        """
        return output_schema(self._shape, self.name, descriptions=descriptions)

    def read(self, raw: object, rules: Rules | None = None) -> Reading[T]:
        """Read a result; see `read`.

        Raises:
            ResultMismatchError: It cannot be read so.
        """
        return reading.read(self._shape, self.name, raw, rules or Rules())


# A type checker knows the T of a class, of list[T] and of dict[str, T]; a union or a Literal is no type[T] to it.
@overload
def result_type(returns: type[T]) -> ResultType[T]: ...
@overload
def result_type(returns: Any) -> ResultType[Any]: ...
def result_type(returns: Any) -> ResultType[Any]:
    """Look at a type, once, to ask for it and to read it.

    Args:
        returns: An attrs class, dataclass, TypedDict, NamedTuple, pydantic model or msgspec Struct; a text, number,
            truth value, date, time, duration, Decimal, UUID, Enum or Literal; a list, set, dict, union or Optional
            of these.

    Raises:
        SchemaError: JSON has no such thing, or the class contains itself; the error names the field.
    """
    return ResultType(name_of(returns), shape_of(returns))


def schema_for(returns: Any, *, descriptions: bool = False) -> dict[str, Any]:
    """Return the `output_schema` of a type, in the few words that the API allows there.

    A result of the API is an object. A type that is none is put into one, under `items` or `value`, and a dict
    becomes a list of `{"key": ..., "value": ...}`, as a schema has no word for keys that are data. `read_as` takes
    both apart again.

    Args:
        returns: The type; see `result_type`.
        descriptions: Whether to add what docstrings and metadata say about fields. It makes a schema to show to an
            agent in its goal; the API refuses it as an `output_schema`. Default False.

    Raises:
        SchemaError: The type cannot be asked for; the error names the field.
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
    """Read a result as a type, and say what was put right on the way.

    Args:
        returns: The type; see `result_type`.
        raw: The result: what the JSON of it says, in dicts, lists, texts, numbers, truth values and None.
        strict: Whether to put nothing right. Default False.
        decimal_sign: "." or ",": the decimal sign of numbers that come as texts. Default: not known, so "1.250" is a
            mismatch and "1.250,00" is not.
        on_bad_item: What an item of a list that cannot be read is: "mismatch" (the default), or "skip" to leave it
            out and to list it.

    Raises:
        ValueError: An option has another value than these; `TypeError` for one of the wrong type.
        ResultMismatchError: It cannot be read so; the error names every bad field.
        SchemaError: There is no such thing in JSON.
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
        raw: The result: what the JSON of it says, in dicts, lists, texts, numbers, truth values and None.
        strict: Whether to put nothing right. Default False: JSON in a text, code fences, a wrapping key, "$1,299"
            for a number, "yes" for true and the like are read as what they mean; `read` tells which were.
        decimal_sign: "." or ",": the decimal sign of numbers that come as texts. Default: not known, so "1.250" is a
            mismatch and "1.250,00" is not.
        on_bad_item: What an item of a list that cannot be read is: "mismatch" (the default), or "skip" to leave it
            out.

    Raises:
        ValueError: An option has another value than these; `TypeError` for one of the wrong type.
        ResultMismatchError: It cannot be read so; the error names every bad field.
        SchemaError: There is no such thing in JSON.
    """
    rules = Rules(strict=strict, decimal_sign=decimal_sign, on_bad_item=on_bad_item)
    return result_type(returns).read(raw, rules).value

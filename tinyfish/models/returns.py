"""The type to read a result as: `returns=`, from the call to the result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypedDict, TypeVar, cast

from attrs import field, frozen

from tinyfish._core import checks
from tinyfish._core.log import logger
from tinyfish._core.signatures import option_set
from tinyfish.errors import (
    APIError,
    BadRequestError,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    PermissionDeniedError,
)

if TYPE_CHECKING:
    from tinyfish.typed import Reading, ResultType, Rules

T = TypeVar("T", covariant=True)


class ReadOptions(TypedDict, total=False):
    """How to read results as the type in `returns=`. Without `returns=`, these options are rejected.

    Attributes:
        strict: Whether to read results without repairs. Default: False.
        decimal_sign: `"."` or `","`: the decimal sign of numbers in strings. Default: unknown, so `"1.250"` is a
            mismatch, but `"1.250,00"` isn't.
        on_bad_item: How to treat a list item that can't be read: `"mismatch"` (the default), or `"skip"` to omit it
            and list it in `repairs`.
    """

    strict: bool
    decimal_sign: Literal[".", ","] | None
    on_bad_item: Literal["mismatch", "skip"]


_READ_DEFAULTS: Final = ReadOptions(strict=False, decimal_sign=None, on_bad_item="mismatch")
option_set(**_READ_DEFAULTS)(ReadOptions)


def read_options(given: Mapping[str, Any]) -> ReadOptions:
    """The options of a call that define how results are read."""
    return cast("ReadOptions", {name: given[name] for name in _READ_DEFAULTS if name in given})


def check_unread(reading: ReadOptions) -> None:
    """Check that no reading options were given without a type.

    Raises:
        ValueError: An option was given.
    """
    for name, value in reading.items():
        if value != _READ_DEFAULTS.get(name):
            raise InvalidArgumentError(f"{name}={value!r} works only with returns=; pass returns= too.")


@frozen(eq=False)
class Wanted(Generic[T]):
    """A type that results are requested and read as."""

    _returns: Any
    _reading: ReadOptions
    _type: ResultType[T] = field(init=False, repr=False)
    _rules: Rules = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        from tinyfish.typed import Rules, result_type  # loaded only if `returns=` is used

        object.__setattr__(self, "_rules", Rules(**self._reading))
        object.__setattr__(self, "_type", result_type(self._returns))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._returns, self._reading)

    def by(self, reading: ReadOptions) -> Wanted[T]:
        """The same type, read with other options."""
        return Wanted(self._returns, {**self._reading, **reading}) if reading else self

    def schema(self) -> dict[str, Any]:
        """The `output_schema` for the type.

        Raises:
            SchemaError: The type can't be expressed as a schema.
        """
        return self._type.schema()

    def schema_in_words(self) -> dict[str, Any]:
        """The schema to show to an agent; it can contain more than the API accepts as `output_schema`."""
        return self._type.schema(descriptions=True)

    def read(self, result: object, *, run: object) -> Reading[T]:
        """A run's result, read as the type.

        Raises:
            ResultMismatchError: It can't be read as the type; the error has the run.
        """
        from tinyfish.typed import ResultMismatchError

        try:
            return self._type.read(result, self._rules)
        except ResultMismatchError as error:
            error.run = run
            raise


@frozen(eq=False)
class OutputSpec:
    """What the caller requested for the results, and how to send it to the server.

    Attributes:
        wanted: The type, if one was given.
        output_schema: What to send as `output_schema`.
    """

    wanted: Wanted[Any] | None
    output_schema: Mapping[str, Any] | None
    _in_goal: Mapping[str, Any] | None

    @classmethod
    def of(
        cls, returns: Any, output_schema: Mapping[str, Any] | None, reading: ReadOptions, *, in_goal: bool
    ) -> OutputSpec:
        """Check the request.

        Raises:
            TypeError: The type can't be expressed as a schema, or the schema isn't a mapping.
            ValueError: Both a type and a schema were given, or reading options without a type.
        """
        if returns is None:
            check_unread(reading)
        if returns is not None and output_schema is not None:
            raise InvalidArgumentError(
                "Pass returns= or output_schema=, not both: returns= generates the schema."
            )
        if isinstance(output_schema, type):
            raise InvalidArgumentTypeError(
                f"output_schema must be a JSON Schema; pass the class as returns={output_schema.__name__}."
            )
        if output_schema is not None:
            output_schema = checks.json_object("output_schema", output_schema)
        wanted = None if returns is None else Wanted[Any](returns, reading)
        if not in_goal:
            return cls(wanted, output_schema if wanted is None else wanted.schema(), None)
        schema = output_schema if wanted is None else wanted.schema_in_words()
        if schema is not None:
            logger.debug("schema_in_goal: sending the schema in the goal instead of output_schema.")
        return cls(wanted, None, schema)

    def goal(self, goal: str) -> str:
        """The goal to send, including the schema if `schema_in_goal` is set."""
        if self._in_goal is None:
            return goal
        schema = json.dumps(self._in_goal, ensure_ascii=False, separators=(",", ":"))
        return f"{goal}\n\nAnswer with JSON only: a value that this JSON Schema describes.\n{schema}"

    def hint(self, error: APIError) -> None:
        """Add advice to a rejection that the schema may have caused."""
        if self.output_schema is not None and isinstance(error, PermissionDeniedError):
            error.add_note(
                "If this account cannot use output_schema, schema_in_goal=True writes it into the goal instead."
            )
        if self.wanted is None and isinstance(error, BadRequestError):
            unknown = sorted(_words_of(self.output_schema) - _SCHEMA_WORDS)
            if unknown:
                error.add_note(
                    f"output_schema has {', '.join(unknown)}, which the API does not accept. "
                    "If you generated it from a class, pass the class: returns= makes a schema that the API accepts."
                )


_SCHEMA_WORDS = {
    *("anyOf", "enum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "nullable"),
    *("properties", "propertyOrdering", "required", "type"),
}


def _words_of(schema: object) -> set[str]:
    """Return the keywords of a JSON Schema."""
    words: set[str] = set()
    pending = [schema]
    while pending:
        node = pending.pop()
        if not isinstance(node, Mapping):
            continue
        node = cast("Mapping[str, Any]", node)
        words |= {str(key) for key in node}
        for key in ("properties", "$defs", "definitions"):
            if isinstance(named := node.get(key), Mapping):
                pending += cast("Mapping[str, Any]", named).values()
        pending += [node.get("items"), *(node.get("anyOf") or ())]
    return words


NO_OUTPUT_SPEC = OutputSpec(None, None, None)

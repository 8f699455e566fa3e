"""The options for reading results."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.typed.numbers import DecimalMark

OnBadItem: TypeAlias = Literal["mismatch", "skip"]


@attrs.frozen(kw_only=True)
class Rules:
    """How to read a result.

    Attributes:
        strict: Whether to read without repairs.
        decimal_sign: The decimal sign of numbers in strings; None if it's unknown.
        on_bad_item: Whether a list item that can't be read is a mismatch or is skipped.

    Raises:
        TypeError: `strict` isn't a boolean.
        ValueError: Another option has an invalid value.
    """

    strict: bool = False
    decimal_sign: DecimalMark | None = None
    on_bad_item: OnBadItem = "mismatch"

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.strict, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(f"strict must be True or False, not {self.strict!r}.")
        if self.decimal_sign not in (None, ".", ","):
            raise InvalidArgumentError(
                f"decimal_sign must be '.' or ',', or None, not {self.decimal_sign!r}."
            )
        if self.on_bad_item not in ("mismatch", "skip"):
            raise InvalidArgumentError(f"on_bad_item must be 'mismatch' or 'skip', not {self.on_bad_item!r}.")

"""How a result is to be read: what a caller may say about it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from tinyfish.typed.numbers import DecimalMark

OnBadItem: TypeAlias = Literal["mismatch", "skip"]


@attrs.frozen(kw_only=True)
class Rules:
    """How a result is to be read.

    Attributes:
        strict: Whether to put nothing right.
        decimal_sign: The decimal sign of numbers that come as texts; None if it is not known.
        on_bad_item: What an item of a list that cannot be read is: a mismatch, or one to skip.

    Raises:
        TypeError: `strict` is neither true nor false.
        ValueError: Another value is none of these.
    """

    strict: bool = False
    decimal_sign: DecimalMark | None = None
    on_bad_item: OnBadItem = "mismatch"

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.strict, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise TypeError(f"strict must be True or False, not {self.strict!r}.")
        if self.decimal_sign not in (None, ".", ","):
            raise ValueError(f"decimal_sign must be '.' or ',', or None, not {self.decimal_sign!r}.")
        if self.on_bad_item not in ("mismatch", "skip"):
            raise ValueError(f"on_bad_item must be 'mismatch' or 'skip', not {self.on_bad_item!r}.")

"""The errors of typed results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tinyfish.errors import InvalidArgumentTypeError, SDKError

_PROBLEMS_IN_MESSAGE = 5


class Problem(NamedTuple):
    """A place in a result that doesn't match the type.

    Attributes:
        path: The place, such as `$.offers[0].price`; `$` is the whole result.
        reason: What was expected there, and what the result has.
    """

    path: str
    reason: str


class SchemaError(InvalidArgumentTypeError):
    """A type that the API's schemas can't express.

    Raised before anything is sent.

    Attributes:
        path: The place in the type, such as `Product.offers[].photo`.
        reason: Why it isn't supported, and what to use instead, if anything.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ResultMismatchError(SDKError):
    """A result that can't be read as the requested type.

    Attributes:
        raw: The complete raw result.
        problems: All bad fields, each as a path and a reason.
        expected: The name of the type.
        good: The readable items, if a list was requested and received; `on_bad_item="skip"` returns them as the value.
        run: The run, response or event that the result belongs to; None for `read_as`.
    """

    def __init__(
        self,
        *,
        expected: str,
        raw: object,
        problems: tuple[Problem, ...],
        good: Iterable[Any] = (),
        run: Any = None,
    ) -> None:
        shown = [f"{path}: {reason}" for path, reason in problems[:_PROBLEMS_IN_MESSAGE]]
        if len(problems) > len(shown):
            shown.append(f"{len(problems) - len(shown)} more")
        super().__init__(f"the result is not {expected}: " + "; ".join(shown))
        self.expected = expected
        self.raw = raw
        self.problems = problems
        self.good = list(good)
        self.run = run

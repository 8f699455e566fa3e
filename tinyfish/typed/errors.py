"""What can go wrong between a class and a result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tinyfish.errors import SDKError

_PROBLEMS_IN_MESSAGE = 5


class Problem(NamedTuple):
    """One place of a result that is not what the type asks for.

    Attributes:
        path: Where, such as `$.offers[0].price`; `$` is the whole result.
        reason: What was expected there and what came.
    """

    path: str
    reason: str


class SchemaError(TypeError):
    """A type that cannot be asked for: the API's schemas have no words for it.

    Raised before anything is sent.

    Attributes:
        path: Where in the type, such as `Product.offers[].photo`.
        reason: Why it cannot be asked for, and what to use instead if there is something.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class ResultMismatchError(SDKError):
    """A result that cannot be read as the type that was asked for.

    Attributes:
        raw: The result as it came; nothing of it is lost.
        problems: Every bad field, as a path and a reason.
        expected: The name of the type.
        good: The items that can be read, if a list was asked for and came; `on_bad_item="skip"` returns them as the
            value.
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

"""What a case, a curve and a share consist of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

FLOOR = frozenset({"httpx"})
CLIENT = frozenset({"tinyfish"})
# What the client takes for JSON where it is installed.
FASTER_JSON = frozenset({"msgspec"})


@dataclass(frozen=True)
class Side:
    """One of the things that a case compares.

    Attributes:
        label: What the table calls it.
        function: `module:function` in `benchmarks/sides`.
        arguments: Its arguments; `{http}`, `{https}` and `{h2}` in a text stand for the servers' URLs.
        sees: The distributions that it has installed; all others are hidden from it.
    """

    label: str
    function: str
    arguments: Mapping[str, Any]
    sees: frozenset[str]

    def changed(self, **arguments: Any) -> Side:
        """The same with other arguments."""
        return replace(self, arguments={**self.arguments, **arguments})


def pair(module: str, floor: str, client: str, **arguments: Any) -> tuple[Side, Side]:
    """The two sides that nearly all cases have."""
    return (
        Side("httpx", f"{module}:{floor}", arguments, FLOOR),
        Side("tinyfish", f"{module}:{client}", arguments, CLIENT),
    )


@dataclass(frozen=True)
class Aim:
    """A limit for a figure of the client.

    Attributes:
        limit: The limit.
        sign: Whether the figure may be at most or at least that.
        of: "ratio" to the floor, "difference" to it, "value" itself, or another name that the side returns.
    """

    limit: float
    sign: Literal["<=", ">="] = "<="
    of: str = "ratio"

    def is_met(self, figure: float) -> bool:
        """Whether a figure keeps to the limit."""
        return figure <= self.limit if self.sign == "<=" else figure >= self.limit


@dataclass(frozen=True)
class Instructions:
    """That instructions are counted, by valgrind, instead of taking what the sides say.

    Attributes:
        per: What the count is divided by.
        less: Another run whose count is taken off.
    """

    per: float
    less: Callable[[Side], Side] | None = None


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: For the command line and the JSON file.
        title: What is measured.
        floor: What the first side does.
        unit: The unit of the figures.
        sides: What is compared. The first is the floor, the second the client.
        aims: What the client is to reach.
        comparable: What was measured for a comparable SDK on pydantic.
        instructions: How instructions are counted; None to take what the sides say.
        rounds: How often each side is run; fewer where a round takes long.
    """

    name: str
    title: str
    floor: str
    unit: str
    sides: Sequence[Side]
    aims: Sequence[Aim] = ()
    comparable: str = ""
    instructions: Instructions | None = None
    rounds: int = 9


@dataclass(frozen=True)
class Curve:
    """How cost grows with size.

    Attributes:
        name: For the command line and the JSON file.
        title: What is done.
        size: What grows, as the axis calls it.
        item: One of what the cost is divided by.
        sizes: The sizes.
        sides: The sides for a size; each returns the seconds that it took as `seconds`.
        items: How many items a size has.
    """

    name: str
    title: str
    size: str
    item: str
    sizes: Sequence[int]
    sides: Callable[[int], Sequence[Side]]
    items: Callable[[int], float] = float


@dataclass(frozen=True)
class Share:
    """Where the processor's time of some sides goes, by package.

    Attributes:
        name: For the command line and the JSON file.
        title: What is done.
        sides: What is compared; each does the same work.
    """

    name: str
    title: str
    sides: Sequence[Side]

"""The model of a measurement: cases, curves and shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

FLOOR = frozenset({"httpx"})
CLIENT = frozenset({"tinyfish"})
# The JSON library that the client uses if it's installed.
FASTER_JSON = frozenset({"msgspec"})


@dataclass(frozen=True)
class Side:
    """One of the programs that a case compares.

    Attributes:
        label: Its name in tables.
        function: `module:function` in `benchmarks/sides`.
        arguments: Its arguments; in strings, `{http}`, `{https}` and `{h2}` are replaced by the servers' URLs.
        sees: The distributions that it can import; all others are hidden.
    """

    label: str
    function: str
    arguments: Mapping[str, Any]
    sees: frozenset[str]

    def changed(self, **arguments: Any) -> Side:
        """The same side with other arguments."""
        return replace(self, arguments={**self.arguments, **arguments})


def pair(module: str, floor: str, client: str, **arguments: Any) -> tuple[Side, Side]:
    """The two sides of most cases: the floor and the client."""
    return (
        Side("httpx", f"{module}:{floor}", arguments, FLOOR),
        Side("tinyfish", f"{module}:{client}", arguments, CLIENT),
    )


@dataclass(frozen=True)
class Aim:
    """A limit for a figure of the client.

    Attributes:
        limit: The limit.
        sign: Whether the limit is a maximum or a minimum.
        of: The figure: "ratio" or "difference" to the floor, "value", or another name that the side returns.
    """

    limit: float
    sign: Literal["<=", ">="] = "<="
    of: str = "ratio"

    def is_met(self, figure: float) -> bool:
        """Whether a figure is within the limit."""
        return figure <= self.limit if self.sign == "<=" else figure >= self.limit


@dataclass(frozen=True)
class Instructions:
    """How to count instructions with valgrind, instead of using the figures that the sides return.

    Attributes:
        per: The count is divided by this.
        less: Another run; its count is subtracted.
    """

    per: float
    less: Callable[[Side], Side] | None = None


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: Its name on the command line and in the JSON file.
        title: What is measured.
        floor: What the floor does.
        unit: The unit of the figures.
        sides: The programs that are compared. The first is the floor, the second the client.
        aims: The limits for the client.
        comparable: The figure of a comparable SDK that uses pydantic.
        instructions: How to count instructions; None to use the figures that the sides return.
        rounds: How often to run each side; less often if a round takes long.
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
        name: Its name on the command line and in the JSON file.
        title: What is done.
        size: What grows, as the label of the axis.
        item: The unit that the cost is divided by.
        sizes: The sizes.
        sides: Returns the sides for a size; each returns its time as `seconds`.
        items: Returns the number of items of a size.
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
    """Where the CPU time of some sides goes, by package.

    Attributes:
        name: Its name on the command line and in the JSON file.
        title: What is done.
        sides: The programs that are compared; all do the same work.
    """

    name: str
    title: str
    sides: Sequence[Side]

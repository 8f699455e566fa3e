"""What a run holds, from before its start to its end."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from tinyfish._core.limits.gate import Slots
from tinyfish._core.listeners import Listeners
from tinyfish.budget import Reservation


@define(eq=False)
class Stake:
    """What a run holds.

    Attributes:
        reservations: What is reserved for it in budgets.
        listeners: Who is told how it ends: those of the client that started it.
        slots: Its place among the runs that may be open; None without limits, or if it was given back.
    """

    reservations: Sequence[Reservation]
    listeners: Listeners
    slots: Slots | None = field(init=False, default=None)

    @property
    def binds(self) -> bool:
        """Whether anything is refused or has to wait because of it."""
        return self.slots is not None or any(one.budget.is_limited for one in self.reservations)

    def ended(self, num_of_steps: int | None) -> bool:
        """The run has ended. Returns whether nothing is left to find out.

        Args:
            num_of_steps: How many steps it took; None if that isn't known.
        """
        self.give_back()
        for reservation in self.reservations:
            reservation.settle(num_of_steps)
        return num_of_steps is not None

    def not_started(self, *, certain: bool) -> None:
        """The start has failed. If it's not certain that there is no run, what it may cost remains reserved."""
        self.give_back()
        if certain:
            for reservation in self.reservations:
                reservation.release()

    def give_back(self) -> None:
        """Give back its place."""
        slots, self.slots = self.slots, None
        if slots is not None:
            slots.give_back()

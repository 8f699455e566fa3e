"""What stands for something outside of this process, and so cannot be copied."""

from __future__ import annotations

from typing import NoReturn, Self


class Uncopied:
    """A copy of it is itself: frameworks for agents copy the tools that they are given, methods of it among them."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class Live(Uncopied):
    """It cannot go to another process either."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} objects cannot be pickled, because they hold connections and the API key. "
            "Create a client in each process."
        )

"""Objects that represent something outside this process, and so can't be copied."""

from __future__ import annotations

from typing import NoReturn, Self


class Uncopied:
    """A copy is the same object, because agent frameworks copy their tools, which can be its methods."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class Live(Uncopied):
    """It can't be sent to another process either."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} objects cannot be pickled, because they hold connections and the API key. "
            "Create a client in each process."
        )

"""A property that is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class lazy_property(Generic[T]):  # noqa: N801 - a decorator
    """As `functools.cached_property`, without the lock that it has in Python 3.11.

    A thread that holds that lock while the process is forked would leave it locked in the child for ever.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any]) -> T: ...
    def __get__(self, instance: object | None, owner: type[Any]) -> T | Self:
        if instance is None:
            return self
        made: T = vars(instance).setdefault(self._name, self.make(instance))
        return made

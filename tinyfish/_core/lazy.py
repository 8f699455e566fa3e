"""A property that is computed on first access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class lazy_property(Generic[T]):  # noqa: N801 - a decorator
    """Like `functools.cached_property`, without the lock that it has in Python 3.11.

    If a thread holds that lock during a fork, it stays locked in the child forever. Python 3.12 removed it:
    https://docs.python.org/3/library/functools.html#functools.cached_property
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
        made: T = instance.__dict__.setdefault(self._name, self.make(instance))
        return made

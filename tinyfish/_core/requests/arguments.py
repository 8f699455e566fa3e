"""Arguments that must be written by name, and what to say when they are not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec, TypeVar, cast

from tinyfish._core.hints import argument_hint
from tinyfish._core.signatures import explicit

P = ParamSpec("P")
R = TypeVar("R")

_GOAL_AND_URL: Final = "goal='Read the title', url='https://example.com'"


def by_name(
    call: str, options: type | None = None, example: str = _GOAL_AND_URL, **defaults: object
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method say what is wrong when its arguments are.

    Python itself says only that there is a positional argument too many, or that `goal` is missing, where
    somebody wrote `task=`. The method's signature names every option.

    Args:
        call: How the method is called.
        options: The TypedDict of its further keyword arguments.
        example: Arguments that it takes.
        defaults: What it takes for options that are not given, where it is another value than the TypedDict's.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        own = [p for p in inspect.signature(method).parameters.values() if p.kind is p.KEYWORD_ONLY]
        known = {*(options.__annotations__ if options else ()), *(p.name for p in own)}
        required = {p.name: None for p in own if p.default is p.empty}

        def checked(positional: tuple[object, ...], named: Mapping[str, object]) -> dict[str, Any]:
            if positional:
                raise TypeError(
                    f"{call} takes its arguments by name: {call}({example}), not {positional[0]!r} alone."
                )
            for name in named:
                if name not in known:
                    raise TypeError(f"{call} has no argument {name!r}{argument_hint(name, known)}")
            return {**required, **named}  # None is refused, with a better text than Python's

        if inspect.iscoroutinefunction(method):

            @explicit(options, **defaults)
            @functools.wraps(method)
            async def call_async(self: object, *positional: object, **named: object) -> object:
                return await cast(Any, method)(self, **checked(positional, named))

            return cast("Callable[P, R]", call_async)

        @explicit(options, **defaults)
        @functools.wraps(method)
        def call_sync(self: object, *positional: object, **named: object) -> object:
            return cast(Any, method)(self, **checked(positional, named))

        return cast("Callable[P, R]", call_sync)

    return decorate

"""Keyword-only arguments, with helpful error messages for wrong ones."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, ParamSpec, TypeVar, cast

from tinyfish._core.hints import argument_hint
from tinyfish._core.signatures import explicit
from tinyfish.errors import InvalidArgumentTypeError

P = ParamSpec("P")
R = TypeVar("R")

_GOAL_AND_URL: Final = "goal='Read the title', url='https://example.com'"


def by_name(
    call: str, options: type | None = None, example: str = _GOAL_AND_URL, **defaults: object
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a method better error messages for wrong arguments, and a signature that lists every option.

    Python's own messages are only that there are too many positional arguments, or that `goal` is missing if the
    caller wrote `task=`.

    Args:
        call: The method's name for callers, such as "agent.run".
        options: The TypedDict of its other keyword arguments.
        example: Valid arguments, for messages.
        defaults: The method's defaults of options, where they differ from the TypedDict's.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        own = [p for p in inspect.signature(method).parameters.values() if p.kind is p.KEYWORD_ONLY]
        known = {*(options.__annotations__ if options else ()), *(p.name for p in own)}
        required = {p.name: None for p in own if p.default is p.empty}

        def checked(positional: tuple[object, ...], named: Mapping[str, object]) -> dict[str, Any]:
            if positional:
                raise InvalidArgumentTypeError(
                    f"{call} takes keyword arguments only, not {positional[0]!r}: use {call}({example})."
                )
            for name in named:
                if name not in known:
                    raise InvalidArgumentTypeError(
                        f"{call} has no argument {name!r}{argument_hint(name, known)}"
                    )
            return {**required, **named}  # the checks reject None, with a better message than Python's

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

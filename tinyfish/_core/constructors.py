"""Constructors whose wrong arguments get a helpful error."""

from __future__ import annotations

import functools
import inspect
from typing import Any, TypeVar

from tinyfish._core.hints import argument_hint
from tinyfish.errors import InvalidArgumentTypeError

C = TypeVar("C")


def checks_names(cls: type[C]) -> type[C]:
    """Let the constructor of a class say which argument was meant by a wrong one.

    Python's own message is only that an argument is unexpected. Not for classes with secret arguments: a traceback with
    local variables would show them.
    """
    init: Any = cls.__init__
    parameters = [*inspect.signature(init).parameters.values()][1:]
    known = [parameter.name for parameter in parameters]
    positional = sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)

    @functools.wraps(init)
    def checked(self: object, *given: object, **named: object) -> None:
        for name in named:
            if name not in known:
                raise InvalidArgumentTypeError(
                    f"{cls.__name__} has no argument {name!r}{argument_hint(name, known)}"
                )
        if len(given) > positional:
            example = f"{cls.__name__}({known[positional]}={given[positional]!r})"
            raise InvalidArgumentTypeError(
                f"{cls.__name__} takes {'the others' if positional else 'its arguments'} by name, such as {example}."
            )
        init(self, *given, **named)

    cls.__init__ = checked  # type: ignore[method-assign]
    return cls

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

    Python's own message is only that an argument is unexpected. An argument may be a secret: no message has its value,
    and no traceback with local variables shows it.
    """
    init: Any = cls.__init__
    parameters = [*inspect.signature(init).parameters.values()][1:]
    known = [parameter.name for parameter in parameters]
    positional = sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)

    @functools.wraps(init)
    def checked(self: object, *given: object, **named: object) -> None:
        try:
            for name in named:
                if name not in known:
                    raise InvalidArgumentTypeError(
                        f"{cls.__name__} has no argument {name!r}{argument_hint(name, known)}"
                    )
            if len(given) > positional:
                others = "the others" if positional else "its arguments"
                example = f"{cls.__name__}({known[positional]}=...)"
                raise InvalidArgumentTypeError(f"{cls.__name__} takes {others} by name, such as {example}.")
            init(self, *given, **named)
        finally:
            named.clear()
            del self, given  # a tool that shows local variables can't show a half-made object either

    cls.__init__ = checked  # type: ignore[method-assign]
    return cls

"""Signatures and docstrings that list every option, for `help()`, completion and `inspect`.

For type checkers, `**options: Unpack[StartOptions]` is enough. At run time it's a parameter without names, so the
TypedDict's options are written into the method's signature and docstring.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast, get_args

C = TypeVar("C")
F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTES: Final = "Attributes:\n"
# The entry for the options in a docstring's arguments, with its continuation lines.
_OPTIONS_ENTRY: Final = re.compile(r"^( *)\*\*options: .*\n(?:\1 +.*\n)*", re.MULTILINE)
_LITERAL: Final = re.compile(r"\b\w+Literal\b")

_DEFAULTS: Final[dict[type, Mapping[str, object]]] = {}


def option_set(*bases: type, **defaults: object) -> Callable[[type[C]], type[C]]:
    """Describe the options that a TypedDict inherits, and set the defaults of options.

    Args:
        bases: The TypedDicts that it extends.
        defaults: The defaults of its own options; None for options that aren't named.
    """

    def decorate(options: type[C]) -> type[C]:
        inherited = {name: value for base in bases for name, value in _DEFAULTS.get(base, {}).items()}
        _DEFAULTS[options] = {**inherited, **defaults}
        if options.__doc__ is not None:  # as under `python -OO`
            summary, _, own = inspect.cleandoc(options.__doc__).partition(_ATTRIBUTES)
            entries = "\n".join([*map(_entries, bases), textwrap.dedent(own)])
            options.__doc__ = f"{summary}{_ATTRIBUTES}{textwrap.indent(entries, ' ' * 4)}\n"
        return options

    return decorate


def explicit(options: type | None = None, **defaults: object) -> Callable[[F], F]:
    """Write every option of a method, and the values of its enums, into its signature and its docstring.

    Args:
        options: The TypedDict of its other keyword arguments.
        defaults: The method's defaults, if they differ from the TypedDict's.
    """

    def decorate(method: F) -> F:
        signature = inspect.signature(method)
        parameters = [*_parameters(signature, inspect.unwrap(method).__globals__)]
        if options is not None:
            parameters += _option_parameters(options, {**_DEFAULTS.get(options, {}), **defaults}, parameters)
            if method.__doc__ is not None:
                entries = _entries(options)
                method.__doc__ = _OPTIONS_ENTRY.sub(
                    lambda entry: f"{entry[0]}{textwrap.indent(entries, entry[1])}\n", method.__doc__
                )
        cast("Any", method).__signature__ = signature.replace(parameters=parameters)
        return method

    return decorate


def _parameters(signature: inspect.Signature, names: Mapping[str, Any]) -> Iterator[inspect.Parameter]:
    """A method's own parameters."""
    for parameter in signature.parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            yield parameter.replace(annotation=_with_values(parameter.annotation, names))


def _option_parameters(
    options: type, defaults: Mapping[str, object], own: list[inspect.Parameter]
) -> Iterator[inspect.Parameter]:
    """The parameters for the options."""
    names = vars(sys.modules[options.__module__])
    known = {parameter.name for parameter in own}
    for name, hint in options.__annotations__.items():
        if name not in known:
            annotation = _with_values(getattr(hint, "__forward_arg__", hint), names)
            yield inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation
            )


def _with_values(annotation: object, names: Mapping[str, Any]) -> object:
    """An annotation with the values of its Literals instead of their names."""
    if not isinstance(annotation, str):
        return annotation
    return _LITERAL.sub(
        lambda found: f"Literal[{', '.join(map(repr, get_args(names[found[0]])))}]", annotation
    )


def _entries(options: type) -> str:
    """The description of each option in a TypedDict's docstring."""
    return textwrap.dedent(inspect.cleandoc(options.__doc__ or "").partition(_ATTRIBUTES)[2]).rstrip()

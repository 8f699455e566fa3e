"""A function as a JSON definition for a model, and the check of the arguments that a model gives. Pure.

The functions have types that JSON has, and Google style docstrings, so a few lines suffice.
"""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from attrs import frozen

from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

_ARGS: Final = re.compile(r"^Args:\n((?:[ ]{4}.*\n?|\n)*)", re.MULTILINE)
_ENTRY: Final = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
_JSON_TYPES: Final[Mapping[object, str]] = {str: "string", bool: "boolean", int: "integer"}


@frozen
class Parameter:
    """A parameter of a tool.

    Attributes:
        name: Its name.
        kind: `str`, `bool`, `int`, or `list` for a list of strings.
        description: What it means.
        default: Its default; None for parameters that can be left out.
        is_required: Whether it has no default.
    """

    name: str
    kind: type
    description: str
    default: Any
    is_required: bool

    def schema(self, *, strict: bool) -> dict[str, Any]:
        """Its JSON schema.

        Args:
            strict: Whether parameters that can be left out are required, but can be null.
        """
        if self.kind is list:
            schema: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
        else:
            schema = {"type": _JSON_TYPES[self.kind]}
        if strict and not self.is_required:
            schema["type"] = [schema["type"], "null"]
        elif not strict and self.default is not None:
            schema["default"] = self.default
        return {**schema, "description": self.description}

    def read(self, value: object) -> Any:
        """A value that a model gave for it. What means the same is accepted: "true", "3", or a list as text.

        Raises:
            InvalidArgumentTypeError: It has another type.
        """
        if value is None and not self.is_required:
            return self.default
        if isinstance(value, str) and self.kind is not str:
            value = _from_text(value, self.kind)
        if self.kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, self.kind) or (self.kind is int and isinstance(value, bool)):
            raise self._wrong(value)
        if self.kind is list and not all(isinstance(one, str) for one in cast("list[object]", value)):
            raise self._wrong(value)
        return value

    def _wrong(self, value: object) -> InvalidArgumentTypeError:
        wanted = "a list of strings" if self.kind is list else f"a {_JSON_TYPES[self.kind]}"
        return InvalidArgumentTypeError(f"{self.name} must be {wanted}, not {_shown(value)}.")


@frozen
class Definition:
    """What a model is told of a tool.

    Attributes:
        name: Its name.
        description: What it does, when to use it, and what it returns.
        parameters: Its parameters.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Definition:
        """The definition of a function with types and a Google style docstring."""
        text = inspect.cleandoc(function.__doc__ or "")
        section = _ARGS.search(text)
        entries = {} if section is None else dict(_ENTRY.findall(section[1]))
        description = text if section is None else text.replace(section[0], "")
        hints = typing.get_type_hints(function)
        parameters = tuple(
            Parameter(
                name=name,
                kind=_kind(hints[name]),
                description=" ".join(entries.get(name, "").split()),
                default=None if parameter.default is parameter.empty else parameter.default,
                is_required=parameter.default is parameter.empty,
            )
            for name, parameter in inspect.signature(function).parameters.items()
        )
        return cls(function.__name__, re.sub(r"\n{3,}", "\n\n", description).strip(), parameters)

    def schema(self, *, strict: bool = False) -> dict[str, Any]:
        """The JSON schema of the arguments.

        Args:
            strict: Whether in the form that OpenAI's strict mode demands.
        """
        return {
            "type": "object",
            "properties": {one.name: one.schema(strict=strict) for one in self.parameters},
            "required": [one.name for one in self.parameters if strict or one.is_required],
            "additionalProperties": False,
        }

    def read(self, arguments: object) -> dict[str, Any]:
        """The arguments that a model gave: an object, or its JSON text.

        Raises:
            InvalidArgumentError: They aren't an object, one is missing, or doesn't exist.
            InvalidArgumentTypeError: One has the wrong type.
        """
        if isinstance(arguments, str | bytes):
            try:
                arguments = json.loads(arguments or "{}")
            except (ValueError, RecursionError):
                raise InvalidArgumentError(f"The arguments of {self.name} must be a JSON object.") from None
        if arguments is None:
            arguments = {}
        if not isinstance(arguments, Mapping):
            raise InvalidArgumentError(
                f"The arguments of {self.name} must be a JSON object, not {_shown(arguments)}."
            )
        given = cast("Mapping[str, object]", arguments)
        known = {one.name for one in self.parameters}
        if wrong := [str(name) for name in given if name not in known]:
            raise InvalidArgumentError(
                f"{self.name} has no argument {', '.join(map(repr, wrong))}; it has {', '.join(sorted(known))}."
            )
        missing = [one.name for one in self.parameters if one.is_required and given.get(one.name) is None]
        if missing:
            raise InvalidArgumentError(f"{self.name} needs {', '.join(map(repr, missing))}.")
        return {one.name: one.read(given.get(one.name)) for one in self.parameters}


def _kind(hint: Any) -> type:
    if isinstance(hint, types.UnionType):
        (hint,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
    return cast("type", typing.get_origin(hint) or hint)


def _from_text(text: str, kind: type) -> object:
    """What a model has written as a text: JSON, or a single entry of a list."""
    try:
        return json.loads(text.strip().lower() if kind is bool else text)
    except (ValueError, RecursionError):
        return [text] if kind is list else text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"

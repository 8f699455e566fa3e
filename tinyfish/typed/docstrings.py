"""Descriptions of fields from a class's source and docstring."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import re
import textwrap

_SECTION = re.compile(r"^(?:Attributes|Args|Fields):\n((?:[ \t]+.*\n?|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"(\w+)(?: ?\([^)]*\))?: *(.*)")


@functools.lru_cache(maxsize=256)
def words_of(cls: type) -> dict[str, str]:
    """Return each field's description: a docstring below it, or its "Attributes:" entry in the class docstring.

    For classes without source code, created in a shell or by a function, only docstrings are used.
    """
    words: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        if each.__module__ != "builtins":
            words |= _in_docstring(inspect.cleandoc(each.__dict__.get("__doc__") or ""))
            words |= _below_fields(each)
    return words


def _in_docstring(text: str) -> dict[str, str]:
    section = _SECTION.search(text + "\n")
    if section is None:
        return {}
    words: dict[str, str] = {}
    name = None
    for line in textwrap.dedent(section[1]).splitlines():
        if match := _ENTRY.fullmatch(line):
            name = match[1]
            words[name] = match[2]
        elif name is not None and line.strip():
            words[name] = f"{words[name]} {line.strip()}".strip()
    return words


def _below_fields(cls: type) -> dict[str, str]:
    try:
        parsed = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    body = parsed.body[0].body if parsed.body and isinstance(parsed.body[0], ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }

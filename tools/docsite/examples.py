"""The page of the programs in examples/."""

from __future__ import annotations

import ast
from typing import Final

from docsite.navigation import ROOT

_FOLDER: Final = ROOT / "examples"
_HEAD: Final = """# Example programs

The programs of the folder `examples/`. Tests run each of them against the [sandbox](sandbox.md).
"""


def page() -> str:
    """The Markdown of the page."""
    parts = [_HEAD]
    for file in sorted(_FOLDER.rglob("*.py")):
        code = file.read_text(encoding="utf-8")
        about = (ast.get_docstring(ast.parse(code)) or "").split("\n\n")[0]
        name = file.relative_to(_FOLDER).as_posix()
        parts.append(f"## {name} {{ #{anchor(name)} }}\n\n{about}\n\n```py\n{code}```\n")
    return "\n".join(parts)


def anchor(name: str) -> str:
    """The anchor of a program on the page."""
    return name.removesuffix(".py").replace("/", "-").replace("_", "-")

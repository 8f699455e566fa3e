"""Checks the types of all Python blocks of the documentation, with mypy and with pyright: `make check-examples`.

A block that starts with ```python is a complete program; tests run each. One that starts with ```py is not: it shows
what not to do, or needs what a reader has to bring.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from docsite import markdown
from docsite.navigation import ADOPTED, DOCS, ROOT

_FOLDER: Final = ROOT / "build" / "code_blocks"
# Less strict than the package: people's programs needn't annotate everything, and libraries without types are unknown.
_MYPY: Final = (
    "[mypy]\ncheck_untyped_defs = true\nignore_missing_imports = true\ndisable_error_code = import-untyped\n"
)
_PYRIGHT: Final = (
    '{"typeCheckingMode": "basic", "reportMissingImports": false, "reportMissingModuleSource": false,'
    ' "useLibraryCodeForTypes": false}'
)


class CodeBlock(NamedTuple):
    """A Python block: its page (a path in the repository), the line where its code begins, and the code."""

    page: str
    line: int
    code: str


def code_blocks() -> Iterator[CodeBlock]:
    """The Python blocks of README.md, of docs/ and of the other pages of the site."""
    for path in [ROOT / "README.md", *(ROOT / name for name in ADOPTED), *sorted(DOCS.rglob("*.md"))]:
        for block in markdown.blocks(path.read_text(encoding="utf-8"), "python"):
            yield CodeBlock(path.relative_to(ROOT).as_posix(), block.line, block.code)


def main() -> int:
    """Check the types of all blocks. Returns the exit status."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    origins: dict[str, CodeBlock] = {}
    for number, block in enumerate(code_blocks()):
        name = f"block_{number:03}.py"
        origins[name] = block
        (_FOLDER / name).write_text(block.code, encoding="utf-8")
    (_FOLDER / "mypy.ini").write_text(_MYPY, encoding="utf-8")
    (_FOLDER / "pyrightconfig.json").write_text(_PYRIGHT, encoding="utf-8")
    commands = (
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-error-summary", *sorted(origins)],
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "."],
    )
    status = 0
    for command in commands:
        done = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, check=False)
        status |= done.returncode
        if done.returncode:
            print(_told(done.stdout + done.stderr, origins))
    print(f"{len(origins)} blocks, checked with mypy and pyright" if not status else "See the pages above")
    return status


def _told(output: str, origins: dict[str, CodeBlock]) -> str:
    """What a checker said, with the places in the pages instead of those in the files."""

    def place(match: re.Match[str]) -> str:
        block = origins[match[1]]
        return f"{block.page}:{block.line + int(match[2]) - 1}:"

    return re.sub(r"(?:\S*[/\\])?(block_\d+\.py):(\d+):", place, output)


if __name__ == "__main__":
    sys.exit(main())

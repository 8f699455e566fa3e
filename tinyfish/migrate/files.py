"""Which files are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = {"node_modules", "site-packages", "__pycache__", "build", "dist"}


def files_in(path: Path) -> Iterator[Path]:
    """The Python files and notebooks of a folder and the folders in it; a file itself.

    Environments, build results and hidden folders are left out.

    Args:
        path: A folder, or a file.
    """
    if path.is_file():
        yield path
        return
    for each in sorted(path.iterdir()):
        is_left_out = each.name in _LEFT_OUT or each.name.startswith(".") or (each / "pyvenv.cfg").exists()
        if each.is_dir() and not is_left_out and not each.is_symlink():
            yield from files_in(each)
        elif each.is_file() and each.suffix in (".py", ".ipynb"):
            yield each

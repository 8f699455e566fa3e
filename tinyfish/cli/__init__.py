"""The command `tinyfish`; also `python -m tinyfish`. Needs the extra `cli`.

    __init__.py, app.py     what the program is called with, and which module has which command
    commands/               the commands, a module for each group
    output.py               data on stdout: tables for people, JSON for programs
    screen.py, live.py      everything for people, on stderr: messages, live runs
    exit_codes.py           what a failure means for the shell
    credentials.py          where the API key is kept
    troubles.py             says that calls fail and are repeated
    schemas.py, values.py   what arguments mean
    many_rows.py            what `many` prints of each row

`--version` and `--help` load neither the client nor rich, so that they're quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NoReturn

from tinyfish._version import __version__


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command, and exit.

    Args:
        arguments: The arguments, without the program's name. Default: the process's own.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        sys.stdout.write(f"tinyfish {__version__}\n")
        raise SystemExit(0)
    if find_spec("click") is None:
        sys.stderr.write("The command tinyfish needs its extra: pip install 'tinyfish[cli]'\n")
        raise SystemExit(2)
    from tinyfish.cli.app import run

    raise SystemExit(run(given))

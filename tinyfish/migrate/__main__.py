"""`python -m tinyfish.migrate PATH ... [--write]`."""

from __future__ import annotations

import argparse
import io
import sys
import tokenize
from importlib.util import find_spec
from pathlib import Path

_HELP = """\
exit status:
  0  nothing was found, or everything that was found has been rewritten
  1  there is something to do: to rewrite (without --write), or for a person
  2  a path doesn't exist, or a file can't be read or written, or isn't Python
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the program's own if None.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.migrate",
        description="Find code for the TinyFish API that can be simpler or safer, and rewrite what can be rewritten.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a folder or a file")
    parser.add_argument(
        "--write", action="store_true", help="rewrite the files; otherwise nothing is changed"
    )
    given = parser.parse_args(arguments)
    if find_spec("libcst") is None:
        print("This needs libcst: pip install 'tinyfish[migrate]'", file=sys.stderr)
        return 2
    return _run(given.paths, write=given.write)


def _run(paths: list[Path], *, write: bool) -> int:
    from tinyfish.migrate.files import files_in

    status = 0
    found = rewritten = 0
    for path in paths:
        if not path.exists():
            print(f"{path}: no such file or folder", file=sys.stderr)
            status = 2
            continue
        for file in files_in(path):
            if file.suffix == ".ipynb":
                print(
                    f"{file}: notebooks aren't covered. Export it to a .py file, or change its cells by hand"
                )
                continue
            try:
                left, done = _one(file, write=write)
            except _UnreadableError as error:
                print(f"{file}: {error}", file=sys.stderr)
                status = 2
                continue
            found += left + done
            rewritten += done
    changes = "rewritten" if write else "can be rewritten (--write)"
    print(f"{found} found, {rewritten} {changes}, {found - rewritten} for you" if found else "Nothing found")
    open_ = found - rewritten if write else found
    return max(status, 1 if open_ else 0)


class _UnreadableError(Exception):
    """Why a file can't be read or written."""


def _one(file: Path, *, write: bool) -> tuple[int, int]:
    """Report one file, and rewrite it. Returns how many findings are for a person, and how many aren't."""
    import libcst

    from tinyfish.migrate.migrating import migrate

    try:
        raw = file.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        code = raw.decode(encoding)
        done = migrate(code)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise _UnreadableError(f"can't be read: {error}") from error
    except libcst.ParserSyntaxError as error:
        raise _UnreadableError(f"isn't Python that libcst can read: line {error.raw_line}") from error
    for finding in done.findings:
        what = ("rewritten: " if write else "can be rewritten: ") if finding.is_rewritten else ""
        print(f"{file}:{finding.line}: {finding.rule}: {what}{finding.text}")
    if write and done.code != code:
        try:
            file.write_bytes(done.code.encode(encoding))
        except OSError as error:
            raise _UnreadableError(f"can't be written: {error}") from error
    rewritten = sum(finding.is_rewritten for finding in done.findings)
    return len(done.findings) - rewritten, rewritten


if __name__ == "__main__":
    sys.exit(main())

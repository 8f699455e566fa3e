"""The file of recorded rules."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from tinyfish.sandbox.json_types import JsonObject

_HEAD: Final = """\
# Answers of the TinyFish API, recorded as rules of a sandbox. To play them back:
#
#     tinyfish sandbox --rules {name}
#
# Keys, passwords, cookies, tokens and signatures of URLs were removed. Read the rest before you share it.
"""


def create(path: Path) -> None:
    """Create the file, without rules.

    Raises:
        FileExistsError: It exists. What was paid for isn't overwritten.
        OSError: It can't be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(path, []))
    except FileExistsError:
        raise FileExistsError(f"{path} exists already: delete it, or record into another file") from None
    path.chmod(0o600)  # results are nobody else's business


def write(path: Path, rules: Sequence[JsonObject]) -> None:
    """Replace the file's rules, all at once.

    Raises:
        OSError: It can't be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_text(path, rules))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _text(path: Path, rules: Sequence[JsonObject]) -> str:
    # One alias for the same object in two places would be hard to read, and to edit.
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    document = {"rules": list(rules)}
    return _HEAD.format(name=path.name) + yaml.dump(
        document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120
    )

"""What is found in a file."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """Something in a file.

    Attributes:
        line: Its line, from 1.
        rule: The name of the rule that found it.
        text: What it is, and why it should change.
        is_rewritten: Whether `--write` rewrites it. Otherwise a person has to.
    """

    line: int
    rule: str
    text: str
    is_rewritten: bool


class Migrated(NamedTuple):
    """The result for one file.

    Attributes:
        code: The code with everything rewritten that can be; the same as before if that is nothing.
        findings: What was found, by line.
    """

    code: str
    findings: list[Finding]

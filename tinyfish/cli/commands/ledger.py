"""`tinyfish ledger`: the record of what was started."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options

if TYPE_CHECKING:
    from tinyfish import LedgerEntry

_COLUMNS = ("key", "status", "run_id", "num_of_steps", "goal")

file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group(cls=Group, context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish ledger pending prices.db")
def ledger() -> None:
    """Show and complete the record of what was started: the file given to --ledger or TinyFish(ledger=...)."""


@ledger.command(
    context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish ledger show prices.db -o prices.csv"
)
@file_argument
@click.option("--limit", type=click.IntRange(1), help="The maximum number of entries. Default: all.")
@output_options
def show(file: Path, limit: int | None, output: Output) -> None:
    """List what was started, in the order in which it was."""
    from tinyfish import Ledger

    with Ledger(file) as opened:
        output.rows(map(_row, islice(opened, limit)), _COLUMNS)


@ledger.command(context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish ledger pending prices.db")
@file_argument
@output_options
def pending(file: Path, output: Output) -> None:
    """List what has no end yet: runs that go on, and starts of which nobody knows what they started."""
    from tinyfish import Ledger

    with Ledger(file) as opened:
        output.rows(map(_row, opened.pending()), _COLUMNS)


@ledger.command(
    context_settings=CONTEXT,
    epilog="""\b
Example:
  tinyfish ledger reconcile prices.db

\b
It starts nothing. A start that is only seconds old is waited for, because a run can be listed late.""",
)
@file_argument
@output_options
def reconcile(file: Path, output: Output) -> None:
    """Find out what became of everything without an end, and record it."""
    from tinyfish.cli.credentials import client

    with client(ledger=file) as api:
        output.rows(map(_row, api.reconcile()), _COLUMNS)


def _row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "status": None if entry.status is None else str(entry.status),
        "run_id": entry.run_id,
        "num_of_steps": entry.num_of_steps,
        "goal": entry.goal,
        "url": entry.url,
        "attempt": entry.attempt,
        "started_at": entry.started_at.isoformat(),
        "ended_at": None if entry.ended_at is None else entry.ended_at.isoformat(),
        "result": entry.result,
    }

"""`tinyfish many`: a run for each row of a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.run_options import run_options, start_options, with_scheme
from tinyfish.cli.values import Duration, column_of, fill, read_rows


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish many rows.csv "Read the price of {name}" --key-column sku --returns '{"price": "number"}' \
      --ledger prices.db -o prices.csv
  tinyfish many rows.jsonl "Read the title" --at-once 50 --returns '{"title": "string"}' --jsonl | jq .value
  tinyfish many rows.csv "Read the price of {name}" --dry-run

\b
The rows come as their runs end. A table (-o prices.csv, or .parquet) has the columns of FILE, then those of
the result; JSON has them as `input` and `value`.

\b
With --ledger, the same command again resumes: what was done costs nothing, nothing is started twice.
Ctrl-C starts no more runs, and waits for no open ones; a second Ctrl-C leaves at once.
The exit status is that of the worst row: 5 if it is not known whether a run was started, 3 if the API refused
the key, 1 if a run failed, 4 if runs only took longer than --run-timeout.""",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("goal")
@click.option(
    "--url-column", default="url", show_default=True, metavar="NAME", help="The column with the pages."
)
@click.option(
    "--key-column",
    metavar="NAME",
    help="The column that identifies a row. Default: its number in the output, its whole content in the ledger.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="How many runs are open at a time.",
)
@click.option(
    "--per-minute", type=click.IntRange(1), metavar="N", help="How many runs are started in a minute."
)
@click.option("--run-timeout", type=Duration(), help="Cancel a run that takes longer: seconds, or 5m.")
@click.option(
    "--retry",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Start a failed run again, N times at most.",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Record everything there, and resume from it.",
)
@click.option("--job", metavar="NAME", help="Another job in the same ledger, such as prices-2026-11.")
@click.option("--max-runs", type=click.IntRange(1), metavar="N", help="Start no more runs than this.")
@click.option("--max-usd", metavar="USD", help="Start no run that could exceed this cost.")
@click.option("--dry-run", is_flag=True, help="Check and price everything, and start nothing.")
@click.option("--cancel-on-exit", is_flag=True, help="Cancel the open runs on Ctrl-C.")
@start_options
@output_options
def many(file: Path, goal: str, output: Output, **given: Any) -> int:
    """Start a run for each row of FILE (.csv, .tsv, .jsonl, .json), and print how each ended.

    GOAL is a template: {name} is the value of the column `name`.
    """  # fmt: skip
    from tinyfish import Budget
    from tinyfish.cli.credentials import client
    from tinyfish.cli.exit_codes import worst_of
    from tinyfish.cli.many_rows import document, table_row
    from tinyfish.cli.screen import console

    url_column, key_column = given.pop("url_column"), given.pop("key_column")
    job_options: dict[str, Any] = {
        "max_concurrency": given.pop("at_once"),
        "per_minute": given.pop("per_minute"),
        "run_timeout": given.pop("run_timeout"),
        "retry": given.pop("retry") or None,
        "ledger": given.pop("ledger"),
        "job": given.pop("job"),
        "dry_run": given.pop("dry_run"),
        "cancel_on_exit": given.pop("cancel_on_exit"),
        "progress": not output.quiet and console().is_terminal,
    }
    max_runs, max_usd = given.pop("max_runs"), given.pop("max_usd")
    if max_runs is not None or max_usd is not None:
        job_options["budget"] = Budget(runs=max_runs, usd=None if max_usd is None else _amount(max_usd))
    shared = run_options(given)
    schema = shared.pop("output_schema", None)
    for _ in _items(file, goal, url_column, key_column, shared):
        pass  # a row that can't be used is found before anything is started
    inputs: dict[object, list[dict[str, Any]]] = {}
    items = _items(file, goal, url_column, key_column, shared, inputs)
    row_of = table_row if output.is_table else document
    errors: list[Exception] = []
    stopped_by: BaseException | None = None
    with client() as api:
        job = api.agent.run_many(items, output_schema=schema, **job_options)

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal stopped_by
            any_ended = False
            try:
                with job:
                    for key, outcome in job:
                        any_ended = True
                        if outcome.error is not None:
                            errors.append(outcome.error)
                        yield row_of(key, _taken(inputs, key), outcome)
            except (Exception, KeyboardInterrupt) as error:
                if not any_ended:
                    raise
                stopped_by = error  # what has ended is printed first: it's paid for

        try:
            output.rows(rows(), ("key", "status", "value", "error"))
        finally:
            output.say(str(job.report()))
    if stopped_by is not None:
        raise stopped_by
    return worst_of(errors)


def _items(
    file: Path,
    goal: str,
    url_column: str,
    key_column: str | None,
    shared: dict[str, Any],
    inputs: dict[object, list[dict[str, Any]]] | None = None,
) -> Iterator[Any]:
    """The items of the job.

    Args:
        file: The file with the rows.
        goal: The template of their goals.
        url_column: The column with their pages.
        key_column: The column with their keys; None for their numbers.
        shared: The options of all runs.
        inputs: Gets the rows by their keys. Several rows can have the same one.
    """
    for number, row in enumerate(read_rows(file)):
        key = number if key_column is None else str(column_of(row, key_column, file))
        if inputs is not None:
            inputs.setdefault(key, []).append(row)
        options = {
            "goal": fill(goal, row, file),
            "url": with_scheme(str(column_of(row, url_column, file))),
            **shared,
        }
        yield options if key_column is None else (key, options)


def _taken(inputs: dict[object, list[dict[str, Any]]], key: object) -> dict[str, Any]:
    """The row of a key. It's forgotten, so that a file of any length needs no memory."""
    rows = inputs[key]
    row = rows.pop(0)
    if not rows:
        del inputs[key]
    return row


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise click.UsageError(f"--max-usd must be an amount such as 5 or 0.50, not {text!r}.") from None

"""`tinyfish datasets`: tables that agents fill."""

from __future__ import annotations

from itertools import islice

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.values import Duration


@click.group(
    cls=Group,
    context_settings=CONTEXT,
    epilog='\b\nExample:\n  tinyfish datasets create "Cafes in Lisbon" --rows 20 --wait -o cafes.csv',
)
def datasets() -> None:
    """Tables that agents fill from the web."""


@datasets.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish datasets create "Cafes in Lisbon with their websites" --rows 20
  tinyfish datasets create "Cafes in Lisbon" --wait -o cafes.csv""",
)
@click.argument("prompt")
@click.option("--rows", type=click.IntRange(1, 250), metavar="N", help="How many rows to find. Default: 100.")
@click.option("--wait", "waits", is_flag=True, help="Wait until it is filled, and print its rows.")
@click.option("--timeout", type=Duration(), help="How long to wait: seconds, or 30m.")
@output_options
def create(prompt: str, rows: int | None, waits: bool, timeout: float | None, output: Output) -> None:
    """Create a dataset, and have agents fill it. That is billed."""
    from tinyfish.cli.credentials import client

    with client(timeout=timeout) as api:
        made = api.datasets.create(prompt=prompt, target_rows=rows)
        if not waits:
            output.document(made.to_dict())
            output.say(f"Read its rows: tinyfish datasets rows {made.id}")
            return
        output.say(f"Filling dataset {made.id}")
        try:
            made = api.datasets.wait(made.id)
        except (KeyboardInterrupt, TimeoutError) as error:
            error.add_note(f"It goes on. Read its rows later: tinyfish datasets rows {made.id}")
            raise
        _print_rows(api, made.id, output)


@datasets.command(
    context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish datasets rows "$id" -o cafes.csv'
)
@click.argument("dataset_id", metavar="ID")
@output_options
def rows(dataset_id: str, output: Output) -> None:
    """Print the rows of a dataset."""
    from tinyfish.cli.credentials import client

    with client() as api:
        _print_rows(api, dataset_id, output)


@datasets.command("list", context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish datasets list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The maximum number.")
@output_options
def list_datasets(limit: int, output: Output) -> None:
    """List datasets."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = (one.to_dict() for one in islice(api.datasets.iter(), limit))
        output.rows(found, ("id", "status", "row_count", "name", "created_at"))


@datasets.command(context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish datasets delete "$id"')
@click.argument("dataset_id", metavar="ID")
@output_options
def delete(dataset_id: str, output: Output) -> None:
    """Delete a dataset."""
    from tinyfish.cli.credentials import client

    with client() as api:
        output.document(api.datasets.delete(dataset_id).to_dict())


def _print_rows(api: object, dataset_id: str, output: Output) -> None:
    from tinyfish import TinyFish

    assert isinstance(api, TinyFish)  # noqa: S101 - for type checkers; importing it above would be slow
    found = [row.data or {} for row in api.datasets.iter_rows(dataset_id)]
    columns = list(dict.fromkeys(name for row in found for name in row))
    output.rows(found, columns)

"""`tinyfish monitors`: repeat a search or a fetch."""

from __future__ import annotations

from typing import Any

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.run_options import with_scheme

_COLUMNS = ("id", "status", "type", "schedule_cron", "name", "last_error")


@click.group(
    cls=Group,
    context_settings=CONTEXT,
    epilog='\b\nExample:\n  tinyfish monitors create --fetch https://example.com/news "0 9 * * *"',
)
def monitors() -> None:
    """Repeat a search or a fetch on a schedule. Every check is billed."""


@monitors.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish monitors create --fetch https://example.com/news "0 9 * * *"
  tinyfish monitors create --search "tide tables" "CRON_TZ=Europe/Berlin 0 9 * * 1" """,
)
@click.option("--fetch", "page", metavar="URL", help="The page to read at each check.")
@click.option("--search", "query", metavar="QUERY", help="What to search for at each check.")
@click.option("--name", help="A name for lists.")
@click.option("--webhook", metavar="URL", help="The https URL to call after each check.")
@click.argument("cron")
@output_options
def create(
    page: str | None, query: str | None, name: str | None, webhook: str | None, cron: str, output: Output
) -> None:
    """Create a monitor, and make its first check. CRON has five fields, in UTC."""
    from tinyfish.cli.credentials import client

    if (page is None) == (query is None):
        raise click.UsageError("Give either --fetch or --search.")
    config: Any = {"url": with_scheme(page)} if page is not None else {"query": query}
    with client() as api:
        made = api.monitors.create(
            "fetch" if page is not None else "search",
            config,
            cron,
            name=name,
            webhook_url=webhook,
        )
    output.document(made.to_dict())


@monitors.command("list", context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish monitors list")
@output_options
def list_monitors(output: Output) -> None:
    """List all monitors."""
    from tinyfish.cli.credentials import client

    with client() as api:
        output.rows((one.to_dict() for one in api.monitors.list().monitors), _COLUMNS)


def _command(name: str, text: str) -> None:
    @monitors.command(
        name, help=text, context_settings=CONTEXT, epilog=f'\b\nExample:\n  tinyfish monitors {name} "$id"'
    )
    @click.argument("monitor_id", metavar="ID")
    @output_options
    def command(monitor_id: str, output: Output) -> None:
        from tinyfish.cli.credentials import client

        with client() as api:
            output.document(getattr(api.monitors, name)(monitor_id).to_dict())


_command("get", "Show a monitor and its checks.")
_command("run", "Make a check now. It is billed.")
_command("pause", "Make no checks until it is resumed.")
_command("resume", "Go on with its checks.")
_command("cancel", "End a monitor for good.")

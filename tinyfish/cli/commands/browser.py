"""`tinyfish browser`: remote browsers."""

from __future__ import annotations

import sys
from itertools import islice

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.values import Duration


@click.group(
    cls=Group, context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish browser open https://example.com"
)
def browser() -> None:
    """Open and close remote browsers. They are billed by the minute until they are closed."""


@browser.command(
    "open",
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish browser open https://example.com
  cdp_url=$(tinyfish browser open example.com --json | jq -r .cdp_url)""",
)
@click.argument("url", required=False)
@click.option("--idle", type=Duration(), help="Close it after this time without a command: seconds, or 5m.")
@click.option("--no-inspector", is_flag=True, help="Don't open the inspector in your browser.")
@output_options
def open_session(url: str | None, idle: float | None, no_inspector: bool, output: Output) -> None:
    """Open a browser on URL, print its cdp_url, and open its inspector."""
    from tinyfish.cli.credentials import client

    with client() as api:
        session = api.browser.sessions.create(url=url, timeout_seconds=None if idle is None else int(idle))
        document = session.to_dict()
        # Said first: whatever goes wrong below, it's open.
        output.say(f"It is billed until you close it: tinyfish browser close {session.session_id}")
        if not no_inspector and sys.stdout.isatty():
            from tinyfish.errors import APIError

            try:
                document["inspector_url"] = session.inspector_url()
            except APIError as error:
                output.say(f"There is no inspector: {error}")
            else:
                click.launch(document["inspector_url"])
    output.document(document)


@browser.command("close", context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish browser close "$id"')
@click.argument("session_ids", metavar="ID...", nargs=-1, required=True)
@click.option("-q", "--quiet", is_flag=True, help="Print no messages.")
def close(session_ids: tuple[str, ...], quiet: bool) -> None:
    """Close browsers."""
    from tinyfish.cli.credentials import client

    with client() as api:
        for session_id in session_ids:
            api.browser.sessions.delete(session_id)
            Output(quiet=quiet).say(f"Closed {session_id}")


@browser.command(
    context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish browser sessions --limit 100 -o sessions.csv"
)
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="The maximum number of sessions."
)
@output_options
def sessions(limit: int, output: Output) -> None:
    """List browser sessions, with how long they were open."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = (session.to_dict() for session in islice(api.browser.sessions.iter_usage(), limit))
        output.rows(found, ("session_id", "status", "start_time", "duration_ms"))

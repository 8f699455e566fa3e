"""`tinyfish mcp`: the tools for agents, over the Model Context Protocol."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.screen import say
from tinyfish.cli.values import Duration

if TYPE_CHECKING:
    from tinyfish import Budget


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish mcp
  tinyfish mcp --tools search,fetch --allow-host docs.python.org
  tinyfish mcp --budget-usd 2.50 --cancel-on-exit
  tinyfish mcp --http --port 8000

\b
Configuration of most clients:
  {"mcpServers": {"tinyfish": {"command": "tinyfish", "args": ["mcp"],
                               "env": {"TINYFISH_API_KEY": "..."}}}}""",
)
@click.option(
    "--tools",
    default="run,search,fetch",
    show_default=True,
    metavar="NAMES",
    help="Which tools: run, search, fetch, browser.",
)
@click.option("--http", is_flag=True, help="Serve over HTTP, at /mcp, instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at, with --http.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port, with --http."
)
@click.option(
    "--patience",
    type=Duration(),
    default="50",
    show_default=True,
    help="How long a call waits for a run. Most clients give up after 60 seconds.",
)
@click.option("--budget-runs", type=click.IntRange(1), metavar="N", help="The most runs.")
@click.option(
    "--budget-steps", type=click.IntRange(1), metavar="N", help="The most steps of all runs together."
)
@click.option("--budget-usd", metavar="USD", help="The most that the runs may cost.")
@click.option("--max-steps", type=click.IntRange(1, 500), metavar="N", help="The most steps of each run.")
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="Allow only this host and its subdomains. Repeatable.",
)
@click.option("--allow-private-hosts", is_flag=True, help="Allow loopback and private addresses.")
@click.option(
    "--max-chars", type=click.IntRange(500), default=20_000, show_default=True, help="The length of answers."
)
@click.option(
    "--cancel-on-exit", is_flag=True, help="Cancel a run when the client cancels its call, or at the end."
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Record what is started in this file.",
)
@click.option(
    "--job",
    metavar="NAME",
    help="A name, with --ledger: the same call in it is the same run, after a restart too.",
)
def mcp(
    tools: str,
    http: bool,
    host: str,
    port: int,
    patience: float,
    budget_runs: int | None,
    budget_steps: int | None,
    budget_usd: str | None,
    max_steps: int | None,
    hosts: tuple[str, ...],
    allow_private_hosts: bool,
    max_chars: int,
    cancel_on_exit: bool,
    ledger: Path | None,
    job: str | None,
) -> int:
    """Serve the tools for agents over the Model Context Protocol. It needs the extra `mcp`.

    A client starts it and speaks to it over standard input and output. With --http it listens on this machine only;
    another --host needs a token, in the variable TINYFISH_MCP_TOKEN.
    """
    try:
        from tinyfish.contrib.mcp import serve_http, serve_stdio, server
    except ImportError as error:
        say(f"Error: the MCP server needs its extra: pip install 'tinyfish[mcp]' ({error})")
        return 2
    import asyncio

    from tinyfish.cli.credentials import key_for_client

    key = key_for_client()
    options: dict[str, Any] = {
        "patience": patience,
        "budget": _budget(budget_runs, budget_steps, budget_usd),
        "allowed_hosts": hosts or None,
        "allow_private_hosts": allow_private_hosts,
        "max_chars": max_chars,
        "cancel_on_exit": cancel_on_exit,
        "job": job,
        "run_options": {} if max_steps is None else {"agent_config": {"max_steps": max_steps}},
    }

    async def serve() -> None:
        from tinyfish import AsyncTinyFish
        from tinyfish.tools import toolset

        names = [name.strip() for name in tools.split(",") if name.strip()]
        async with AsyncTinyFish(key, ledger=ledger) as client, toolset(client, names, **options) as made:
            if not http:
                await serve_stdio(server(made))
                return
            say(f"Serving MCP at http://{f'[{host}]' if ':' in host else host}:{port}/mcp until Ctrl-C.")
            token = os.environ.get("TINYFISH_MCP_TOKEN") or None
            await serve_http(server(made), host=host, port=port, token=token)

    try:
        asyncio.run(serve())
    except SystemExit:  # of uvicorn, which has said why: the port is taken
        return 1
    return 0


def _budget(runs: int | None, steps: int | None, usd: str | None) -> Budget | None:
    if runs is None and steps is None and usd is None:
        return None
    from tinyfish import Budget

    return Budget(runs=runs, steps=steps, usd=usd)

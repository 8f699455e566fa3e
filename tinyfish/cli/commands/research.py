"""`tinyfish research`."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.values import Duration


@click.group(
    cls=Group,
    context_settings=CONTEXT,
    epilog='\b\nExample:\n  tinyfish research run "When is high water in Hamburg?"',
)
def research() -> None:
    """Have a question researched: this takes 5 to 45 minutes."""


@research.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish research run "When is high water in Hamburg?" -o report.json
  tinyfish research run "Who makes solid state batteries?" --mode max""",
)
@click.argument("query")
@click.option(
    "--mode", type=click.Choice(["deep", "max"]), default="deep", show_default=True, help="How thorough."
)
@click.option("--language", metavar="LL", help="The language of the report, such as de.")
@click.option("--timeout", type=Duration(), help="How long to wait: seconds, or 30m. Default: 1 hour.")
@output_options
def run(query: str, mode: Any, language: str | None, timeout: float | None, output: Output) -> int:
    """Start a research run, show its progress, and print its report."""
    from tinyfish import ResearchFinalResultEvent
    from tinyfish.cli.credentials import client

    run_id: str | None = None
    options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    with client() as api:
        try:
            with api.research.stream(query=query, mode=mode, output_language=language, **options) as events:
                for event in events:
                    run_id = (
                        getattr(event, "research_run_id", None) or getattr(event, "run_id", None) or run_id
                    )
                    text = " ".join(str(getattr(event, "message", None) or "").split())
                    if text:
                        output.say(text)
                    if isinstance(event, ResearchFinalResultEvent):
                        break
        except (KeyboardInterrupt, TimeoutError) as error:
            if run_id:
                error.add_note(f"The research run goes on. Read it later: tinyfish research show {run_id}")
            raise
        if run_id is None:
            output.say("Error: the research run has no id.")
            return 1
        return _show(api.research.wait(run_id), output)


@research.command(context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish research show "$id" --json')
@click.argument("run_id", metavar="ID")
@output_options
def show(run_id: str, output: Output) -> int:
    """Show a research run: its report, or its state."""
    from tinyfish.cli.credentials import client

    with client() as api:
        return _show(api.research.get(run_id), output)


@research.command("list", context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish research list --limit 5")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The maximum number.")
@output_options
def list_runs(limit: int, output: Output) -> None:
    """List research runs, newest first."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = (one.to_dict() for one in islice(api.research.iter(), limit))
        output.rows(found, ("research_run_id", "status", "created_at", "query"))


@research.command(context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish research cancel "$id"')
@click.argument("run_id", metavar="ID")
@output_options
def cancel(run_id: str, output: Output) -> None:
    """Cancel a research run."""
    from tinyfish.cli.credentials import client

    with client() as api:
        output.document(api.research.cancel(run_id).to_dict())


def _show(found: Any, output: Output) -> int:
    report = getattr(found.deep_result, "result", None)

    def show() -> None:
        if isinstance(report, str):
            from rich.markdown import Markdown

            from tinyfish.cli.screen import data_console, printable

            data_console().print(Markdown(printable(report)))
        else:
            from tinyfish.cli.output import show_tree

            document = found.to_dict()
            show_tree(
                {name: document[name] for name in ("research_run_id", "status", "query") if name in document}
            )

    output.document(found.to_dict(), show)
    if found.error is not None:
        output.say(f"Error: {found.error}")
    return int(str(found.status) in ("FAILED", "CANCELLED", "failed", "cancelled"))

"""`tinyfish run`, `queue`, `watch`, `wait`, `cancel`, `runs`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.run_options import key_option, page_for, run_options, start_options, timeout_option
from tinyfish.cli.values import Moment

if TYPE_CHECKING:
    from tinyfish import Run, TinyFish
    from tinyfish.cli.live import RunView
    from tinyfish.models import CompleteEvent

_STATUSES = ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"]


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish run https://example.com "Read the title"
  tinyfish run https://shop.example/kettle "Read the price" --returns '{"price": "number"}' | jq .price
  tinyfish run shop.example "Read the prices" --schema product.json --profile stealth --country US -o kettle.json

\b
On a terminal it shows the steps as they come, and the result at the end. On a pipe it prints the result as
JSON; with --json the whole run. After Ctrl-C, or at the --timeout, the run goes on.""",
)
@click.argument("url")
@click.argument("goal")
@start_options
@timeout_option
@key_option
@click.option("--cancel-on-exit", is_flag=True, help="Cancel the run on Ctrl-C, or at the --timeout.")
@output_options
def run(
    url: str,
    goal: str,
    timeout: float | None,
    key: str | None,
    cancel_on_exit: bool,
    output: Output,
    **given: Any,
) -> int:
    """Start a run on the page URL, show its steps, and print its result.

    GOAL says in words what to do on the page.
    """
    from tinyfish.cli.credentials import client
    from tinyfish.cli.live import RunView

    page = page_for(url, goal)
    options = run_options(given)
    if key is not None:
        options["idempotency_key"] = key
    with client(timeout=timeout) as api:
        stream = api.agent.stream(goal=goal, url=page, cancel_on_exit=cancel_on_exit, **options)
        view = RunView(goal, url)
        return _follow(stream, view, output, cancel_on_exit=cancel_on_exit, api=api)


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  id=$(tinyfish queue https://example.com "Read the title")
  tinyfish wait "$id" | jq .title""",
)
@click.argument("url")
@click.argument("goal")
@start_options
@key_option
@output_options
def queue(url: str, goal: str, key: str | None, output: Output, **given: Any) -> int:
    """Start a run on the page URL, and print its id without waiting for it."""
    from tinyfish.cli.credentials import client
    from tinyfish.cli.screen import say

    page = page_for(url, goal)
    options = run_options(given)
    if key is not None:
        options["idempotency_key"] = key
    with client() as api:
        queued = api.agent.queue(goal=goal, url=page, **options)
    if not queued.run_id:
        say(f"The run could not be started: {queued.error}")
        return 1
    if output.format == "auto" and output.file is None:
        click.echo(queued.run_id)
    else:
        output.document(queued.to_dict())
    output.say(f"Wait for it: tinyfish wait {queued.run_id}")
    return 0


@click.command(
    context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish watch 5d0f3c1e-7a41-4c0e-9a55-2b1f6f0c9d10"
)
@click.argument("run_id", metavar="ID")
@timeout_option
@output_options
def watch(run_id: str, timeout: float | None, output: Output) -> int:
    """Show the steps of a run that was started before, and print its result."""
    from tinyfish.cli.credentials import client
    from tinyfish.cli.live import RunView

    with client(timeout=timeout) as api:
        found = api.runs.get(run_id)
        url = getattr(found, "url", None) or ""
        view = RunView(found.goal, str(url), run_id)
        return _follow(api.runs.events(run_id), view, output, cancel_on_exit=False, api=api)


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish wait "$id" | jq .title
  tinyfish wait "$first" "$second" --jsonl | jq .result""",
)
@click.argument("run_ids", metavar="ID...", nargs=-1, required=True)
@timeout_option
@output_options
def wait(run_ids: tuple[str, ...], timeout: float | None, output: Output) -> int:
    """Wait for runs to end. Prints the result of one, and the whole runs if there are more."""
    from tinyfish.cli.credentials import client

    with client(timeout=timeout) as api, _runs_go_on(run_ids, output):
        if len(run_ids) == 1:
            return _ended(api.runs.wait(run_ids[0]), output)
        failed = False

        def ended() -> Iterator[dict[str, Any]]:
            nonlocal failed
            for one in api.runs.wait_many(run_ids):
                failed = failed or not one.ok
                yield one.to_dict()

        output.rows(ended(), ("run_id", "status", "num_of_steps", "goal", "result"))
        return int(failed)


@click.command(context_settings=CONTEXT, epilog='\b\nExample:\n  tinyfish cancel "$first" "$second"')
@click.argument("run_ids", metavar="ID...", nargs=-1, required=True)
@output_options
def cancel(run_ids: tuple[str, ...], output: Output) -> int:
    """Cancel runs. A run that has ended stays as it is."""
    from tinyfish.cli.credentials import client

    with client() as api:
        if len(run_ids) == 1:
            results, missing = [api.runs.cancel(run_ids[0])], None
        else:
            answer = api.runs.cancel_many(run_ids)
            results, missing = list(answer.results), answer.not_found
    output.rows((result.to_dict() for result in results), ("run_id", "status", "message"))
    if missing:
        output.say(f"Not found: {', '.join(missing)}")
    return int(bool(missing))


@click.group(
    cls=Group,
    context_settings=CONTEXT,
    epilog="\b\nExample:\n  tinyfish runs list --status FAILED --since 2d",
)
def runs() -> None:
    """List runs, and show one."""


@runs.command(
    "list",
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish runs list --status FAILED --since 2d
  tinyfish runs list --since 1w --limit 1000 -o runs.csv
  tinyfish runs list --status FAILED --since 2d --jsonl | jq .error""",
)
@click.option(
    "--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Only runs with this status."
)
@click.option("--goal", metavar="TEXT", help="Only runs whose goal contains this text.")
@click.option("--since", type=Moment(), help="Only runs created after this: 2d, 12h, 2026-11-29.")
@click.option("--until", type=Moment(), help="Only runs created before this.")
@click.option("--oldest-first", is_flag=True, help="Oldest first. Default: newest first.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="The maximum number of runs."
)
@output_options
def list_runs(
    status: str | None,
    goal: str | None,
    since: Any,
    until: Any,
    oldest_first: bool,
    limit: int,
    output: Output,
) -> None:
    """List runs, newest first."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = api.runs.iter(
            status=cast("Any", status.upper()) if status else None,
            goal=goal,
            created_after=since,
            created_before=until,
            sort_direction="asc" if oldest_first else "desc",
            page_size=min(limit, 100),
        )
        rows = (one.to_dict() for one in islice(found, limit))
        output.rows(rows, ("run_id", "status", "created_at", "num_of_steps", "goal"))


@runs.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish runs show "$id" --steps
  tinyfish runs show "$id" --save out/""",
)
@click.argument("run_id", metavar="ID")
@click.option("--steps", is_flag=True, help="Show the steps too.")
@click.option(
    "--save", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
    help="Write the result, the steps, screenshots and the recording into a folder.",
)  # fmt: skip
@output_options
def show(run_id: str, steps: bool, save: Path | None, output: Output) -> None:
    """Show one run: its state, its result or why it failed."""
    from tinyfish.cli.credentials import client
    from tinyfish.cli.output import show_table, show_tree

    with client() as api:
        found = api.runs.get(run_id, screenshots="base64" if save else None)
        if save is not None:
            written = found.save(save)
            output.say(f"Written to {save}: {', '.join(path.name for path in written)}")
    document = found.to_dict()
    if not steps:
        document.pop("steps", None)

    def shown() -> None:
        show_tree({name: value for name, value in document.items() if value is not None and name != "steps"})
        if steps:
            show_table(document.get("steps") or [], ("timestamp", "status", "action", "duration"))

    output.document(document, shown)


def _follow(events: Any, view: RunView, output: Output, *, cancel_on_exit: bool, api: TinyFish) -> int:
    from tinyfish.cli.live import follow
    from tinyfish.errors import APIError

    try:
        with events as opened:
            end = follow(opened, view, quiet=output.quiet)
    except BaseException as error:
        if not cancel_on_exit and view.run_id and isinstance(error, KeyboardInterrupt | TimeoutError):
            error.add_note(_how_to_go_on(view.run_id))
        raise
    if output.format != "auto" and end.run_id:
        try:
            run = api.runs.get(end.run_id)  # the event has no steps
        except APIError as error:
            output.say(f"The steps can't be read, so they are missing here: {error}")
        else:
            return _ended(run, output)
    return _ended(end, output)


def _ended(run: Run | CompleteEvent, output: Output) -> int:
    """Print how a run ended; returns the exit status."""
    from tinyfish.cli.screen import complain
    from tinyfish.errors import RunOutcomeError

    result = getattr(run, "result_json", None) if not hasattr(run, "result") else run.result
    try:
        run.raise_for_outcome()
    except RunOutcomeError as error:
        complain(error)
        if output.format != "auto" or output.file is not None:
            output.document(run.to_dict())
        return 1
    output.document(run.to_dict() if output.format != "auto" else result)
    return 0


@contextmanager
def _runs_go_on(run_ids: tuple[str, ...], output: Output) -> Generator[None]:
    try:
        yield
    except (KeyboardInterrupt, TimeoutError) as error:
        error.add_note(_how_to_go_on(*run_ids))
        raise


def _how_to_go_on(*run_ids: str) -> str:
    ids = " ".join(run_ids)
    if len(run_ids) == 1:
        return f"The run goes on. Watch it: tinyfish watch {ids}. Cancel it: tinyfish cancel {ids}"
    return f"The runs go on. Wait for them: tinyfish wait {ids}. Cancel them: tinyfish cancel {ids}"

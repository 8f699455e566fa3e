"""Every command on pipes and in terminals of two sizes, against the sandbox."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from everywhere import Everywhere
from terminal import on_pipes

from tinyfish import TinyFish
from tinyfish.cli.app import COMMANDS, root
from tinyfish.cli.app import run as cli
from tinyfish.cli.exit_codes import worst_of
from tinyfish.cli.run_options import page_for
from tinyfish.demo.site import Site
from tinyfish.errors import SDKError, UncertainStartError, WaitTimeoutError
from tinyfish.sandbox import Sandbox


@pytest.fixture
def run_id(sandbox: Sandbox, site: Site) -> str:
    """A run that has ended."""
    with TinyFish(sandbox.api_key, base_url=sandbox.url) as client:
        run = client.agent.run(goal="Read the title", url=site.url + "shop/kettle.html")
        assert run.run_id is not None
        return run.run_id


def test_run_shows_steps_and_prints_the_result(everywhere: Callable[..., Everywhere], site: Site) -> None:
    done = everywhere(
        "run",
        site.url + "shop/kettle.html",
        "Read the price",
        "--returns",
        '{"title": "string", "price": "number"}',
    )
    assert done.statuses() == {0}
    assert done.json == {"title": "Copper kettle - Harbour Street Shop", "price": 49.0}
    assert "started" in done.pipe.stderr
    for terminal in done.terminals:
        assert "COMPLETED" in terminal.text
        assert "price  49.0" in terminal.text
        assert b"\x1b]8;" in terminal.raw.split(b"COMPLETED")[-1]  # the link to the live view is still there
        assert "Opened" in terminal.text


def test_a_run_that_fails_exits_with_1_and_says_why(
    everywhere: Callable[..., Everywhere], site: Site
) -> None:
    done = everywhere("run", site.url + "missing.html", "Read it")
    assert done.statuses() == {1}
    assert done.pipe.stdout == ""
    assert "status 404" in done.pipe.stderr
    assert all("FAILED" in terminal.text and "404" in terminal.text for terminal in done.terminals)


def test_queue_wait_watch_and_cancel(environment: dict[str, str], site: Site) -> None:
    queued = Everywhere(["queue", site.url + "news/", "Read the headlines"], environment)
    assert queued.statuses() == {0}
    run_id = queued.pipe.stdout.strip()
    assert re.fullmatch(r"[\w-]{36}", run_id)
    for terminal in queued.terminals:
        assert re.fullmatch(r"([\w-]{36})\nWait for it: tinyfish wait \1", terminal.text)
    waited = Everywhere(["wait", run_id], environment)
    assert waited.statuses() == {0}
    assert waited.json["title"] == "Harbour Street News"
    watched = Everywhere(["watch", run_id], environment)
    assert watched.statuses() == {0}
    assert watched.json == waited.json
    cancelled = Everywhere(["cancel", run_id], environment)
    assert cancelled.statuses() == {0}
    assert [row["status"] for row in cancelled.json] == ["COMPLETED"]


@pytest.mark.parametrize("command", ["run", "queue"])
@pytest.mark.parametrize(
    ("url", "goal"),
    [
        ("title", "https://a.example"),
        ("Read the title", "https://a.example/page?x=1"),
        ("Read the price.", "a.example"),
        ("title", "localhost:8000/page"),
        ("标题", "https://a.example"),
        ("Read title/price: all", "https://a.example"),
    ],
)
def test_a_goal_before_its_page_is_refused(
    command: str,
    url: str,
    goal: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", "key")
    monkeypatch.setenv("TINYFISH_BASE_URL", "http://127.0.0.1:9")  # nobody listens there
    assert cli([command, url, goal]) == 2
    assert f"URL comes first, then GOAL: {goal!r} {url!r}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "goal", "page"),
    [
        ("localhost:8000", "Read the title", "https://localhost:8000"),
        ("localhost", "https://a.example", "https://localhost"),
        ("intranet:8000/wiki", "https://a.example", "https://intranet:8000/wiki"),
        ("http://intranet", "https://a.example", "http://intranet"),
        ("intranet", "https://a.example is the page: is it linked here?", "https://intranet"),
        ("intranet", "title", "https://intranet"),
        ("a.example", "https://b.example", "https://a.example"),
        ("[::1]:8000", "a.example", "https://[::1]:8000"),
        ("münchen.example", "headlines.json", "https://münchen.example"),
        ("intranet/wiki", "README.md", "https://intranet/wiki"),
        ("user@intranet", "v1.2", "https://user@intranet"),
        ("https://a.example/a b", "price.json", "https://a.example/a b"),
    ],
)
def test_pages_and_goals_that_are_not_swapped(url: str, goal: str, page: str) -> None:
    assert page_for(url, goal) == page


@pytest.mark.soak  # without a ledger, a key waits until an earlier run would be listed
def test_the_same_key_is_the_same_run(environment: dict[str, str], site: Site) -> None:
    queued = Everywhere(["queue", site.url + "news/", "Read the headlines", "--key", "news"], environment)
    assert queued.statuses() == {0}
    run_id = queued.pipe.stdout.strip()
    assert all(terminal.text.startswith(run_id) for terminal in queued.terminals)


def test_waiting_for_several_runs_gives_a_line_for_each(environment: dict[str, str], site: Site) -> None:
    ids = [
        on_pipes(["queue", site.url + page, "Read it", "-q"], environment).stdout.strip()
        for page in ("news/", "gone")
    ]
    done = on_pipes(["wait", *ids, "--jsonl"], environment)
    assert done.returncode == 1  # one of them failed
    assert {json.loads(line)["run_id"] for line in done.stdout.splitlines()} == set(ids)


def test_runs_are_listed_and_shown(everywhere: Callable[..., Everywhere], run_id: str) -> None:
    listed = everywhere("runs", "list", "--since", "1h", "--limit", "200")
    assert listed.statuses() == {0}
    assert run_id in [run["run_id"] for run in listed.json]
    for terminal in listed.terminals:
        assert run_id in terminal.text  # never cut, because people copy it
        assert "COMPLETED" in terminal.text
    shown = everywhere("runs", "show", run_id, "--steps")
    assert shown.statuses() == {0}
    assert shown.json["steps"]
    assert all("Copper kettle" in terminal.text for terminal in shown.terminals)


def test_a_page_of_runs_as_lines_csv_and_nothing(
    environment: dict[str, str], run_id: str, tmp_path: Path
) -> None:
    lines = on_pipes(["runs", "list", "--jsonl", "--limit", "1"], environment).stdout.splitlines()
    assert [json.loads(line)["run_id"] for line in lines] == [run_id]
    file = tmp_path / "runs.csv"
    assert on_pipes(["runs", "list", "-o", str(file)], environment).stdout == ""
    assert run_id in file.read_text(encoding="utf-8")
    old = tmp_path / "old.txt"
    old.write_text("old\n", encoding="utf-8")
    assert on_pipes(["runs", "list", "--jsonl", "-o", str(old)], environment).returncode == 0
    assert old.read_text(encoding="utf-8").startswith("{")  # written anew, not added to
    nothing = on_pipes(["runs", "list", "--goal", "no such goal"], environment)
    assert json.loads(nothing.stdout) == []


def test_many_resumes_from_its_ledger(
    everywhere: Callable[..., Everywhere],
    site: Site,
    environment: dict[str, str],
    tmp_path: Path,
    sandbox: Sandbox,
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        f"name,url\nkettle,{site.url}shop/kettle.html\nlamp,{site.url}shop/lamp.html\n", encoding="utf-8"
    )
    command = [
        "many",
        str(rows),
        "Read the price of {name}",
        "--key-column",
        "name",
        "--ledger",
        str(tmp_path / "p.db"),
    ]

    def starts() -> int:
        return sum(call.path.startswith("/v1/automation/") for call in sandbox.requests)

    before = starts()
    done = on_pipes([*command, "--returns", '{"price": "number"}', "--jsonl"], environment)
    assert done.returncode == 0, done.stderr
    found = {row["key"]: row["value"] for row in map(json.loads, done.stdout.splitlines())}
    assert found == {"kettle": {"price": 49.0}, "lamp": {"price": 34.5}}
    assert "2 ok" in done.stderr
    after = starts()
    assert after > before
    again = everywhere(*command, "--returns", '{"price": "number"}')
    assert again.statuses() == {0}
    assert {row["key"]: row["value"] for row in again.json} == found
    assert starts() == after, "a job that is done starts nothing"
    recorded = everywhere("ledger", "show", str(tmp_path / "p.db"))
    assert recorded.statuses() == {0}
    assert len(recorded.json) == 2
    assert everywhere("ledger", "pending", str(tmp_path / "p.db")).json == []
    assert everywhere("ledger", "reconcile", str(tmp_path / "p.db")).json == []


def test_the_status_of_many_is_that_of_its_worst_row(
    environment: dict[str, str], site: Site, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(f"url\n{site.url}shop/kettle.html\n{site.url}missing.html\n", encoding="utf-8")
    table = tmp_path / "out.CSV"  # as Windows writes it
    assert on_pipes(["many", str(rows), "Read the price", "-o", str(table)], environment).returncode == 1
    with table.open(newline="", encoding="utf-8") as file:
        written = {row["url"]: row for row in csv.DictReader(file)}
    assert written[site.url + "shop/kettle.html"]["title"] == "Copper kettle - Harbour Street Shop"
    assert "404" in written[site.url + "missing.html"]["error"]
    late, uncertain, failed = WaitTimeoutError("late"), UncertainStartError("lost"), SDKError("failed")
    assert worst_of([late, uncertain, failed]) == 5
    assert worst_of([late, failed]) == 1
    assert worst_of([]) == 0


def test_many_says_which_column_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("title,url\nkettle,https://shop.example\n", encoding="utf-8")
    done = on_pipes(["many", str(rows), "Read the price of {titel}"], environment)
    assert done.returncode == 2
    assert "Did you mean 'title'?" in done.stderr


@pytest.mark.soak
@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["search", "kettle"], "kettle"),
        (["fetch", "{site}news/"], "Ferry returns"),
        (["wallet"], "USD"),
        (["doctor"], "It works"),
        (["monitors", "create", "--search", "kettle", "0 9 * * *"], "0 9 * * *"),
        (["monitors", "list"], ""),
        (["datasets", "create", "Names of kettles", "--rows", "2", "--wait"], ""),
        (["datasets", "list"], ""),
        (["research", "run", "What is a kettle?"], ""),
        (["research", "list"], ""),
        (["browser", "sessions"], ""),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_other_products(
    everywhere: Callable[..., Everywhere],
    environment: dict[str, str],
    site: Site,
    arguments: list[str],
    seen: str,
) -> None:
    if arguments[0] == "search":  # the sandbox finds what it has read
        on_pipes(["fetch", site.url + "shop/kettle.html"], environment)
    done = everywhere(*(argument.replace("{site}", site.url) for argument in arguments))
    assert done.statuses() == {0}, done.pipe.stderr
    assert all(seen.lower() in terminal.text.lower() for terminal in done.terminals)
    if arguments[0] != "fetch":  # one page is printed as text
        assert isinstance(done.json, dict | list)


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    def walk(command: click.Command, path: list[str]) -> None:
        context = click.Context(command, info_name=path[-1], **command.context_settings)
        if path != ["tinyfish", "sandbox"]:  # its options are its own module's
            text = command.get_help(context)
            assert "Example" in text, path
            assert command.help, path
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, [*path, name])

    walk(root, ["tinyfish"])
    assert sum(map(len, COMMANDS.values())) >= 20

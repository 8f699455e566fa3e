"""The commands that test_commands.py doesn't run: each on pipes and in terminals of two sizes."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import pytest
from everywhere import SIZES, Everywhere
from terminal import COMMAND, Terminal, on_pipes

from tinyfish.cli.app import root
from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.soak


def made(environment: dict[str, str], *arguments: str) -> Any:
    done = on_pipes([*arguments, "--json"], environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_monitor_from_its_creation_to_its_end(
    everywhere: Callable[..., Everywhere], environment: dict[str, str], site: Site
) -> None:
    created = made(environment, "monitors", "create", "--fetch", site.url + "news/", "0 9 * * *")
    monitor_id = created["monitor"]["id"]
    for command in ("get", "run", "pause", "resume", "cancel"):
        done = everywhere("monitors", command, monitor_id)
        # The three run at the same time, and what is paused or cancelled can't be once more.
        assert done.statuses() <= ({0} if command == "get" else {0, 1}), (command, done.pipe.stderr)
        assert 0 in done.statuses(), (command, done.pipe.stderr)
    assert everywhere("monitors", "list").statuses() == {0}


def test_a_dataset_and_its_rows(everywhere: Callable[..., Everywhere], environment: dict[str, str]) -> None:
    created = made(environment, "datasets", "create", "Names of kettles", "--rows", "2")
    rows = everywhere("datasets", "rows", created["id"])
    assert rows.statuses() == {0}
    assert isinstance(rows.json, list)
    assert everywhere("datasets", "list").statuses() == {0}
    filled = on_pipes(["datasets", "create", "Names of lamps", "--rows", "1", "--wait"], environment)
    assert filled.returncode == 0, filled.stderr
    deleted = everywhere("datasets", "delete", created["id"])
    assert 0 in deleted.statuses(), deleted.pipe.stderr  # one of the three deletes it
    remaining = on_pipes(["datasets", "list"], environment)
    assert created["id"] not in [one["id"] for one in json.loads(remaining.stdout)]


def test_a_research_run_is_shown_and_cancelled(
    everywhere: Callable[..., Everywhere], environment: dict[str, str]
) -> None:
    run_id = made(environment, "research", "run", "What is a kettle?")["research_run_id"]
    shown = everywhere("research", "show", run_id)
    assert shown.statuses() == {0}
    assert shown.json["research_run_id"] == run_id
    assert 0 in everywhere("research", "cancel", run_id).statuses()


def test_a_browser_is_opened_listed_and_closed(site: Site) -> None:
    with Sandbox() as sandbox:
        environment = {
            "TINYFISH_BASE_URL": sandbox.url, "TINYFISH_API_KEY": sandbox.api_key, "NO_PROXY": "127.0.0.1",
            "BROWSER": "true",  # what the inspector is opened with
        }  # fmt: skip
        opened = Everywhere(["browser", "open", site.url], environment)
        assert opened.statuses() == {0}, opened.pipe.stderr
        assert opened.json["cdp_url"].startswith("ws")
        assert "browser close" in opened.pipe.stderr
        assert all("inspector_url" in terminal.text for terminal in opened.terminals)
        assert Everywhere(["browser", "sessions"], environment).statuses() == {0}
        assert Everywhere(["browser", "close", opened.json["session_id"]], environment).pipe.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["completion", "zsh"], "_TINYFISH_COMPLETE"),
        (["openapi"], "openapi: 3.1"),
        (["openapi", "--json"], '"openapi": "3.1'),
        (["logout"], "no stored key"),
        (["--version"], "tinyfish 1."),
        (["--help"], "Start a run"),
        (["many", "--help"], "GOAL is a template"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_calls_nothing(everywhere: Callable[..., Everywhere], arguments: list[str], seen: str) -> None:
    done = everywhere(*arguments)
    assert done.statuses() == {0}
    assert seen in done.pipe.stdout + done.pipe.stderr
    assert all(seen in terminal.raw.decode() or seen in terminal.text for terminal in done.terminals)


@pytest.mark.timeout(150)
def test_the_sandbox_and_the_demo_in_a_terminal(environment: dict[str, str]) -> None:
    for size in SIZES:
        shown = (
            Terminal(*size)
            .type_when("press Ctrl-C to stop", "\x03")
            .run(["sandbox", "--port", "0", "--no-chromium"], environment)
        )
        assert shown.status == 0
        assert "TINYFISH_API_KEY" in shown.text
    with ThreadPoolExecutor(2) as pool:
        for demo in pool.map(lambda size: Terminal(*size).run(["demo"], environment), SIZES):
            assert demo.status == 0, demo.text
            assert "What next" in demo.text


def test_the_sandbox_on_pipes_ends_with_sigterm(environment: dict[str, str]) -> None:
    command = [*COMMAND, "sandbox", "--port", "0", "--no-chromium"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        assert "running at" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        watchdog.cancel()


def test_the_mcp_server_is_not_open_to_others(environment: dict[str, str]) -> None:
    """What it serves is tested in tests/contrib/test_mcp.py."""
    done = on_pipes(["mcp", "--http", "--host", "0.0.0.0"], environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Pass a token" in done.stderr


def test_every_command_is_run_by_a_test_of_this_folder() -> None:
    names = ("test_commands", "test_every_command", "test_shell", "test_webhooks")
    text = "".join((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in names)

    def walk(command: click.Command, path: list[str]) -> None:
        context = click.Context(command, info_name=path[-1], **command.context_settings)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, [*path, name])
        elif path[1:2] == ["monitors"]:  # most of them in a loop
            assert f'"{path[-1]}"' in text, path
        else:
            quoted = ", ".join(f'"{word}"' for word in path[1:])
            assert f"[{quoted}" in text or f"({quoted}" in text or f"environment, {quoted}" in text, path

    walk(root, ["tinyfish"])

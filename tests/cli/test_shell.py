"""What shells and their users rely on: exit codes, Ctrl-C, keys, wrong calls, completion."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from everywhere import SIZES
from terminal import COMMAND, Terminal, on_pipes

from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox


def test_wrong_calls_exit_with_2_and_suggest_what_was_meant(environment: dict[str, str]) -> None:
    for arguments, hint in (
        (["rnu"], "Did you mean 'run'?"),
        (["runs", "lst"], "Did you mean 'list'?"),
        (["run", "https://shop.example"], "Missing argument 'GOAL'"),
        (["run", "ftp://x", "Read"], "http or https"),
        (["run", "shop.example", "Read", "--returns", "{price}"], "not JSON"),
        (["run", "shop.example", "Read", "--returns", '{"price": "money"}'], "'number'"),
        (["runs", "list", "--since", "tuesday"], "2d"),
        (["runs", "list", "--json", "--jsonl"], "exclude each other"),
        (["monitors", "create", "0 9 * * *"], "--fetch or --search"),
    ):
        done = on_pipes(arguments, environment)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert hint in done.stderr, done.stderr


def test_without_a_key_it_exits_with_3_and_says_what_to_do(environment: dict[str, str]) -> None:
    environment["TINYFISH_API_KEY"] = ""
    done = on_pipes(["runs", "list"], environment)
    assert done.returncode == 3
    assert "tinyfish login" in done.stderr
    environment["TINYFISH_API_KEY"] = "sk-wrong-key-of-somebody"
    refused = on_pipes(["runs", "list"], environment)
    assert refused.returncode == 3
    assert "sk-wrong" not in refused.stderr
    assert on_pipes(["doctor"], environment).returncode == 3


@pytest.mark.soak
def test_login_keeps_the_key_in_a_file_that_only_its_owner_reads(
    environment: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    key = environment.pop("TINYFISH_API_KEY")
    environment["TINYFISH_API_KEY"] = ""
    for size in SIZES:
        shown = Terminal(*size).type_when("API key", key + "\r").run(["login"], environment)
        assert shown.status == 0
        assert "stored in" in shown.text
        assert key not in shown.text  # never echoed
    file = tmp_path / "config" / "tinyfish" / "api-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert on_pipes(["runs", "list"], environment).returncode == 0
    assert on_pipes(["logout"], environment).returncode == 0
    assert not file.exists()
    assert on_pipes(["login"], environment, text=key + "\n").returncode == 0
    assert on_pipes(["logout"], environment).returncode == 0
    refused = on_pipes(["login"], environment, text="sk-not-a-key\n")
    assert refused.returncode == 3
    assert not file.exists()


@pytest.mark.soak
def test_ctrl_c_says_that_the_run_goes_on_and_how_to_cancel_it(site: Site) -> None:
    with Sandbox(step_delay=8, chromium=False) as sandbox:
        environment = {"TINYFISH_BASE_URL": sandbox.url, "TINYFISH_API_KEY": sandbox.api_key}
        shown = Terminal(80, 24).type_when("Opened", "\x03")
        shown.run(["run", site.url + "news/", "Read"], environment)
        assert shown.status == 130
        assert "goes on" in shown.text
        assert "tinyfish cancel" in shown.text
        [run] = sandbox_runs(sandbox)
        assert run["status"] == "RUNNING"
        watched = Terminal(200, 50).type_when("0 steps", "\x03").run(["watch", run["run_id"]], environment)
        assert watched.status == 130
        assert f"tinyfish cancel {run['run_id']}" in watched.text  # although no event has come
        assert on_pipes(["cancel", run["run_id"]], environment).returncode == 0
        cancelled = Terminal(80, 24).type_when("Opened", "\x03")
        cancelled.run(["run", site.url + "news/", "Read", "--cancel-on-exit"], environment)
        assert cancelled.status == 130
        assert {run["status"] for run in sandbox_runs(sandbox)} == {"CANCELLED"}


def test_a_run_that_takes_too_long_goes_on_and_exits_with_4(site: Site, tmp_path: Path) -> None:
    with Sandbox(step_delay=8, chromium=False) as sandbox:
        environment = {"TINYFISH_BASE_URL": sandbox.url, "TINYFISH_API_KEY": sandbox.api_key}
        done = on_pipes(["run", site.url + "news/", "Read", "--timeout", "1"], environment)
        assert done.returncode == 4
        assert "tinyfish watch" in done.stderr
        assert [run["status"] for run in sandbox_runs(sandbox)] == ["RUNNING"]
        rows = tmp_path / "rows.csv"
        rows.write_text(f"url\n{site.url}news/\n", encoding="utf-8")
        late = on_pipes(["many", str(rows), "Read", "--run-timeout", "0.5"], environment)
        assert late.returncode == 4, late.stderr


def sandbox_runs(sandbox: Sandbox) -> list[dict[str, str]]:
    environment = {"TINYFISH_BASE_URL": sandbox.url, "TINYFISH_API_KEY": sandbox.api_key}
    found: list[dict[str, str]] = json.loads(on_pipes(["runs", "list"], environment).stdout)
    return found


def test_a_reader_that_has_seen_enough_is_no_error(environment: dict[str, str]) -> None:
    script = f"{' '.join(map(str, COMMAND))} openapi --json | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.stdout.split() == ["{", "0"]
    assert done.stderr == ""


def test_no_colours_no_unicode(environment: dict[str, str], site: Site) -> None:
    for encoding in ("ascii", "cp1252"):  # LANG=C, and a code page of Windows
        shown = Terminal(80, 24).run(
            ["run", site.url + "news/", "Lies den Titel – bitte ✓"],
            {**environment, "PYTHONIOENCODING": encoding},
        )
        assert shown.status == 0, shown.text
        assert "Traceback" not in shown.text
        listed = Terminal(80, 24).run(["runs", "list"], {**environment, "PYTHONIOENCODING": encoding})
        assert listed.status == 0, listed.text
        assert "bitte ?" in listed.text  # its check mark has no form there
    plain = Terminal(80, 24).run(["runs", "list"], {**environment, "NO_COLOR": "1"})
    assert "COMPLETED" in plain.text
    assert b"\x1b[3" not in plain.raw
    narrow = Terminal(40, 24).run(["runs", "list"], environment)
    assert re.search(r"run_id  [\w-]{30}", narrow.text)  # an id is never cut
    assert "COMPLETED" in narrow.text


def test_completion_scripts(environment: dict[str, str]) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = on_pipes(["completion", shell], environment)
        assert script.returncode == 0
        assert "_TINYFISH_COMPLETE" in script.stdout
    completed = on_pipes(
        [],
        {
            **environment,
            "_TINYFISH_COMPLETE": "bash_complete",
            "COMP_WORDS": "tinyfish re",
            "COMP_CWORD": "1",
        },
    )
    assert "research" in completed.stdout


def test_openapi_is_the_document_and_the_version_is_quick(environment: dict[str, str]) -> None:
    import yaml

    document = yaml.safe_load(on_pipes(["openapi"], environment).stdout)
    assert document["openapi"].startswith("3.1")
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tinyfish", "--version"], capture_output=True, text=True
    ).stderr
    assert "httpx" not in loaded
    assert "click" not in loaded
    helped = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tinyfish", "run", "--help"],
        capture_output=True,
        text=True,
    ).stderr
    assert "httpx" not in helped
    assert "rich" not in helped


def test_the_page_of_the_command_is_made_from_its_help() -> None:
    import cli_reference

    assert cli_reference.PAGE.read_text(encoding="utf-8") == cli_reference.page(), (
        "run python tools/cli_reference.py"
    )

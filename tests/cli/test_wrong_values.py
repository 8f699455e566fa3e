"""A value that an option can't have ends with status 2, before anything is sent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tinyfish.cli import app, values


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers: what is sent fails with status 1."""
    monkeypatch.setenv("TINYFISH_API_KEY", "key")
    monkeypatch.setenv("TINYFISH_BASE_URL", "http://127.0.0.1:9")


def status(*arguments: str) -> object:
    try:
        return app.run(arguments)
    except SystemExit as ending:  # argparse's, of the sandbox
        return ending.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "a.example", "Read it", "--timeout", "9" * 400], "no duration above 0"),
        (["run", "a.example", "Read it", "--returns", "[" * 100_000], "--returns is not JSON"),
        (["browser", "open", "a.example", "--idle", "9" * 400], "no duration above 0"),
        (["runs", "list", "--since", "99999999w"], "before the year 1"),
        (["sandbox", "--port", "99999"], "port must be from 0 to 65535, not 99999"),
        (["sandbox", "--step-delay", "-1"], "step_delay must be 0 seconds or more"),
        (["sandbox", "--max-sessions", "0"], "max_sessions must be 1 or more"),
        (["sandbox", "--api-key", ""], "api_key must not be empty"),
        (["sandbox", "--upstream", "https://a.example"], "add --record FILE"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_out_of_range(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(*arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--record", "new.yaml", "--port", "99999"], "port must be from 0 to 65535, not 99999"),
        (["--record", "new.yaml", "--upstream", "x"], "upstream must be an absolute http or https URL"),
        (["--record", "new.yaml", "--rules", "rules.yaml"], "use only one of them"),
        (["--rules", "missing.yaml"], "No such file"),
    ],
)
def test_files_of_the_sandbox(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert status("sandbox", *options) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_sandbox_whose_port_is_taken_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert status("sandbox", "--no-chromium", "--port", str(other.getsockname()[1])) == 1
    assert "can't start" in capsys.readouterr().err


def test_an_mcp_server_whose_port_is_taken_ends_with_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert status("mcp", "--http", "--port", str(other.getsockname()[1])) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000], ids=["not UTF-8", "too deep"])
def test_files_that_cannot_be_read(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    assert status("run", "a.example", "Read it", "--schema", str(file)) == 2
    assert status("many", str(file), "Read it") == 2
    assert capsys.readouterr().err.count(f"{file} is not ") == 2


def test_a_result_must_have_a_place_before_it_is_paid_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("run", "a.example", "Read it", "-o", str(tmp_path / "none" / "out.json")) == 2
    assert "there is no folder" in capsys.readouterr().err
    monkeypatch.setattr(values, "find_spec", lambda name: None)
    assert status("run", "a.example", "Read it", "-o", str(tmp_path / "out.parquet")) == 2
    assert "pip install pyarrow" in capsys.readouterr().err

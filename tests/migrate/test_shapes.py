"""`python -m tinyfish.migrate` rewrites code of many shapes, which does the same afterwards; the rest is explained."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import ROOT, example_site
from shapes import LEFT, SHAPES

from tinyfish.migrate.__main__ import main
from tinyfish.migrate.migrating import migrate
from tinyfish.sandbox import Sandbox


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with Sandbox(chromium=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with example_site() as url:
        yield url


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_rewritten(name: str) -> None:
    done = migrate(SHAPES[name].before)
    assert done.code == SHAPES[name].after
    assert [finding.text for finding in done.findings if not finding.is_rewritten] == []
    assert migrate(done.code).code == done.code


@pytest.mark.parametrize("name", SHAPES)
def test_it_does_the_same_afterwards(
    name: str, account: Sandbox, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", account.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", account.url)

    def result(code: str) -> Any:
        names: dict[str, Any] = {}
        exec(code.replace("https://agent.tinyfish.ai", account.url), names)
        done = names["task"]("Read the headings", f"{site}/news/")
        return asyncio.run(done) if SHAPES[name].is_async else done

    before = len(account.runs)
    after = result(SHAPES[name].after)
    assert len(account.runs) == before + 1
    assert after
    if name != "the published SDK":  # before, it needs that SDK
        assert result(SHAPES[name].before) == after


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_explained(name: str) -> None:
    code, text = LEFT[name]
    done = migrate(code)
    assert done.code == code
    assert any(text in finding.text and not finding.is_rewritten for finding in done.findings), done.findings
    assert all(0 < finding.line <= code.count("\n") + 1 for finding in done.findings)
    assert "sk-secret" not in str(done.findings)


PARTS = [*(shape.before for shape in SHAPES.values()), *(code for code, _ in LEFT.values())]


@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    st.sampled_from(["", "if True:\n", "class Some:\n"]),
)
@settings(max_examples=8)
def test_any_of_them_together_parse_and_a_second_run_changes_nothing(parts: list[str], around: str) -> None:
    code = "\n".join(parts)
    if around:
        code = around + textwrap.indent(code, "    ")
    once = migrate(code)
    compile(once.code, "migrated.py", "exec")
    assert migrate(once.code).code == once.code
    comments = re.findall(r"#.*", code)
    assert sorted(set(comments)) == sorted(set(re.findall(r"#.*", once.code)))


def test_code_that_has_nothing_to_do_with_it_stays() -> None:
    for path in [*(ROOT / "examples").glob("*.py"), *sorted((ROOT / "tools").glob("*.py"))[:10]]:
        code = path.read_text(encoding="utf-8")
        assert migrate(code).code == code


BEFORE = SHAPES["one request, in one line"].before


def test_the_report_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src").mkdir()
    file = tmp_path / "src" / "app.py"
    file.write_text(BEFORE)
    (tmp_path / "src" / "old.ipynb").write_text("{}")
    (tmp_path / "src" / ".venv").mkdir()
    (tmp_path / "src" / ".venv" / "hidden.py").write_text(BEFORE)
    assert main([str(tmp_path / "src")]) == 1
    said = capsys.readouterr().out
    assert f"{file}:11: request: can be rewritten: " in said
    assert "old.ipynb: notebooks aren't covered" in said
    assert "hidden" not in said
    assert file.read_text() == BEFORE


def test_write_rewrites_and_then_there_is_nothing_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(BEFORE.replace("\n", "\r\n").encode())  # of Windows
    assert main([str(file), "--write"]) == 0
    assert "1 found, 1 rewritten, 0 for you" in capsys.readouterr().out
    assert file.read_bytes() == SHAPES["one request, in one line"].after.replace("\n", "\r\n").encode()
    assert main([str(file), "--write"]) == 0
    assert "Nothing found" in capsys.readouterr().out


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    latin = tmp_path / "latin.py"
    latin.write_bytes(b"name = '\xe9'\n")
    assert main([str(tmp_path), str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err
    assert f"{broken}: isn't Python" in said
    assert f"{latin}: can't be read" in said
    assert "nowhere: no such file or folder" in said


def test_it_is_a_command_that_says_what_it_needs() -> None:
    command = [sys.executable, "-c", "import sys; sys.modules['libcst'] = None; sys.argv[1:] = ['.']\n"
               "import runpy; runpy.run_module('tinyfish.migrate', run_name='__main__')"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'tinyfish[migrate]'" in done.stderr

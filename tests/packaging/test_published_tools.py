"""Packages that were written for the published SDK do every one of their tools over this one, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tinyfish.sandbox import Sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EVENTS = {"STARTED", "STREAMING_URL", "PROGRESS", "COMPLETE"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with this package in place of the published one."""
    home = tmp_path_factory.mktemp("published") / "venv"
    venv.create(home, with_pip=True)
    program = home / "bin" / "python"
    install = [str(program), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
    packages = ["--no-deps", "langchain-tinyfish==0.1.1", "tinyfish-adk==0.1.2"]
    for wanted in ([str(ROOT), "langchain-core"], packages):
        subprocess.run([*install, *wanted], check=True)
    return program


@pytest.fixture(scope="module")
def answers(python: Path) -> dict[str, str]:
    with Sandbox() as sandbox, HTTPServer(port=0) as site:
        page = "<title>Kettle</title><h1>A title</h1><p>A kettle made of steel.</p>"
        site.expect_request("/").respond_with_data(page, content_type="text/html")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment |= {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url}
        command = [str(python), "-I", str(HERE / "published_tools.py"), site.url_for("/")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)
        assert all(sandbox.api_key not in answer for answer in found.values())
    return found


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_every_tool_answers(answers: dict[str, str]) -> None:
    failed = {name: text for name, text in answers.items() if text.startswith(("Error", "Automation failed"))}
    assert failed == {}
    assert len(answers) == 22


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_the_tools_answer_what_they_should(answers: dict[str, str]) -> None:
    def read(name: str) -> Any:
        return json.loads(answers[name])

    for name in ("adk.web_agent", "langchain.automation", "langchain.run", "langchain.arun"):
        assert "Kettle" in answers[name]
    assert "Status: COMPLETED" in answers["adk.get_run"]
    assert answers["adk.list_runs"].startswith("Found ")
    for name in ("langchain.run_sse", "langchain.arun_sse"):
        assert set(read(name)) >= EVENTS - {"PROGRESS"}
    for name in ("adk.search", "langchain.search", "langchain.search, async"):
        assert read(name)["results"][0]["title"] == "Kettle"
    for name in ("adk.fetch", "langchain.fetch", "langchain.fetch, async"):
        (result,) = read(name)["results"]
        assert "A kettle made of steel." in result["text"]
    for name in (
        "adk.create_browser_session",
        "langchain.browser_session",
        "langchain.browser_session, async",
    ):
        assert read(name)["cdp_url"].startswith("ws")
    assert read("langchain.get_run")["status"] == "COMPLETED"

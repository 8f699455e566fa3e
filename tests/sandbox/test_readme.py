"""The README is correct: its Python blocks run against a sandbox and the example site, and it lists every name.

The blocks of docs/reliability.md run here too.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tinyfish.errors
from tinyfish import (
    AgentRunResponse,
    AgentStream,
    BatchOptions,
    BrowserSession,
    Run,
    RunHandle,
    RunOptions,
    StartOptions,
    StreamOptions,
    TinyFish,
    WaitOptions,
)
from tinyfish.demo.site import Site
from tinyfish.resources.agent import Agent
from tinyfish.resources.browser import BrowserSessions
from tinyfish.resources.runs import Runs
from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What the client itself calls, not people.
HIDDEN = {"from_dict", "decode", "decode_choice", "decode_document", "decode_documents", "wanted"}

BLOCKS = [
    (name, text.count("\n", 0, match.start(1)) + 1, match[1])
    for name in ("README.md", "docs/reliability.md")
    for text in [(ROOT / name).read_text(encoding="utf-8")]
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with Site() as running:
        yield running.url.rstrip("/")


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize(("name", "line", "code"), BLOCKS, ids=[f"{name}:{line}" for name, line, _ in BLOCKS])
def test_a_block_runs_as_it_stands(
    name: str,
    line: int,
    code: str,
    account: Sandbox,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", account.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", account.url)
    code = code.replace("https://example.com", site)
    # The empty lines before it make a traceback tell the document's own line.
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("\n" * (line - 1) + code, name, "exec"), names)
    for test in [value for key, value in names.items() if key.startswith("test_")]:
        test(**{fixture: request.getfixturevalue(fixture) for fixture in inspect.signature(test).parameters})


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", README) if "://" not in t]
    assert [target for target in targets if target and not (ROOT / target).exists()] == []


def test_every_anchor_is_a_heading() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings


@pytest.mark.parametrize(
    "kind",
    [Agent, Runs, BrowserSessions, BrowserSession, RunHandle, AgentStream, TinyFish, Run, AgentRunResponse],
)
def test_every_public_member_is_named(kind: type) -> None:
    fields = set(getattr(kind, "_names", ()))
    members = {name for name in dir(kind) if not name.startswith("_")} - fields - HIDDEN
    assert {name for name in members if not re.search(rf"`(?:client\.)?{name}[`(.]", README)} == set()


def test_every_option_of_the_client_is_named() -> None:
    missing = {name for name in inspect.signature(TinyFish).parameters if f"| `{name}` |" not in README}
    assert missing == set()


@pytest.mark.parametrize("options", [RunOptions, StartOptions, StreamOptions, BatchOptions, WaitOptions])
def test_every_option_of_a_call_is_named(options: type) -> None:
    missing = {name for name in options.__annotations__ if not re.search(rf"`{name}(=\w+)?`", README)}
    assert missing == set()


def test_the_error_tree_is_that_of_the_module() -> None:
    tree = re.search(r"```text\n(SDKError\n.*?)```", README, re.DOTALL)
    assert tree is not None
    assert tree[1] in re.sub(r"^    ", "", tinyfish.errors.__doc__ or "", flags=re.MULTILINE)

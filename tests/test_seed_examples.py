"""Every code block of the two documents that the package is based on runs unchanged, except for addresses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from programs import example_site, hurry, run_program

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox

SEEDS = Path(__file__).parent / "seeds"


class Block(NamedTuple):
    file: str
    title: str
    line: int
    code: str
    prints: list[str]


def blocks(file: str) -> list[Any]:
    text = (SEEDS / file).read_text(encoding="utf-8")
    found = []
    for section in re.finditer(r"^## (.*?)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        code = re.search(r"^```python\n(.*?)^```$", section[2], re.MULTILINE | re.DOTALL)
        assert code is not None
        line = text.count("\n", 0, section.start(2) + code.start(1)) + 1
        prints = re.findall(r"^prints: (.*)$", section[2], re.MULTILINE)
        found.append(pytest.param(Block(file, section[1], line, code[1], prints), id=section[1]))
    return found


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with example_site() as url:
        yield url


def addressed(code: str, site: str, sandbox: Sandbox) -> str:
    """The code, with the addresses of this machine."""
    for theirs, ours in {
        'base_url="https://agent.tinyfish.ai"': f'base_url="{sandbox.url}"',
        'url="..."': f'url="{site}/shop/"',
        "https://www.coinbase.com/price/bitcoin": f"{site}/shop/",
        "https://news.ycombinator.com": f"{site}/news/",
        "https://www.tinyfish.ai": f"{site}/shop/",
        "https://scrapeme.live/shop": f"{site}/shop/",
    }.items():
        code = code.replace(theirs, ours)
    assert "https://" not in code
    return code


def check_printed(block: Block, printed: str) -> None:
    for expected in block.prints:
        assert expected in printed
    assert "Something else went wrong" not in printed
    assert "Invalid API key" not in printed


@pytest.mark.parametrize("block", blocks("sdk.md"))
def test_the_sdks_page(
    block: Block, site: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The key is the one in the document.
    with Sandbox(api_key="your-api-key", chromium=False) as sandbox:
        monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
        hurry(monkeypatch)
        code = addressed(block.code, site, sandbox)
        with TinyFish() as client:
            if "run_abc123" in code:
                run = client.agent.run(goal="Extract the top 5 headlines", url=f"{site}/news/")
                code = code.replace("run_abc123", str(run.run_id))
            run_program(
                code,
                f"tests/seeds/{block.file}",
                block.line,
                then=check_response if "agent.run" in code else None,
                TinyFish=TinyFish,
                client=client,
            )
    check_printed(block, capsys.readouterr().out)


def check_response(names: dict[str, Any]) -> None:
    assert names["response"].status == "COMPLETED"


@pytest.mark.parametrize("block", blocks("browser.md"))
def test_the_browser_apis_page(
    block: Block,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    with Sandbox(api_key="your-api-key") as sandbox:
        monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
        monkeypatch.chdir(tmp_path)
        code = addressed(block.code, site, sandbox)

        def compare(names: dict[str, Any]) -> None:
            if "get_inspector_url" in names:
                with TinyFish() as client, client.browser.sessions.create(url=f"{site}/shop/") as session:
                    theirs = asyncio.run(names["get_inspector_url"](session.base_url))
                    assert theirs == session.inspector_url()

        run_program(code, f"tests/seeds/{block.file}", block.line, compare, asyncio=asyncio, httpx=httpx)
        if "shop.png" in code:
            assert (tmp_path / "shop.png").read_bytes().startswith(b"\x89PNG")
    check_printed(block, capsys.readouterr().out)

"""The pages of the documentation are complete: each name is told, each page is found, each link leads somewhere.

`make docs` builds the site strictly, and checks its links and anchors.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from docsite import addresses, llms, markdown, navigation, reference, staging, wire

import tinyfish
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
from tinyfish.resources.agent import Agent
from tinyfish.resources.browser import BrowserSessions
from tinyfish.resources.runs import Runs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
METHODS = (DOCS / "methods.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
ERRORS = (DOCS / "errors.md").read_text(encoding="utf-8")

# What the client itself calls, not people.
HIDDEN = {"from_dict", "decode", "decode_choice", "decode_document", "decode_documents", "wanted"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "docs"
    staging.stage(folder)
    return folder


def test_the_readme_is_short() -> None:
    assert README.count("\n") <= 250


def test_the_readme_begins_with_a_picture_the_installation_and_a_program() -> None:
    screen = "\n".join(README.splitlines()[:45])
    picture, install, program = (
        screen.index(each) for each in ("![", 'pip install ".[sandbox,cli]"', "```python")
    )
    assert picture < install < program
    assert "the published SDK of the\nsame name" in screen


def test_the_links_of_the_readme_are_absolute_and_lead_to_pages(sources: Path) -> None:
    assert addresses.broken(README, sources) == []
    assert len([link for link in markdown.links(README) if link.startswith(addresses.SITE)]) > 30


def test_the_readme_is_a_long_description() -> None:
    """As PyPI renders it: nothing is refused, and the picture, the code and the tables are there."""
    from readme_renderer import markdown as renderer

    rendered = renderer.render(README)
    assert rendered is not None
    assert rendered.count("<table>") == 2
    assert f'src="{addresses.SITE}images/terminal-run.svg"' in rendered
    assert rendered.count('<div class="highlight') + rendered.count("<pre") >= 8


def test_the_address_of_the_site_is_in_one_place() -> None:
    """Nothing but the README repeats it."""
    host = addresses.SITE.removeprefix("https://")
    files = [
        *DOCS.rglob("*.md"),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "tinyfish").rglob("*.py"),
        ROOT / "zensical.toml",
    ]
    assert [path for path in files if host in path.read_text(encoding="utf-8")] == []


def test_the_readme_names_the_versions_that_are_tested() -> None:
    """The versions in its table are those of requirements-dev.txt, and the ranges those of pyproject.toml."""
    pins = dict(
        line.lower().split("==")
        for line in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    said = README[README.index("## What works with what") :]
    for name in ("trio", "pydantic", "msgspec", "mypy", "pandas", "polars", "pyarrow", "ipython", "fastapi"):
        assert re.search(
            rf"\b{name} {re.escape('.'.join(pins[name].split('.')[:2]))}\b", said, re.IGNORECASE
        ), name
    for name in ("django", "playwright", "gunicorn", "celery", "dbos", "pyright"):
        assert re.search(
            rf"\b{name} {re.escape('.'.join(pins[name].split('.')[:2]))}", said, re.IGNORECASE
        ), name


@pytest.mark.parametrize(
    "kind",
    [Agent, Runs, BrowserSessions, BrowserSession, RunHandle, AgentStream, TinyFish, Run, AgentRunResponse],
)
def test_every_public_member_is_named(kind: type) -> None:
    fields = set(getattr(kind, "_names", ()))
    members = {name for name in dir(kind) if not name.startswith("_")} - fields - HIDDEN
    assert {name for name in members if not re.search(rf"`(?:client\.)?{name}[`(.]", METHODS)} == set()


def test_every_option_of_the_client_is_named() -> None:
    missing = {
        name for name in inspect.signature(TinyFish).parameters if f"| `{name}` |" not in CONFIGURATION
    }
    assert missing == set()


@pytest.mark.parametrize("options", [RunOptions, StartOptions, StreamOptions, BatchOptions, WaitOptions])
def test_every_option_of_a_call_is_named(options: type) -> None:
    pages = METHODS + "".join(
        (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("runs", "streaming")
    )
    missing = {name for name in options.__annotations__ if not re.search(rf"`{name}(=\w+)?`", pages)}
    assert missing == set()


def test_the_error_tree_is_that_of_the_module() -> None:
    tree = re.search(r"```text\n(SDKError\n.*?)```", ERRORS, re.DOTALL)
    assert tree is not None
    assert tree[1] in re.sub(r"^    ", "", tinyfish.errors.__doc__ or "", flags=re.MULTILINE)


def test_every_error_has_a_row_that_says_when_and_what_to_do() -> None:
    public = {name: getattr(tinyfish, name) for name in tinyfish.__all__}
    errors = {name for name, it in public.items() if inspect.isclass(it) and issubclass(it, BaseException)}
    errors |= {
        name
        for name, it in vars(tinyfish.errors).items()
        if inspect.isclass(it) and issubclass(it, tinyfish.SDKError) and not name.startswith("_")
    }
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", ERRORS, re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(errors)


def test_every_status_has_the_error_that_the_page_says() -> None:
    for name, status in re.findall(r"^\| `(\w+)` \| (\d+) \|", ERRORS, re.MULTILINE):
        assert tinyfish.errors.status_error_class(int(status)).__name__ == name


def test_every_public_name_is_on_exactly_one_page_of_the_reference() -> None:
    listing = (ROOT / "tests" / "unit" / "public_api.txt").read_text(encoding="utf-8")
    public = re.findall(r"^(?:class |def )?([\w:]+)(?=[ (])", listing, re.MULTILINE)
    entries = [entry for page in reference.entries().values() for entry in page]
    assert sorted(entry.name for entry in entries if "." not in entry.name) == sorted(public)
    assert len({entry.path for entry in entries}) == len(entries)
    written = "".join(reference.pages().values())
    for entry in entries:
        assert len(re.findall(rf"^::: {re.escape(entry.path)}$", written, re.MULTILINE)) == 1


def test_every_operation_and_object_of_the_contract_is_on_a_page() -> None:
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    written = "\n".join(wire.pages().values())
    operations = [
        o["operationId"] for item in contract["paths"].values() for o in item.values() if "operationId" in o
    ]
    for name in [*operations, *contract["webhooks"], *contract["components"]["schemas"]]:
        assert re.search(rf"^## {name}\b", written, re.MULTILINE), name


def test_every_page_is_in_the_navigation_once(sources: Path) -> None:
    listed: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            listed.append(value)
        elif isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(staging.navigation_of())
    assert sorted(listed) == sorted(path.relative_to(sources).as_posix() for path in sources.rglob("*.md"))


def test_the_pages_begin_with_a_heading_and_have_only_links_that_the_site_has(sources: Path) -> None:
    """A quick form of what `make docs` checks in the built pages."""
    for path in sources.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert markdown.title(text), path
        for target in markdown.links(text):
            file, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            there = (path.parent / file) if file else path
            assert there.is_file(), (path, target)
            is_generated = there.parent.name == "reference"  # by mkdocstrings, when the site is built
            if anchor and there.suffix == ".md" and not is_generated:
                assert anchor in markdown.anchors(there.read_text(encoding="utf-8")), (path, target)


def test_assistants_get_every_page_and_every_name(sources: Path) -> None:
    index, everything = llms.index(sources), llms.full(sources)
    assert index.startswith("# tinyfish\n\n> ")
    for link in markdown.links(index):
        if link.startswith(addresses.SITE):
            assert (sources / link.removeprefix(addresses.SITE)).is_file(), link
    for name in tinyfish.__all__:
        assert re.search(rf"\b{re.escape(name)}\b", everything) or name == "__version__", name
    assert (sources / "llms.txt").read_text(encoding="utf-8") == index


def test_every_extra_is_on_the_page_that_says_how_to_install() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    start = (DOCS / "start.md").read_text(encoding="utf-8")
    assert {extra for extra in extras if f"| `{extra}` |" not in start} == set()


def test_nothing_is_loaded_from_elsewhere() -> None:
    config = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    assert "font = false" in config
    assert "://" not in config
    assert navigation.sections()["Start"][0] == "index.md"


def test_the_diagrams_are_what_their_text_says() -> None:
    from diagrams import DIAGRAMS, IMAGES, drawn

    for name, diagram in DIAGRAMS.items():
        assert (IMAGES / f"{name}.svg").read_text(encoding="utf-8") == drawn(diagram)

"""How models look: one line, rich, IPython, HTML."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinyfish_generated.models import (
    BrowserSession,
    DatasetRun,
    FetchResponse,
    Monitor,
    ProxyConfig,
    ResearchListResponse,
    ResearchRun,
    SearchQueryResponse,
)
from tinyfish_generated.types import Model

from tinyfish import Run
from tinyfish.display.lines import span
from tinyfish.models import AgentRunResponse, CompleteEvent, RunListResponse

PIXEL = "data:image/jpeg;base64,/9j/4AAQSkZJRg=="
RUN: dict[str, Any] = {
    "run_id": "9b1d2c34-5678-49ab-8cde-f01234567890",
    "status": "FAILED",
    "goal": "Read the price of the kettle, and tell me what it says about delivery to islands",
    "created_at": "2026-11-01T09:00:00Z",
    "started_at": "2026-11-01T09:00:01Z",
    "finished_at": "2026-11-01T09:01:09Z",
    "num_of_steps": 2,
    "result": {"price": 12.5, "tags": ["a", "b"], "shop": {"name": "Kettles & more"}},
    "error": {"message": "Site refused", "category": "AGENT_FAILURE", "help_url": "https://help.example/x"},
    "streaming_url": "https://live.example/1",
    "video_url": "https://video.example/1.mp4",
    "steps": [
        {
            "id": "e1",
            "status": "COMPLETED",
            "action": "Open the page",
            "screenshot": PIXEL,
            "duration": "1.2s",
        },
        {"id": "e2", "status": "FAILED", "action": "Click", "screenshot": "https://track.example/x.png"},
    ],
}
RUNS: dict[str, Any] = {
    "data": [RUN, {**RUN, "status": "COMPLETED"}],
    "pagination": {"total": 9, "has_more": True},
}


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def test_one_line_says_what_a_run_is() -> None:
    run = Run.from_dict(RUN | {"created_at": ago(minutes=5)})
    assert (
        repr(run)
        == str(run)
        == (
            "Run(run_id='9b1d2c34-5678-49ab-8cde-f01234567890', status=FAILED, "
            "goal='Read the price of the kettle, and tell me what it says ab...', steps=2, "
            "error='Site refused', age='5 min')"
        )
    )


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (
            RunListResponse.from_dict(RUNS),
            "RunListResponse(data=[2 Run: 1 FAILED, 1 COMPLETED], pagination=PaginationInfo(has_more=True, total=9))",
        ),
        (
            AgentRunResponse.from_dict(
                {"run_id": "r1", "status": "COMPLETED", "num_of_steps": 1, "result": {"a": [1]}}
            ),
            "AgentRunResponse(run_id='r1', status=COMPLETED, steps=1, result={'a': [1 item]})",
        ),
        (
            CompleteEvent.from_dict({"run_id": "r1", "status": "COMPLETED", "result": {"a": 1}}).model_copy(
                update={"recovered": True}
            ),
            "CompleteEvent(run_id='r1', status=COMPLETED, result_json={'a': 1}, recovered=True)",
        ),
        (
            BrowserSession.from_dict({"session_id": "s1", "cdp_url": "wss://h/1", "base_url": "https://h"}),
            "BrowserSession(session_id='s1', cdp_url='wss://h/1', base_url='https://h')",
        ),
        (
            ResearchRun.from_dict({"research_run_id": "q1", "status": "running", "query": "Tea?"}),
            "ResearchRun(research_run_id='q1', status=running, query='Tea?')",
        ),
        (
            Monitor.from_dict({"id": "m1", "status": "on hold\n", "name": "N"}),
            "Monitor(id='m1', status='on hold\\n', name='N')",
        ),
        (
            SearchQueryResponse.from_dict({"query": "tea", "results": [{}, {}], "page": 0}),
            "SearchQueryResponse(query='tea', results=[2 SearchResult], page=0)",
        ),
        (ProxyConfig(enabled=True, password="hunter2"), "ProxyConfig(enabled=True)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Model) else "",
)
def test_siblings_in_one_line(model: Model, line: str) -> None:
    assert repr(model) == line


def test_a_page_of_runs_is_short_for_all() -> None:
    rich = pytest.importorskip("rich")
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    page = RunListResponse.from_dict(RUNS | {"data": [RUN] * 100})
    assert len(repr(page)) < 200
    assert len(pretty(page).splitlines()) < 110
    assert max(map(len, pretty(page.data).splitlines())) < 220
    console = rich.console.Console(file=io.StringIO(), width=100)
    console.print(page)
    assert "run_id='9b1d2c34" in console.file.getvalue()
    assert "Open the page" not in console.file.getvalue()


def test_ipython_shows_one_run_on_several_lines() -> None:
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    lines = pretty(Run.from_dict(RUN)).splitlines()
    assert lines[0] == "Run(run_id='9b1d2c34-5678-49ab-8cde-f01234567890',"
    assert lines[2].strip() == f"goal={RUN['goal']!r},"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0.0 s"), (1.24, "1.2 s"), (90, "90 s"), (300, "5 min"), (7300, "2 h"), (864_000, "10 days")],
)
def test_time_spans(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("model", "seconds"),
    [
        (Run.from_dict(RUN), 68),
        (AgentRunResponse.from_dict(RUN), 68),
        (DatasetRun.from_dict(RUN), 68),
        (
            ResearchRun.from_dict(
                {"created_at": "2026-11-01T09:00:00Z", "completed_at": "2026-11-01T10:00:00Z"}
            ),
            3600,
        ),
        (Run.from_dict(RUN | {"finished_at": None}), None),
        (Run.from_dict(RUN | {"started_at": "some day"}), None),
        (Run.from_dict(RUN).model_copy(update={"started_at": datetime(2026, 11, 1, 9)}), 69),
    ],
)
def test_duration(model: Any, seconds: float | None) -> None:
    assert model.duration == (None if seconds is None else timedelta(seconds=seconds))


# ---------------------------------------------------------------------- HTML

VOID = {"img", "br"}
TAGS = {
    *("b", "br", "code", "details", "div", "img", "li", "ol", "span", "style", "summary", "a"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"class", "open", "href", "target", "rel", "src", "width", "alt"}


class Checked(HTMLParser):
    """Fails for what our HTML never has, and collects its text and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.images = "", [], []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        given = dict(attrs)
        if "href" in given:
            assert (given["href"] or "").startswith(("https://", "http://"))
            assert given["rel"] == "noopener noreferrer"
            self.links.append(given["href"])
        if "src" in given:
            assert (given["src"] or "").startswith("data:image/jpeg;base64,")
            self.images.append(given["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += "" if "style" in self.open else data


def test_a_run_as_html() -> None:
    page = Checked(Run.from_dict(RUN)._repr_html_())
    for text in (
        "FAILED",
        RUN["goal"],
        RUN["run_id"],
        "2 steps",
        "took 68 s",
        "Site refused",
        "Kettles & more",
    ):
        assert text in page.text
    assert "Open the page" in page.text
    assert page.links == ["https://live.example/1", "https://video.example/1.mp4", "https://help.example/x"]
    assert page.images == [PIXEL]
    assert "screenshot not shown" in page.text  # it would tell its host who looks


def test_a_list_as_html() -> None:
    html = RunListResponse.from_dict(RUNS | {"data": [RUN] * 250})._repr_html_()
    page = Checked(html)
    assert html.count("<tr>") == 101
    assert "and 150 more" in page.text
    assert "68 s" in page.text
    found = FetchResponse.from_dict(
        {"results": [{"url": "https://a.example"}], "errors": [{"url": "u", "error": "x"}]}
    )
    assert Checked(found._repr_html_()).links == ["https://a.example"]
    assert "<table>" not in ResearchListResponse.from_dict({"data": [], "pagination": {}})._repr_html_()


HOSTILE = [
    "<script>alert(1)</script>",
    "</div></style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://a.example/" onclick="alert(1)',
    "https://a.example/' onclick='alert(1)",
    "https://[bad",
    "//a.example",
    "file:///etc/passwd",
    "\ud800\x00\u202e",
    'data:image/jpeg;base64,/9j/" onerror="alert(1)',
    "data:image/svg+xml;base64,PHN2Zz4=",
    "x" * 100_000,
]


@pytest.mark.parametrize(
    "text", HOSTILE, ids=lambda text: text[:30].encode("ascii", "backslashreplace").decode()
)
def test_hostile_texts_stay_text(text: str) -> None:
    step = {"id": text, "status": text, "action": text, "screenshot": text, "duration": text}
    error = {"message": text, "help_url": text, "help_message": text}
    run = RUN | {
        "goal": text,
        "status": text,
        "streaming_url": text,
        "video_url": text,
        "steps": [step, text],
    }
    run |= {"error": error, "result": {text: text, "list": [text, {text: [text]}]}, text: text}
    for model in (
        Run.from_dict(run),
        Run.from_dict(run | {"error": text, "steps": text, "result": text}),
        RunListResponse.from_dict({"data": [run, text], "pagination": {text: text}}),
        AgentRunResponse.from_dict(run),
    ):
        html = model._repr_html_()
        html.encode("utf-8")
        Checked(html)
        assert len(html) < 200_000
        assert "\n" not in repr(model)
        assert len(repr(model)) < 220


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60)
@given(st.fixed_dictionaries(dict.fromkeys(RUN, JSON)))
def test_anything_can_be_shown(document: dict[str, Any]) -> None:
    for model in (
        Run.from_dict(document),
        RunListResponse.from_dict({"data": [document], "pagination": document}),
    ):
        assert len(repr(model).splitlines()) == 1
        Checked(model._repr_html_())


def test_nothing_of_it_is_loaded_before_something_is_shown() -> None:
    program = (
        "import sys, tinyfish; from tinyfish.models import Run, RunListResponse; tinyfish.TinyFish(api_key='k');"
        "r = Run.from_dict({'run_id': 'r'}); r.duration;"
        "print([m for m in sys.modules if m.startswith(('tinyfish.display', 'tinyfish.tables', 'csv'))]);"
        "repr(r); print('tinyfish.display.html' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False"]

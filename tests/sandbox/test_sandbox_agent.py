"""The sandbox's agent: what it reads, and how a failing page ends its run."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.extract import extract

PAGE = """<!doctype html>
<html lang="en"><head><title> A  title </title>
<meta name="Description" content=" Said of it ">
<meta property="og:title" content="Open title"><meta property="og:image" content="/i.png">
<script type="application/ld+json">{"@graph": [{"@type": "Product", "name": "Lamp"},
{"@type": "Thing"}]}</script>
<script type="application/ld+json">{broken</script>
</head><body>
<h1>One <em>and</em> on<b>ly</b></h1><h3>Three<br>lines</h3><h2> </h2>
<a href="/a">First</a><a href="/a">again</a><a href="b#part">Second</a><a href="#here">no</a>
<a href="mailto:x@y.example">no</a><a href="http://[bad">no</a><a href="https://else.example/"><h4>Card</h4><p>text</p></a>
<table><caption>Prices</caption><thead><tr><th>Name</th><th>Price</th></tr></thead>
<tbody><tr><td>Lamp</td><td>3</td></tr><tr><th>Kettle</th><td>4</td></tr></tbody></table>
<table><tr><td>outer<table><tr><td>inner</td></tr></table></td></tr></table>
</body></html>"""


@pytest.fixture(scope="module", params=["http", "chromium"])
def whole_module(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One sandbox for each way of reading pages."""
    if request.param == "chromium":
        request.getfixturevalue("browser")
    with Sandbox(chromium=None if request.param == "chromium" else False) as running:
        yield running


@pytest.fixture
def sandbox(whole_module: Sandbox) -> Sandbox:
    whole_module.reset()
    return whole_module


def run(api: httpx.Client, url: str) -> dict[str, Any]:
    return dict(api.post("/v1/automation/run", json={"url": url, "goal": "g"}).json())


def test_everything_that_stands_on_a_page_is_read() -> None:
    page = extract(PAGE, "http://h.example/x/y")
    assert page.title == "A title"
    assert page.description == "Said of it"
    assert page.language == "en"
    assert page.headings == [
        {"level": 1, "text": "One and only"},
        {"level": 3, "text": "Three lines"},
        {"level": 4, "text": "Card"},
    ]
    assert page.links == [
        {"text": "First", "url": "http://h.example/a"},
        {"text": "Second", "url": "http://h.example/x/b#part"},
        {"text": "Card text", "url": "https://else.example/"},
    ]
    assert page.tables == [
        {"caption": "Prices", "columns": ["Name", "Price"], "rows": [["Lamp", "3"], ["Kettle", "4"]]},
        {"caption": None, "columns": [], "rows": [["inner"]]},
    ]
    assert page.json_ld == [{"@type": "Product", "name": "Lamp"}, {"@type": "Thing"}]
    assert page.open_graph == {"title": "Open title", "image": "/i.png"}


@given(
    st.text()
    | st.lists(st.sampled_from(["<table>", "<td>", "<a href=x>", "<h1>", "</", "&#x0;", "<b>", "{["])).map(
        "".join
    )
)
def test_any_text_at_all_is_a_page(text: str) -> None:
    page = extract(text, "http://h.example/")
    assert page.to_dict()["url"] == "http://h.example/"


def test_a_page_nested_deeper_than_python_calls_is_read() -> None:
    assert extract("<h1>" + "<i>" * 5000 + "deep", "http://h.example/").headings[0]["text"] == "deep"


def test_redirects_are_followed_and_told(api: httpx.Client, pages: Any) -> None:
    pages.answer("/old", 302, Location="/new")
    pages.page("/new", "<title>New</title><a href=other>o</a>")
    done = run(api, pages.url + "/old")
    assert done["result"]["url"] == pages.url + "/new"
    assert done["result"]["links"][0]["url"] == pages.url + "/other"
    steps = api.get(f"/v1/runs/{done['run_id']}").json()["steps"]
    assert [step["action"].split(pages.url)[0].strip() for step in steps] == [
        "Followed a redirect from",
        "Opened",
        "Read the title: New",
        "Read 1 link",
    ]
    assert [step["id"] for step in steps] == ["evt_1", "evt_2", "evt_3", "evt_4"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_site_that_refuses_is_blocked(api: httpx.Client, pages: Any, status: int) -> None:
    error = run(api, pages.answer("/", status, Retry_After="7"))["error"]
    assert (error["code"], error["category"], error["retry_after"]) == ("SITE_BLOCKED", "AGENT_FAILURE", 7)
    assert str(status) in error["message"]


@pytest.mark.parametrize(
    ("status", "category"), [(404, "AGENT_FAILURE"), (410, "AGENT_FAILURE"), (500, "UNKNOWN")]
)
def test_a_page_that_is_not_there_fails(api: httpx.Client, pages: Any, status: int, category: str) -> None:
    done = run(api, pages.answer("/", status))
    assert done["status"] == "FAILED"
    assert done["result"] is None
    assert (done["error"]["code"], done["error"]["category"]) == ("TASK_FAILED", category)


def test_what_is_no_page_fails(api: httpx.Client, pages: Any) -> None:
    error = run(api, pages.answer("/", 200, "%PDF", Content_Type="application/pdf"))["error"]
    assert "application/pdf" in error["message"]


def test_an_endless_redirect_fails(api: httpx.Client, pages: Any) -> None:
    assert "redirects" in run(api, pages.answer("/", 302, Location="/"))["error"]["message"]


def test_a_server_that_is_not_there_fails(api: httpx.Client) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = run(api, f"http://127.0.0.1:{held.getsockname()[1]}/")["error"]
    assert error["message"].endswith("could not be opened: connection refused")


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "about:blank", "data:text/html,x", "http://", "file:///etc/hostname"]
)
def test_what_is_no_web_address_fails_or_is_refused(api: httpx.Client, url: str) -> None:
    answer = api.post("/v1/automation/run", json={"url": url, "goal": "g"})
    assert answer.status_code == 400 or answer.json()["status"] == "FAILED"


@pytest.mark.parametrize(
    ("head", "content_type", "sent_as"),
    [
        ("", "text/html; charset=iso-8859-1", "latin1"),
        ('<meta charset="latin1">', "text/html", "latin1"),
        ('<meta charset="utf-8">', "text/html; charset=nonsense", "utf-8"),
    ],
)
def test_encodings_are_honoured(
    api: httpx.Client, pages: Any, head: str, content_type: str, sent_as: str
) -> None:
    body = f"{head}<title>caf\u00e9</title>".encode(sent_as)
    pages.answers["/"] = lambda _: Response(body, content_type=content_type)
    assert run(api, pages.url + "/")["result"]["title"] == "caf\u00e9"

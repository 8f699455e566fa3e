"""`client.fetch`: any number of pages, each with a result or an error, in order."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from plain_server import PlainServer
from werkzeug import Request, Response

from tinyfish import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    FetchError,
    FetchHighlights,
    FetchResult,
    InternalServerError,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    TinyFish,
)
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PAGE = """<!doctype html><html lang="en"><head><title>Tides</title>
<meta name="description" content="When to sail"><meta name="author" content="Ann"><style>p {}</style>
<meta property="article:published_time" content="2026-11-01"></head>
<body><h1>Tides &amp; more</h1><p>High at <b>nine</b>.</p><p>The harbour opens at ten.</p>
<table><tr><th>Port</th><th>High</th></tr><tr><td>North</td><td>9:00</td></tr></table>
<a href="/north">North</a><img src="map.png"><script>ignored()</script></body></html>"""


def urls(count: int) -> list[str]:
    return [f"https://a.example/{number}" for number in range(count)]


class Pages:
    """A server of `/v1/fetch` that remembers what it was asked, and answers as a test says."""

    def __init__(self, server: PlainServer) -> None:
        self.asked: list[list[str]] = []
        self.answer: Callable[[list[str]], tuple[int, Any]] = self.read
        self._lock = threading.Lock()
        server.expect_request("/v1/fetch", method="POST").respond_with_handler(self._handle)

    def _handle(self, request: Request) -> Response:
        given = json.loads(request.data)["urls"]
        with self._lock:
            self.asked.append(given)
        status, body = self.answer(given)
        return Response(json.dumps(body), status, content_type="application/json")

    @staticmethod
    def read(given: list[str]) -> tuple[int, Any]:
        # As no server promises to keep the order.
        pages = [{"url": url, "format": "markdown", "text": f"at {url}"} for url in reversed(given)]
        return 200, {"results": pages, "errors": []}


@pytest.fixture
def pages(plain_server: PlainServer) -> Pages:
    return Pages(plain_server)


async def test_a_real_page_becomes_markdown(client: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/tides").respond_with_data(PAGE, content_type="text/html; charset=utf-8")
    url = plain_server.url_for("/tides")
    response = await client.fetch.get_contents([url], links=True, image_links=True)
    (page,) = response.results
    assert (page.url, page.final_url, page.title, page.description) == (url, url, "Tides", "When to sail")
    assert (page.language, page.author, page.published_date) == ("en", "Ann", "2026-11-01")
    assert page.text.startswith("# Tides & more\n\nHigh at **nine**.")
    assert "| Port | High |\n| --- | --- |\n| North | 9:00 |" in page.text
    assert "ignored" not in page.text
    assert page.links == [plain_server.url_for("/north")]
    assert page.image_links == [plain_server.url_for("/map.png")]
    assert page.latency_ms > 0
    assert response.errors == []


async def test_the_format_says_what_the_text_is(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page("https://a.example/", PAGE)
    texts = {}
    for form in ("markdown", "html", "json"):
        (page,) = (await client.fetch.get_contents(["https://a.example/"], format=form)).results
        assert page.format == form
        assert page.links == []  # not asked for
        texts[form] = page.text
    assert texts["html"].startswith("<h1>Tides &amp; more</h1>")
    assert texts["json"]["headings"] == [{"level": 1, "text": "Tides & more"}]
    whole = await client.fetch.get_contents(["https://a.example/"], format="html", include_html_head=True)
    assert whole.results[0].text == PAGE


@pytest.mark.parametrize("text", ['{"a": 1}', "[1]", "", "null", "12"])
async def test_text_stays_text(answered: Any, pages: Pages, text: str) -> None:
    pages.answer = lambda given: (200, {"results": [{"url": given[0], "text": text}], "errors": []})
    assert (await answered.fetch.get_contents(["https://a.example"])).results[0].text == text


async def test_an_object_stays_an_object(answered: Any, pages: Pages) -> None:
    result = {"url": "https://a.example", "format": "json", "text": {"a": [{"b": None}]}}
    pages.answer = lambda given: (200, {"results": [result], "errors": []})
    (page,) = (await answered.fetch.get_contents(["https://a.example"], format="json")).results
    assert page.text == {"a": [{"b": None}]}
    assert page.to_dict() == result
    assert page.model_dump()["links"] == []


async def test_any_number_of_pages_in_order(answered: Any, pages: Pages) -> None:
    response = await answered.fetch.get_contents(urls(25))
    assert [page.url for page in response.results] == urls(25)
    assert sorted(map(len, pages.asked)) == [5, 10, 10]
    assert (await answered.fetch.get_contents([])).results == []
    assert len(pages.asked) == 3


async def test_chunks_are_read_side_by_side(answered: Any, pages: Pages) -> None:
    together = threading.Barrier(3)

    def wait(given: list[str]) -> tuple[int, Any]:
        together.wait(20)
        return pages.read(given)

    pages.answer = wait
    assert len((await answered.fetch.get_contents(urls(30))).results) == 30


async def test_a_url_is_read_once(answered: Any, pages: Pages) -> None:
    response = await answered.fetch.get_contents(["https://a.example/0", "https://a.example/0"])
    assert pages.asked == [["https://a.example/0"]]
    assert len(response.results) == 1


async def test_each_bad_url_has_an_error_and_the_others_are_read(answered: Any, pages: Pages) -> None:
    def answer(given: list[str]) -> tuple[int, Any]:
        errors = [{"url": given[1], "error": "target_http_error", "status": 410}]
        return 200, {"results": [{"url": url} for url in (given[0], given[2])], "errors": errors}

    pages.answer = answer
    given = [
        "nonsense",
        "https://a.example",
        "ftp://a.example",
        "https://gone.example/",
        "https://b.example/",
    ]
    response = await answered.fetch.get_contents(given)
    assert [page.url for page in response.results] == ["https://a.example", "https://b.example/"]
    assert [(error.url, error.error, error.status) for error in response.errors] == [
        ("nonsense", "invalid_url", None),
        ("ftp://a.example", "invalid_url", None),
        ("https://gone.example/", "target_http_error", 410),
    ]
    assert pages.asked == [["https://a.example", "https://gone.example/", "https://b.example/"]]


async def test_a_url_that_the_server_refuses_does_not_lose_the_rest(answered: Any, pages: Pages) -> None:
    def answer(given: list[str]) -> tuple[int, Any]:
        bad = [number for number, url in enumerate(given) if "private" in url]
        if not bad:
            return pages.read(given)
        issues = [{"code": "custom", "path": ["urls", number], "message": "Not public"} for number in bad]
        return 400, {"error": {"code": "INVALID_INPUT", "message": "No", "details": issues}}

    pages.answer = answer
    response = await answered.fetch.get_contents(["https://private.example", *urls(2)])
    assert [page.url for page in response.results] == urls(2)
    assert [(error.url, error.error) for error in response.errors] == [
        ("https://private.example", "invalid_url")
    ]
    alone = await answered.fetch.get_contents(["https://private.example"])
    assert (alone.results, len(alone.errors)) == ([], 1)


async def test_a_call_that_fails_costs_its_own_pages_only(answered: Any, pages: Pages) -> None:
    def answer(given: list[str]) -> tuple[int, Any]:
        if "https://a.example/12" in given:
            return 500, {"error": {"code": "INTERNAL_ERROR", "message": "Broke"}}
        return pages.read(given)

    pages.answer = answer
    response = await answered.fetch.get_contents(urls(25))
    assert [page.url for page in response.results] == [*urls(10), *urls(25)[20:]]
    assert [error.url for error in response.errors] == urls(25)[10:20]
    assert {error.error for error in response.errors} == {"request_failed"}
    assert response.errors[0].extra_fields["message"] == "500 INTERNAL_ERROR: Broke"


@pytest.mark.parametrize("count", [1, 25])
async def test_if_all_fail_it_is_raised(answered: Any, pages: Pages, count: int) -> None:
    pages.answer = lambda given: (401, {"error": {"code": "INVALID_API_KEY", "message": "No"}})
    with pytest.raises(AuthenticationError):
        await answered.fetch.get_contents(["nonsense", *urls(count)])
    pages.answer = lambda given: (400, {"error": {"code": "INVALID_INPUT", "message": "No"}})
    with pytest.raises(BadRequestError):
        await answered.fetch.get_contents(urls(count))


async def test_a_url_without_any_answer_has_an_error(answered: Any, pages: Pages) -> None:
    pages.answer = lambda given: (200, {"results": [{"url": given[0]}], "errors": []})
    response = await answered.fetch.get_contents(urls(3))
    assert [(error.url, error.error) for error in response.errors] == [
        (url, "not_answered") for url in urls(3)[1:]
    ]


async def test_another_spelling_of_a_url_is_the_same(answered: Any, pages: Pages) -> None:
    pages.answer = lambda given: (
        200,
        {"results": [{"url": "https://b.example/"}, {"url": "https://A.example"}], "errors": []},
    )
    response = await answered.fetch.get_contents(["https://a.example/", "https://b.example#top"])
    assert [page.url for page in response.results] == ["https://A.example", "https://b.example/"]
    assert response.errors == []


async def test_it_is_repeated_as_a_read_is(new_client: Any, plain_server: PlainServer) -> None:
    answers = [(503, {"error": {"code": "X", "message": "m"}}), (200, {"results": [], "errors": []})]
    for status, body in answers:
        plain_server.expect_ordered_request("/v1/fetch").respond_with_json(body, status=status)
    client = new_client(base_url=plain_server.url)
    assert (await client.fetch.get_contents(["https://a.example"])).errors[0].error == "not_answered"


async def test_iter_contents_reads_on_as_needed(answered: Any, pages: Pages) -> None:
    taken: list[int] = []

    def given() -> Iterator[str]:
        for number in range(1000):
            taken.append(number)
            yield "nonsense" if number == 3 else f"https://a.example/{number}"

    seen = []
    async for page in answered.fetch.iter_contents(given()):
        seen.append(page)
        if len(seen) == 81:
            break
    assert [type(page) for page in seen[:5]] == [FetchResult] * 3 + [FetchError, FetchResult]
    assert [page.url for page in seen[4:]] == [f"https://a.example/{number}" for number in range(4, 81)]
    assert taken == list(range(160))


async def test_iter_contents_of_nothing(answered: Any, pages: Pages) -> None:
    assert [page async for page in answered.fetch.iter_contents(iter(()))] == []
    with pytest.raises(InvalidArgumentTypeError, match=r"^urls must be a list, not str\.$"):
        answered.fetch.iter_contents("https://a.example")
    with pytest.raises(InvalidArgumentError, match="ttl"):
        answered.fetch.iter_contents([], ttl=-1)
    assert pages.asked == []


async def test_a_page_that_has_not_changed(client: Any, plain_server: PlainServer) -> None:
    def page(request: Request) -> Response:
        etag, day = '"v1"', "Sun, 01 Nov 2026 09:00:00 GMT"
        if request.headers.get("If-None-Match") == etag or request.headers.get("If-Modified-Since") == day:
            return Response(status=304)
        return Response(
            "<title>T</title>x", content_type="text/html", headers={"ETag": etag, "Last-Modified": day}
        )

    plain_server.expect_request("/page").respond_with_handler(page)
    url = plain_server.url_for("/page")
    (first,) = (await client.fetch.get_contents([url], include_etag_and_last_modified=True)).results
    assert (first.etag, first.last_modified, first.not_modified) == (
        '"v1"',
        "Sun, 01 Nov 2026 09:00:00 GMT",
        None,
    )
    moment = datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=1)))
    for condition in (
        {"if_none_match": first.etag},
        {"if_modified_since": first.last_modified},
        {"if_modified_since": moment},
    ):
        (again,) = (await client.fetch.get_contents([url], **condition)).results
        assert (again.not_modified, again.text) == (True, None)
    (other,) = (await client.fetch.get_contents([url], if_none_match='"v0"')).results
    assert (other.not_modified, other.text) == (False, "x")


async def test_a_stored_copy_is_as_old_as_is_allowed(client: Any, plain_server: PlainServer) -> None:
    read = []

    def page(_: Request) -> Response:
        read.append(1)
        return Response(f"<p>{len(read)}", content_type="text/html")

    plain_server.expect_request("/page").respond_with_handler(page)
    url = plain_server.url_for("/page")
    texts = [
        (await client.fetch.get_contents([url], ttl=ttl)).results[0].text for ttl in (None, None, 3600, 0)
    ]
    assert texts == ["1", "1", "1", "2"]


async def test_highlights(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page("https://a.example/", PAGE)
    asked = FetchHighlights(query="when does the harbour open", max_snippets=1)
    (page,) = (await client.fetch.get_contents(["https://a.example/"], highlights=asked)).results
    assert page.text is None
    assert [(snippet.rank, snippet.text) for snippet in page.highlights] == [(1, "The harbour opens at ten.")]
    full = {"query": "harbour", "include_full_page_text": True, "max_characters": 5}
    (page,) = (await client.fetch.get_contents(["https://a.example/"], highlights=full)).results
    assert page.text.startswith("# Tides")
    assert page.highlights[0].text == "The h"


async def test_what_goes_wrong_with_a_page_is_told(client: Any, plain_server: PlainServer) -> None:
    release = threading.Event()

    def late(_: Request) -> Response:
        release.wait(20)
        return Response("late")

    plain_server.expect_request("/late").respond_with_handler(late)
    plain_server.expect_request("/404").respond_with_data("no", status=404)
    plain_server.expect_request("/empty").respond_with_data("", content_type="text/html")
    plain_server.expect_request("/picture").respond_with_data(b"\x00", content_type="image/png")
    plain_server.expect_request("/away").respond_with_data("", status=302, headers={"Location": "file:///x"})
    names = ("late", "404", "empty", "picture", "away")
    given = [plain_server.url_for(f"/{name}") for name in names]
    response = await client.fetch.get_contents([*given, "http://127.0.0.1:9/"], per_url_timeout_ms=500)
    release.set()
    assert [(error.error, error.status) for error in response.errors] == [
        ("timeout", None),
        ("target_http_error", 404),
        ("empty_content", None),
        ("empty_content", None),
        ("invalid_redirect_url", None),
        ("target_unreachable", None),
    ]


async def test_usage_is_counted(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page("https://a.example/", PAGE)
    await client.fetch.get_contents(["https://a.example/", "http://127.0.0.1:9/"], links=True)
    await client.fetch.get_contents(["https://a.example/"], format="json")
    page = await client.fetch.usage(limit=2)
    assert (page.total, page.total_pages, page.has_more, page.page) == (3, 2, True, 1)
    entries = [entry async for entry in client.fetch.iter_usage(page_size=1)]
    assert [(entry.url, entry.format, entry.status, entry.error) for entry in entries] == [
        ("https://a.example/", "json", "completed", None),
        ("http://127.0.0.1:9/", "markdown", "failed", "target_unreachable"),
        ("https://a.example/", "markdown", "completed", None),
    ]
    assert (entries[2].links_count, entries[2].title) == (1, "Tides")
    assert entries[2].created_at > datetime(2026, 1, 1, tzinfo=UTC)
    failed = [entry.url async for entry in client.fetch.iter_usage(status="failed")]
    assert failed == ["http://127.0.0.1:9/"]
    assert (await client.fetch.usage(start_after="2099-01-01")).items == []
    assert (await client.fetch.usage(end_before="2020-01-01")).items == []


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"urls": "https://a.example"}, TypeError, "urls must be a list, not str"),
        ({"urls": [5]}, TypeError, r"urls\[0\] must be a string, not int"),
        ({"urls": urls(2), "if_none_match": "x"}, ValueError, "if_none_match is for a single URL, not for 2"),
        ({"urls": urls(2), "if_modified_since": "x"}, ValueError, "if_modified_since is for a single URL"),
        (
            {"urls": urls(1), "format": "html", "highlights": {"query": "q"}},
            ValueError,
            "highlights are for format 'markdown' only",
        ),
        ({"urls": urls(1), "format": "pdf"}, ValueError, "format must be one of"),
        ({"urls": urls(1), "highlights": {}}, ValueError, "highlights needs 'query'"),
    ],
)
async def test_what_the_api_would_refuse_is_not_sent(
    answered: Any, pages: Pages, wrong: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await answered.fetch.get_contents(**wrong)
    assert pages.asked == []


def test_ctrl_c_ends_the_calls_of_all_threads(plain_server: PlainServer) -> None:
    arrived, release = threading.Semaphore(0), threading.Event()

    def hang(_: Request) -> Response:
        arrived.release()
        release.wait(20)
        return Response("{}")

    plain_server.expect_request("/v1/fetch").respond_with_handler(hang)
    with TinyFish(api_key="k", base_url=plain_server.url, max_retries=0) as client:

        def interrupt() -> None:
            for _ in range(3):
                arrived.acquire(timeout=20)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
        threading.Thread(target=interrupt).start()
        try:
            with pytest.raises(KeyboardInterrupt):
                client.fetch.get_contents(urls(30))
        finally:
            signal.signal(signal.SIGINT, before)
        assert [thread for thread in threading.enumerate() if thread.name.startswith("tinyfish_")] == []
    release.set()


async def test_a_call_that_gets_no_answer_is_an_error_of_its_pages(new_client: Any) -> None:
    client = new_client(base_url="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(APIConnectionError):
        await client.fetch.get_contents(urls(30))


def test_the_given_httpx_client_is_used() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, json={"error": {"code": "INTERNAL_ERROR", "message": "m"}})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = TinyFish("k", http_client=http, max_retries=0)
        with pytest.raises(InternalServerError):
            client.fetch.get_contents(urls(30))

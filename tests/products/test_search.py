"""`client.search`, sync and async, against the sandbox's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import httpx
import pytest
from plain_server import PlainServer

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def kettles(sandbox: Sandbox) -> Sandbox:
    """25 pages about kettles on three shops, one a day, and one about tides."""
    for n in range(25):
        html = f"<title>Kettle {n}</title><p>A kettle made of steel, number {n}.</p>"
        sandbox.add_page(f"https://shop{n % 3}.example/kettle/{n}", html, date=f"2026-10-{n + 1:02}")
    sandbox.add_page("https://tides.example/", "<title>Tides</title><p>High water at noon.</p>")
    return sandbox


@pytest.fixture
async def client(new_client: Callable[..., Any], kettles: Sandbox) -> Any:
    return new_client(api_key=kettles.api_key, base_url=kettles.url)


async def test_a_page_of_results(client: Any) -> None:
    page = await client.search.query("steel kettle", page=2)
    assert (page.query, page.total_results, page.page) == ("steel kettle", 25, 2)
    assert [result.position for result in page.results] == [21, 22, 23, 24, 25]
    assert all("steel" in (result.snippet or "") for result in page.results)


async def test_every_page_is_walked_and_each_address_comes_once(client: Any, kettles: Sandbox) -> None:
    found = [result.url async for result in client.search.iter("kettle")]
    assert len(found) == len(set(found)) == 25
    assert [request.query["page"] for request in kettles.requests] == ["0", "1", "2", "3"]


async def test_a_limit_ends_the_walk(client: Any, kettles: Sandbox) -> None:
    assert len([result async for result in client.search.iter("kettle", limit=12)]) == 12
    assert len(kettles.requests) == 2


async def test_filters_by_domain_and_day(client: Any) -> None:
    async def days(**given: Any) -> list[str]:
        return sorted([str(result.date) async for result in client.search.iter("kettle", **given)])

    only = await days(include_domains=["shop1.example"], after_date=date(2026, 10, 20))
    assert only == ["2026-10-20", "2026-10-23"]
    assert len(await days(exclude_domains="shop1.example,shop2.example")) == 9
    assert await days(before_date=datetime(2026, 10, 2, 23)) == ["2026-10-01", "2026-10-02"]
    assert await days(recency_minutes=10) == []


async def test_a_run_adds_the_page_that_it_has_read(client: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/lamp").respond_with_data(
        "<title>Lamp</title><p>A lamp of brass.</p>", content_type="text/html"
    )
    url = plain_server.url_for("/lamp")
    await client.agent.run(goal="Read it", url=url)
    assert [result.url for result in (await client.search.query("brass")).results] == [url]


async def test_no_page_fits(client: Any) -> None:
    assert [result async for result in client.search.iter("!?")] == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"recency_minutes": 5, "after_date": "2026-01-01"},
            "recency_minutes can't be combined with after_date",
        ),
        (
            {"after_date": "2026-02-01", "before_date": "2026-01-01"},
            "after_date must not be after before_date",
        ),
        ({"domain_type": "research_paper", "before_date": "2026-01-01"}, "before_date can't be used with"),
        ({"domain_type": "research_paper", "recency_minutes": 5}, "recency_minutes can't be used with"),
        ({"pub_year_max": 2020}, "pub_year_max needs domain_type='research_paper'"),
        (
            {"domain_type": "research_paper", "pub_year_min": 2021, "pub_year_max": 2020},
            "pub_year_min must not be",
        ),
        ({"after_date": "2026-02-30"}, "after_date must be a date or a string such as '2026-01-31'"),
        (
            {"include_domains": ["https://a.example"]},
            "include_domains must have domains such as 'example.com'",
        ),
        ({"include_domains": []}, "include_domains must have at least one domain"),
        ({"limit": 0}, "limit must be 1 or more, not 0"),
    ],
)
async def test_what_the_api_would_reject_is_not_sent(
    client: Any, kettles: Sandbox, given: dict[str, Any], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        client.search.iter("kettle", **given)
    assert kettles.requests == []


async def test_years_have_four_digits_on_the_wire(client: Any, kettles: Sandbox) -> None:
    await client.search.query("kettle", domain_type="research_paper", pub_year_min=800, pub_year_max=2026)
    query = kettles.requests[0].query
    assert (query["pub_year_min"], query["pub_year_max"]) == ("0800", "2026")


def test_without_a_base_url_a_search_goes_to_its_own_host() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"query": "x", "results": []})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        TinyFish("key", http_client=http) as client,
    ):
        client.search.query("x")
    assert asked == ["https://api.search.tinyfish.ai/?query=x"]


async def test_searches_are_listed(client: Any) -> None:
    for query in ("tides", "nothing", "tides"):
        await client.search.query(query)
    page = await client.search.usage(limit=2)
    assert (page.total, page.total_pages, page.has_more) == (3, 2, True)
    entries = [entry async for entry in client.search.iter_usage(page_size=2)]
    assert [(entry.query, entry.result_count, entry.status_code) for entry in entries] == [
        ("tides", 1, 200),
        ("nothing", 0, 200),
        ("tides", 1, 200),
    ]
    assert entries[0].results[0].url == "https://tides.example/"
    assert (await client.search.usage(status="failed")).items == []

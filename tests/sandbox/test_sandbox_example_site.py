"""The example site, as the demo and the sandbox read it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tinyfish.demo.site import Site


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with Site() as running:
        yield running.url


def result(api: httpx.Client, url: str) -> dict[str, Any]:
    run = api.post("/v1/automation/run", json={"url": url, "goal": "Read it"}).json()
    assert run["status"] == "COMPLETED", run["error"]
    return dict(run["result"])


def test_the_news_have_five_headlines(api: httpx.Client, site: str) -> None:
    found = result(api, site + "news/index.html")
    assert len([heading for heading in found["headings"] if heading["level"] == 2]) == 5
    assert found["description"]
    assert found["open_graph"]["site_name"] == "Harbour Street"


def test_the_shop_has_three_products(api: httpx.Client, site: str) -> None:
    shop = result(api, site + "shop/index.html")
    assert shop["tables"][0]["columns"] == ["Product", "SKU", "Price", "In stock"]
    products = [
        link["url"] for link in shop["links"] if link["text"] in {row[0] for row in shop["tables"][0]["rows"]}
    ]
    assert len(products) == 3
    for url, row in zip(products, shop["tables"][0]["rows"], strict=True):
        product = result(api, url)["json_ld"][0]
        assert [product["name"], product["sku"], product["offers"]["price"]] == row[:3]


def test_every_link_of_the_site_leads_somewhere(api: httpx.Client, site: str) -> None:
    waiting, seen = [site], set[str]()
    while waiting:
        url = waiting.pop()
        if url not in seen and url.startswith(site):
            seen.add(url)
            waiting += [link["url"] for link in result(api, url)["links"]]
    assert len(seen) == 7

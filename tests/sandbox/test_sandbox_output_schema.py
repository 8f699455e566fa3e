"""Results for an output_schema: found on the page, with the right types, never invented."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish.sandbox.extract import extract
from tinyfish.sandbox.output_schema import shape

SHOP = """<html lang="en"><head><title>Lamp shop</title><meta name="description" content="Lamps">
<meta property="og:site_name" content="The Shop">
<script type="application/ld+json">{"@type": "Product", "name": "Storm lamp", "sku": "LMP-200", "isNew": true,
 "brand": {"@type": "Brand", "name": "Harbour"}, "image": ["a.png", "b.png"], "releaseDate": "2026-11-02",
 "offers": {"@type": "Offer", "price": "34.50", "priceCurrency": "usd"}, "ratingCount": 12}</script></head>
<body><h1>Storm lamp</h1><h2>Opening hours</h2><p>9 to <b>five</b></p><h2>Contact</h2>
<table><caption>Stock</caption><tr><th>Shop</th><th>In stock</th><th>Price</th><th>Code</th></tr>
<tr><td>Harbour</td><td>12</td><td>$1,034.50</td><td>KTL-100</td></tr><tr><td>Island</td><td>none</td><td>$30</td></tr></table>
<table><tr><td>Weight</td><td>980 g</td></tr><tr><td>Waterproof</td><td>Yes</td></tr></table>
<a href="/one">One</a><a href="/two">Two</a></body></html>"""


def shaped(properties: dict[str, Any], **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = {"type": "object", "properties": properties, **more}
    return shape(extract(SHOP, "http://shop.example/lamp"), schema)


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("name", {"type": "string"}, "Storm lamp"),
        ("price", {"type": "number"}, 34.5),
        ("price", {"type": "string"}, "34.50"),
        ("price", {"type": "integer"}, None),
        ("price_currency", {"type": "string", "enum": ["EUR", "USD"]}, "USD"),
        ("price_currency", {"type": "string", "enum": ["EUR"]}, None),
        ("ratingCount", {"type": "integer"}, 12),
        ("ratingCount", {"type": "boolean"}, None),
        ("isNew", {"type": "boolean"}, True),
        ("isNew", {"type": "number"}, None),
        ("brand", {"type": "string"}, "Harbour"),
        ("brand", {"type": "object", "properties": {"name": {"type": "string"}}}, {"name": "Harbour"}),
        ("site name", {"type": "string"}, "The Shop"),
        ("Weight", {"type": "string"}, "980 g"),
        ("weight", {"type": "number"}, 980),
        ("waterproof", {"type": "boolean"}, True),
        ("openingHours", {"type": "string"}, "9 to five"),
        ("contact", {"type": "number"}, None),
        ("title", {"type": "string"}, "Lamp shop"),
        ("url", {"type": "string"}, "http://shop.example/lamp"),
        ("language", {"type": "string"}, "en"),
        ("sku", {"type": "number"}, None),
        ("releaseDate", {"type": "string", "format": "date"}, "2026-11-02"),
        ("releaseDate", {"type": "string", "format": "date-time"}, None),
        ("image", {"type": "array", "items": {"type": "string"}}, ["a.png", "b.png"]),
        ("image", {"type": "string"}, None),
        (
            "headlines",
            {"type": "array", "items": {"type": "string"}},
            ["Storm lamp", "Opening hours", "Contact"],
        ),
        ("shops", {"type": "array", "items": {"type": "string"}}, ["Harbour", "Island"]),
        ("in_stock", {"type": "array", "items": {"type": "integer"}}, [12]),
        ("in_stock", {"type": "integer"}, None),
        ("code", {"type": "array", "items": {"type": "number"}}, None),
        ("colour", {"type": "string"}, None),
        ("colours", {"type": "array", "items": {"type": "string"}}, None),
        ("price", {"anyOf": [{"type": "boolean"}, {"type": "number"}]}, 34.5),
        ("sku", {}, "LMP-200"),
    ],
)
def test_a_value_is_found_under_its_name(name: str, schema: dict[str, Any], value: object) -> None:
    result, _ = shaped({name: schema})
    assert result == {name: value}
    assert type(result[name]) is type(value)


def test_a_list_of_objects_is_a_table() -> None:
    fields = {"shop": {"type": "string"}, "in_stock": {"type": "integer"}, "price": {"type": "number"}}
    result, report = shaped({"stock": {"type": "array", "items": {"type": "object", "properties": fields}}})
    assert result["stock"] == [
        {"shop": "Harbour", "in_stock": 12, "price": 1034.5},
        {"shop": "Island", "in_stock": None, "price": 30},
    ]
    assert report["valid"] is False
    assert [error["path"] for error in report["errors"]] == ["stock.1.in_stock"]


def test_a_list_of_objects_is_json_ld_or_links() -> None:
    product = {"sku": {"type": "string"}, "price": {"type": "number"}}
    link = {"text": {"type": "string"}, "url": {"type": "string"}}
    result, report = shaped(
        {
            "products": {"type": "array", "items": {"type": "object", "properties": product}},
            "links": {"type": "array", "items": {"type": "object", "properties": link}},
        }
    )
    assert result["products"] == [{"sku": "LMP-200", "price": 34.5}]
    assert result["links"] == [
        {"text": "One", "url": "http://shop.example/one"},
        {"text": "Two", "url": "http://shop.example/two"},
    ]
    assert report == {"valid": True, "re_prompt_attempts": 0, "errors": []}


def test_the_report_says_what_is_missing() -> None:
    wanted = {"colour": {"type": "string"}, "size": {"type": "string", "nullable": True}}
    result, report = shaped(wanted, required=["colour", "size"], propertyOrdering=["size"])
    assert result == {"colour": None, "size": None}
    assert [error["path"] for error in report["errors"]] == ["colour"]


NAMES = st.sampled_from(
    ["name", "price", "shop", "in_stock", "brand", "links", "title", "nothing", "stock", ""]
)
LEAVES = st.one_of(
    st.sampled_from([{}, {"type": "boolean"}, {"type": "integer"}, {"type": "number"}, {"type": "string"}]),
    st.sampled_from(["date", "time", "duration"]).map(lambda name: {"type": "string", "format": name}),
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda node: {"type": "array", "items": node}),
        st.dictionaries(NAMES, inner).map(lambda fields: {"type": "object", "properties": fields}),
        st.lists(inner, min_size=1).map(lambda forms: {"anyOf": forms}),
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, NODES))
def test_every_value_stands_on_the_page(properties: dict[str, Any]) -> None:
    result, _ = shaped(properties)
    assert set(result) == set(properties)
    for scalar in scalars(result):
        written = str(scalar).removesuffix(".0").replace(",", "")
        assert scalar is None or isinstance(scalar, bool) or written in SHOP.replace(",", "")


def scalars(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from scalars(item)
    elif not (isinstance(value, str) and value.startswith(("http://shop.example", "9 to"))):
        yield value


def test_a_run_follows_its_schema(api: httpx.Client, pages: Any) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    body = {"url": pages.page("/", SHOP), "goal": "g", "output_schema": schema}
    done = api.post("/v1/automation/run", json=body).json()
    assert done["result"] == {"name": "Storm lamp"}
    assert done["schema_validation"]["valid"] is True
    assert api.get(f"/v1/runs/{done['run_id']}").json()["output_schema"] == schema


def test_a_batch_follows_its_schema(api: httpx.Client, pages: Any) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    runs = [{"url": pages.page("/", SHOP), "goal": "g"}] * 2
    run_ids = api.post("/v1/automation/run-batch", json={"runs": runs, "output_schema": schema}).json()[
        "run_ids"
    ]
    for run_id in run_ids:
        while (run := api.get(f"/v1/runs/{run_id}").json())["status"] in {"PENDING", "RUNNING"}:
            pass
        assert run["result"] == {"name": "Storm lamp"}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels - 1):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"anyOf": [{"type": "object"}]},
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
        {"type": "object", "properties": {"a": {"type": "number", "enum": ["1"]}}},
        {"type": "object", "properties": {"a": {"type": "string", "enum": [1]}}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"type": "string", "format": "email"}}},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "properties": {"a" * 65_000: {}}, "required": ["b" * 1000]},
        nested(11),
    ],
)
@pytest.mark.parametrize("operation", ["run", "run-batch"])
def test_a_schema_outside_of_the_part_that_the_api_takes_is_refused(
    api: httpx.Client, operation: str, schema: dict[str, Any]
) -> None:
    run: dict[str, Any] = {"url": "https://a.example", "goal": "g"}
    body = (
        {"runs": [run], "output_schema": schema}
        if operation == "run-batch"
        else {**run, "output_schema": schema}
    )
    answer = api.post(f"/v1/automation/{operation}", json=body)
    assert answer.status_code == 400
    assert "output_schema" in answer.json()["error"]["details"][0]["path"]


def test_a_schema_deeper_than_can_be_looked_at_is_refused(api: httpx.Client) -> None:
    body = {"url": "https://a.example", "goal": "g", "output_schema": nested(400)}
    assert api.post("/v1/automation/run", json=body).status_code == 400


def test_ten_levels_are_taken(api: httpx.Client) -> None:
    body = {"url": "http://127.0.0.1:1", "goal": "g", "output_schema": nested(10)}
    assert api.post("/v1/automation/run", json=body).status_code == 200


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("20 h", 20), ("$1,299", 1299), ("$1,299.00 each", 1299), ("It costs $5.", 5), ("1 299 SEK", 1299)],
        *[("1,250", None), ("2.000", None), ("€ 1,799", None), ("€ 1,799 each", None), ("99¢", None)],
        *[
            ("99 cents", None),
            ("- 5", None),
            ("5-10", None),
            ("45%", None),
            ("5 million", None),
            ("1.5k", None),
        ],
        *[("4.5 out of 5", None), ("(5)", None), ("3D", None), ("1e400", None)],
    ],
)
def test_a_number_is_read_by_the_clients_rules(text: str, number: float | None) -> None:
    page = f"<html><body><table><tr><td>Amount</td><td>{text}</td></tr></table></body></html>"
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    result, _ = shape(extract(page, "http://shop.example"), schema)
    assert result == {"amount": number}

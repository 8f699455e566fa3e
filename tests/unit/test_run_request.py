"""The users' arguments for a start, compared with what openapi.yaml allows."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tinyfish_generated
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tinyfish import AgentConfig, BatchRunItem, BrowserProfile, ProxyConfig, RunOptions, RunParams
from tinyfish._core import checks
from tinyfish._core.requests.run_request import batch_item, session_request
from tinyfish._core.requests.run_request import run_request as make

SPEC: dict[str, Any] = json.loads(
    (Path(tinyfish_generated.__file__).parent / "openapi.json").read_text(encoding="utf-8")
)
BODY: dict[str, Any] = {"goal": "Read the title", "url": "https://example.com"}


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its references, and the parts of an allOf, put in."""
    whole: dict[str, Any] = {}
    parts = [*schema.get("allOf", []), {k: v for k, v in schema.items() if k not in ("allOf", "$ref")}]
    if "$ref" in schema:
        parts.insert(0, SPEC["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if len(parts) == 1:
        return parts[0]
    for part in map(resolved, parts):
        properties = whole.get("properties", {}) | part.get("properties", {})
        whole = {**whole, **part} | ({"properties": properties} if properties else {})
    return whole


def component(name: str) -> dict[str, Any]:
    return resolved(SPEC["components"]["schemas"][name])


def parameters(path: str) -> dict[str, dict[str, Any]]:
    listed = SPEC["paths"][path]["get"]["parameters"]
    return {p["name"]: resolved(p["schema"]) for p in listed if "name" in p}


def is_valid(name: str, body: object) -> bool:
    validator = Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": SPEC["components"]}
    )
    return validator.is_valid(body)


def run(**more: Any) -> dict[str, Any]:
    return make({**BODY, **more}, api_integration=None).to_dict()


def session(**options: Any) -> dict[str, Any]:
    return session_request(options).to_dict()


def accepted(build: Callable[[], object]) -> bool:
    try:
        build()
    except (TypeError, ValueError):
        return False
    return True


# The fields


def test_the_typed_options_are_the_fields_of_the_contract() -> None:
    fields = set(component("AgentRunRequest")["properties"])
    assert set(typing.get_type_hints(RunOptions)) == fields - {"goal", "url"}
    assert set(typing.get_type_hints(RunParams)) == fields | {"idempotency_key"}
    hints = typing.get_type_hints(RunParams, include_extras=True)
    required = {name for name, hint in hints.items() if typing.get_origin(hint) is typing.Required}
    assert required == set(component("BatchRunItem")["required"])
    assert fields - set(component("BatchRunItem")["properties"]) == {"output_schema"}


# The values


def settings() -> Iterator[tuple[str, Callable[[Any], Callable[[], object]], dict[str, Any]]]:
    """Every field that takes a plain value: its name, how a body with a value in it is made, its schema."""
    for name, schema in component("AgentRunRequest")["properties"].items():
        field = resolved(schema)
        if name == "proxy_config":
            for inner, inner_schema in field["properties"].items():
                yield (
                    f"proxy_config.{inner}",
                    lambda v, i=inner: (
                        lambda: run(proxy_config={"enabled": True, "url": "http://p.example", i: v})
                    ),
                    resolved(inner_schema),
                )
        elif name in ("agent_config", "capture_config"):
            for inner, inner_schema in field["properties"].items():
                yield (
                    f"{name}.{inner}",
                    lambda v, n=name, i=inner: lambda: run(**{n: {i: v}}),
                    resolved(inner_schema),
                )
        else:
            yield name, lambda v, n=name: lambda: run(**{"use_vault": True, "use_profile": True, n: v}), field
    for name, schema in component("BrowserSessionRequest")["properties"].items():
        field = resolved(schema)
        if name == "proxy_config":
            for inner, inner_schema in field["properties"].items():
                yield (
                    f"session.proxy_config.{inner}",
                    lambda v, i=inner: lambda: session(proxy_config={"url": "http://p.example", i: v}),
                    resolved(inner_schema),
                )
        else:
            yield f"session.{name}", lambda v, n=name: lambda: session(**{n: v}), field


SETTINGS = {name: (build, schema) for name, build, schema in settings()}


def of_type(kind: str) -> list[str]:
    return [
        name for name, (_, schema) in SETTINGS.items() if schema.get("type") == kind and "enum" not in schema
    ]


def test_there_is_something_to_check() -> None:
    assert len(of_type("boolean")) >= 9
    assert len(of_type("integer")) == 3
    assert [name for name, (_, schema) in SETTINGS.items() if "enum" in schema] == [
        "browser_profile",
        "proxy_config.type",
        "agent_config.mode",
        "agent_config.cursor_style",
        "session.proxy_config.type",
    ]


@pytest.mark.parametrize("name", of_type("integer"))
def test_the_bounds_of_numbers(name: str) -> None:
    build, schema = SETTINGS[name]
    least, most = schema["minimum"], schema.get("maximum", 10**9)
    assert accepted(build(least))
    assert accepted(build(most))
    assert not accepted(build(least - 1))
    assert "maximum" not in schema or not accepted(build(most + 1))
    for wrong in (1.5, True, "5", [5]):
        with pytest.raises(TypeError, match=name.rsplit(".", 1)[1]):
            build(wrong)()


@pytest.mark.parametrize("name", of_type("boolean"))
def test_yes_and_no(name: str) -> None:
    build, _ = SETTINGS[name]
    assert accepted(build(True))
    for wrong in ("true", 1, 0, []):
        with pytest.raises(TypeError, match="must be True or False"):
            build(wrong)()


@pytest.mark.parametrize("name", [name for name, (_, schema) in SETTINGS.items() if "enum" in schema])
def test_the_values_of_enums(name: str) -> None:
    build, schema = SETTINGS[name]
    for value in schema["enum"]:
        assert accepted(build(value))
    with pytest.raises(ValueError, match=f"must be one of {schema['enum'][0]!r}.*not 'turbo'"):
        build("turbo")()
    assert not accepted(build(5))
    assert not accepted(build(schema["enum"][0].upper()))


@pytest.mark.parametrize("name", of_type("string"))
def test_text(name: str) -> None:
    build, _ = SETTINGS[name]
    for wrong in (5, b"https://example.com", ["https://example.com"]):
        with pytest.raises(TypeError, match="must be a string"):
            build(wrong)()
    assert not accepted(build(""))
    assert not accepted(build(" \n"))


@pytest.mark.parametrize("name", ["proxy_config.country_code", "session.proxy_config.country_code"])
def test_any_country_as_two_capital_letters(name: str) -> None:
    build, schema = SETTINGS[name]
    for code in [*schema["x-known-values"], "NL", "ZZ"]:
        assert accepted(build(code))
    for wrong in ("us", "USA", "U", "Ü1", "US\n", 5):
        assert not accepted(build(wrong))


# What the two could differ in, tried with whatever hypothesis finds

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 100_000),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(
        ["https://example.com", "http://localhost/x", "lite", "stealth", "custom", "tetra", "US", "fish"]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
PROXY = st.fixed_dictionaries({}, optional=dict.fromkeys(component("ProxyConfig")["properties"], ANYTHING))
AGENT = st.fixed_dictionaries({}, optional=dict.fromkeys(component("AgentConfig")["properties"], ANYTHING))
BODIES = st.fixed_dictionaries(
    {"goal": st.just("g") | ANYTHING, "url": st.just("https://example.com") | ANYTHING},
    optional=dict.fromkeys(set(component("AgentRunRequest")["properties"]) - {"goal", "url"}, ANYTHING)
    | {"proxy_config": PROXY | ANYTHING, "agent_config": AGENT | ANYTHING},
)


@given(BODIES)
def test_what_is_accepted_is_what_the_contract_takes(params: dict[str, Any]) -> None:
    try:
        body = make(params, api_integration=None).to_dict()
    except (TypeError, ValueError):
        return
    if not str(body.get("webhook_url", "")).startswith("http://localhost"):  # for a local sandbox only
        assert is_valid("AgentRunRequest", body)
    assert body.keys() == {name for name, value in params.items() if value is not None}


@given(
    st.fixed_dictionaries(
        {}, optional={"url": ANYTHING, "timeout_seconds": ANYTHING, "proxy_config": PROXY | ANYTHING}
    )
)
def test_what_is_accepted_for_a_session_is_what_the_contract_takes(options: dict[str, Any]) -> None:
    try:
        body = session_request(options).to_dict()
    except (TypeError, ValueError):
        return
    assert is_valid("BrowserSessionRequest", body)


@pytest.mark.parametrize(
    "url", [":", "file:///etc/passwd", "javascript:alert(1)", "https://", "ftp://a.example", "?q=1"]
)
def test_a_session_does_not_open_what_is_no_page(url: str) -> None:
    with pytest.raises(ValueError, match=r"url must be .* not ") as caught:
        session_request({"url": url})
    assert url in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "a.example",
        "a.example:8080/x?y#z",
        "HTTPS://a.example",
        "https://user:password@a.example/x",
        "http://[::1]:8000/",
        "https://bücher.example/ü",
        "about:blank",
    ],
)
def test_a_session_opens_pages_as_people_write_them(url: str) -> None:
    body = session_request({"url": url}).to_dict()
    assert body == {"url": url}
    assert is_valid("BrowserSessionRequest", body)


EXAMPLES = [
    example["value"]
    for example in SPEC["components"]["requestBodies"]["AgentRun"]["content"]["application/json"][
        "examples"
    ].values()
]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_contract_is_accepted(example: dict[str, Any]) -> None:
    assert make(example, api_integration=None).to_dict() == example


# Rules between fields, spellings, and the words of refusals


def test_api_integration_of_the_environment_gives_way_to_the_callers() -> None:
    assert make(BODY, api_integration="dify").to_dict()["api_integration"] == "dify"
    assert (
        make({**BODY, "api_integration": "n8n"}, api_integration="dify").to_dict()["api_integration"] == "n8n"
    )


@pytest.mark.parametrize(
    ("more", "error", "text"),
    [
        ({"credential_item_ids": ["a"]}, ValueError, "credential_item_ids needs use_vault=True"),
        ({"credential_item_ids": ["a"], "use_vault": False}, ValueError, "needs use_vault=True"),
        ({"credential_item_ids": [], "use_vault": True}, ValueError, "must not be empty"),
        ({"credential_item_ids": "a", "use_vault": True}, TypeError, "must be a list"),
        ({"profile_id": "p"}, ValueError, "profile_id needs use_profile=True"),
        ({"proxy_config": {}}, ValueError, "proxy_config needs 'enabled'"),
        (
            {"proxy_config": {"enabled": True, "type": "custom"}},
            ValueError,
            "needs 'url', the address of your proxy",
        ),
        ({"proxy_config": {"enabled": True, "countrycode": "US"}}, ValueError, "did you mean 'country_code'"),
        ({"proxy_config": 5}, TypeError, "must be a mapping or a model, not int"),
        ({"agent_config": {"steps": 5}}, ValueError, "did you mean 'max_steps'"),
        (
            {"browserprofile": "lite"},
            TypeError,
            "no argument 'browserprofile'; did you mean 'browser_profile'",
        ),
        ({"xyz": 1}, TypeError, "no argument 'xyz'; it has adopt, agent_config, "),
        ({"url": "example.com"}, ValueError, "did you mean 'https://example.com'"),
        ({"url": "ftp://example.com"}, ValueError, "complete http or https URL"),
        ({"url": "https://"}, ValueError, "complete http or https URL"),
        ({"url": "http://[::1"}, ValueError, "is not a URL"),
        ({"webhook_url": "http://hooks.example"}, ValueError, "must be an https URL"),
        ({"output_schema": True}, TypeError, "output_schema must be a mapping"),
        ({"goal": None}, TypeError, "A run needs 'goal'"),
    ],
)
def test_refusals_say_what_would_be_right(more: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make({**BODY, **more}, api_integration=None)


def test_models_and_mappings_are_the_same() -> None:
    as_models = run(
        browser_profile=BrowserProfile.STEALTH,
        proxy_config=ProxyConfig(enabled=True, country_code="DE"),
        agent_config=AgentConfig(max_steps=5),
    )
    assert as_models == run(
        browser_profile="stealth",
        proxy_config={"enabled": True, "country_code": "DE"},
        agent_config={"max_steps": 5},
    )


def test_a_webhook_may_be_on_this_machine() -> None:
    for url in ("http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "https://hooks.example"):
        assert run(webhook_url=url)["webhook_url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://{}",
        "hooks.example/{}",
        "ftp://{}",
        "https:///{}",
        "https://hooks.example/{} ?",
        "http://[::1/{}",
    ],
)
def test_an_error_about_a_webhook_shows_no_secret_of_it(url: str) -> None:
    with pytest.raises(ValueError, match="webhook_url") as caught:
        run(webhook_url=url.format("me:s3cret@hooks.example/s3cret/?token=s3cret#s3cret"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://p.example:8080", "https://p.example", "socks5://p.example:1080"])
def test_a_proxy_may_be_of_any_kind(url: str) -> None:
    assert run(proxy_config={"enabled": True, "type": "custom", "url": url})["proxy_config"]["url"] == url
    assert not accepted(
        lambda: run(proxy_config={"enabled": True, "type": "custom", "url": "p.example:8080"})
    )


def test_entries_of_a_batch() -> None:
    item = batch_item("runs[0]", BODY, api_integration="n8n")
    assert item.to_dict() == {**BODY, "api_integration": "n8n"}
    assert batch_item("runs[0]", BatchRunItem.from_dict(BODY), api_integration=None).to_dict() == BODY
    with pytest.raises(ValueError, match=r"runs\[3\]\.url"):
        batch_item("runs[3]", {**BODY, "url": "x"}, api_integration=None)


# Bounds of what is asked for by query or by id


def test_ids_are_what_the_contract_says_and_more() -> None:
    pattern = SPEC["components"]["parameters"]["RunId"]["schema"]["pattern"]
    assert pattern == "^[A-Za-z0-9_-]+$"
    assert checks.run_id("run_id", "9b1d-A_z") == "9b1d-A_z"
    # The server's word about its own ids is believed, not the pattern.
    assert checks.run_id("run_id", "tenant:42/run") == "tenant:42/run"

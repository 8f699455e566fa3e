from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinyfish_generated.api.runs import get_run
from tinyfish_generated.models import AgentConfig
from tinyfish_generated.rules import AGENT_CONFIG, AGENT_RUN_REQUEST, PROXY_CONFIG

from tinyfish._core import checks
from tinyfish._core.contract_checks import check_of

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.text()),
    st.dates(),
)
CHECKS = {
    "text": checks.text,
    "trimmed_text": checks.trimmed_text,
    "boolean": checks.boolean,
    "integer": checks.integer(1, 5),
    "absolute_url": checks.absolute_url,
    "proxy_url": checks.proxy_url,
    "https_url": checks.https_url,
    "country_code": check_of(PROXY_CONFIG["country_code"]),
    "run_id": checks.run_id,
    "id_list": checks.id_list,
    "cursor": checks.cursor,
    "text_list": check_of(AGENT_RUN_REQUEST["credential_item_ids"]),
    "number": check_of(AGENT_CONFIG["max_steps"]),
    "json_object": checks.json_object,
    "moment": checks.moment,
    "interval": checks.interval,
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
@given(value=ANYTHING)
def test_a_check_returns_or_says_what_is_wrong(check: Any, value: object) -> None:
    refusal = None
    try:
        check("the_argument", value)
    except (TypeError, ValueError) as error:
        refusal = str(error)
    assert refusal is None or "the_argument" in refusal


@given(st.text())
def test_an_identifier_is_one_segment_of_a_path(value: str) -> None:
    try:
        taken = checks.run_id("run_id", value)
    except ValueError:
        assert not value.strip() or value != value.strip() or not value.isprintable() or value in (".", "..")
    else:
        path = get_run(taken).path
        assert urlsplit(f"https://e.example{path}").path == path
        assert path.count("/") == 3
        assert unquote(path.rpartition("/")[2]) == value


@pytest.mark.parametrize(
    "value", ["a", "a/b", "a b", "run:1", "%2e", "\u00e9", "a?b", "a#b", "...", "\U0001f41f", "a" * 4096]
)
def test_an_identifier_has_whatever_form_the_server_likes(value: str) -> None:
    assert checks.run_id("run_id", value) == value
    assert len(get_run(value).path) < 65_000


@pytest.mark.parametrize(
    "value", ["", " ", "a\n", " a", "a\0b", "a\tb", ".", "..", "\ud800", "a" * 4097, "a" * 100_000]
)
def test_what_is_no_identifier(value: str) -> None:
    with pytest.raises(ValueError, match=r"run_id (is not a valid id|must be a non-empty string)") as caught:
        checks.run_id("run_id", value)
    assert len(str(caught.value)) < 400
    with pytest.raises(ValueError, match="cursor must be the unchanged next_cursor"):
        checks.cursor("cursor", value)


@pytest.mark.parametrize("value", [5, ["a"], {"run_id": "a"}, True, b"a"])
def test_an_identifier_is_a_text(value: object) -> None:
    with pytest.raises(TypeError, match="run_id must be a string"):
        checks.run_id("run_id", value)
    with pytest.raises(TypeError, match="cursor must be a string"):
        checks.cursor("cursor", value)


def test_identifiers_once_each_in_order() -> None:
    assert checks.id_list("ids", iter(["b", "a", "b", "c", "a"])) == ["b", "a", "c"]


@given(st.datetimes() | st.datetimes(timezones=st.just(datetime.UTC)))
def test_a_moment_and_its_text_are_the_same(value: datetime.datetime) -> None:
    taken = checks.moment("at", value)
    assert taken.tzinfo is not None
    assert checks.moment("at", value.isoformat()) == taken
    assert taken.replace(tzinfo=None) == value.replace(tzinfo=None)


@given(st.dates())
def test_a_date_is_its_midnight(value: datetime.date) -> None:
    midnight = datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    assert checks.moment("at", value) == midnight == checks.moment("at", value.isoformat())


@pytest.mark.parametrize("value", ["", "yesterday", "2025-13-01", "1700000000.5"])
def test_what_is_no_moment(value: str) -> None:
    with pytest.raises(ValueError, match="at must"):
        checks.moment("at", value)


def test_a_choice_takes_members_and_values_alone() -> None:
    class Size(StrEnum):
        SMALL = "small"
        LARGE = "large"

    check = checks.choice(("small", "large"))
    assert check("size", Size.SMALL) == check("size", "small") == "small"
    assert type(check("size", Size.SMALL)) is str
    with pytest.raises(ValueError, match="size must be one of 'small', 'large', not 'SMALL'"):
        check("size", "SMALL")
    with pytest.raises(ValueError, match="not None"):
        check("size", None)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_what_is_no_interval(value: float) -> None:
    with pytest.raises(ValueError, match="poll_interval must be above 0"):
        checks.interval("poll_interval", value)


def test_fields_of_a_model_and_of_a_mapping() -> None:
    known = {"mode": checks.text, "max_steps": checks.integer(1)}
    assert checks.fields("c", AgentConfig(max_steps=3), known) == {"max_steps": 3}
    assert checks.fields("c", {"max_steps": 3, "mode": None}, known) == {"max_steps": 3}
    with pytest.raises(ValueError, match=r"c\.max_steps must be 1 or more, not 0"):
        checks.fields("c", {"max_steps": 0}, known)
    with pytest.raises(ValueError, match="c has no field 'speed'"):
        checks.fields("c", AgentConfig(extra_fields={"speed": 1}), known)
    with pytest.raises(ValueError, match="c needs 'mode'"):
        checks.fields("c", {"mode": None}, known, required=["mode"])


def test_what_is_no_json_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="is not JSON serializable"):
        checks.json_object("output_schema", {"enum": {1}})
    with pytest.raises(ValueError, match="a lone surrogate"):
        checks.text("goal", "\ud800")

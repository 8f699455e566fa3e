"""References: made from key and content, written into goals, and read from whatever a server makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import Run
from tinyfish._core.keyed.reference import Reference, fingerprint, parse, shown_goal

URL = "https://shop.example"
KEYS = st.text(min_size=1, max_size=255).filter(lambda text: text.isprintable())
GOALS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(key=KEYS, goal=GOALS, attempt=st.integers(1, 10**9 - 1))
def test_what_is_written_is_read(key: str, goal: str, attempt: int) -> None:
    reference = Reference.of(key, {"goal": goal, "url": URL}, attempt)
    written = reference.written_into(goal)
    assert parse(written) == reference
    assert reference.search_text in written
    assert shown_goal(written).rstrip() == goal.rstrip()
    assert fingerprint({"goal": written, "url": URL}) == fingerprint(
        {"goal": shown_goal(written), "url": URL}
    )


@given(goal=GOALS)
def test_other_goals_have_none(goal: str) -> None:
    assert parse(goal) is None
    assert shown_goal(goal) == goal


@given(
    keys=st.sets(KEYS, min_size=2, max_size=2), attempts=st.sets(st.integers(1, 200), min_size=2, max_size=2)
)
def test_no_two_are_equal(keys: set[str], attempts: set[int]) -> None:
    made = {str(Reference.of(key, {"goal": "a"}, attempt)) for key in keys for attempt in attempts}
    assert len(made) == 4


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"goal": "Buy"}, True),
        ({"url": "https://else.example"}, True),
        ({"browser_profile": "stealth"}, True),
        ({"output_schema": {"type": "object"}}, True),
        ({"proxy_config": {"enabled": True, "type": "custom", "url": "http://other:1"}}, True),
        ({"proxy_config": {"enabled": True, "type": "custom", "url": "http://p:1", "password": "x"}}, False),
        ({"proxy_config": {"enabled": True, "type": "custom", "url": "http://me:secret@p:1"}}, False),
        ({"api_integration": "n8n"}, False),
        ({"webhook_url": "https://hooks.example/?secret=renewed"}, False),
        ({"browser_profile": None}, False),
    ],
)
def test_content(change: dict[str, Any], is_other: bool) -> None:
    proxy = {"enabled": True, "type": "custom", "url": "http://p:1", "username": "me", "password": "secret"}
    body = {"goal": "Read", "url": URL, "proxy_config": proxy}
    assert (fingerprint({**body, **change}) != fingerprint(body)) is is_other


def test_nothing_is_made_from_a_password() -> None:
    with_password = {"goal": "Read", "url": "https://me:secret@shop.example/"}
    assert fingerprint(with_password) == fingerprint({**with_password, "url": "https://me@shop.example/"})


def test_a_server_may_change_the_white_space() -> None:
    reference = Reference.of("a", {"goal": "Read"})
    written = reference.written_into("Read")
    for changed in (
        written.replace("\n", " "),
        written.replace("\n", "\r\n") + "\n",
        " ".join(written.split()),
    ):
        assert parse(changed) == reference
        assert shown_goal(changed) == "Read"


def test_only_the_last_line_counts() -> None:
    first, second = (Reference.of(key, {"goal": "Read"}) for key in "ab")
    assert parse(second.written_into(first.written_into("Read"))) == second
    assert parse(first.written_into("Read") + " And more.") is None


def test_a_run_shows_its_goal_and_keeps_its_document() -> None:
    written = Reference.of("a", {"goal": "Read"}).written_into("Read")
    run = Run.from_dict(
        {"run_id": "r", "status": "PENDING", "goal": written, "created_at": "2026-01-01T00:00:00Z"}
    )
    assert (run.goal, run.to_dict()["goal"]) == ("Read", written)
    assert run.reference == str(Reference.of("a", {"goal": "Read"}))
    assert written in run.to_json().encode().decode("unicode_escape")
    again = Run.from_dict(run.to_dict())
    assert (again, again.goal) == (run, "Read")


def test_a_goal_that_is_no_text_stays_as_it_was_sent() -> None:
    deep: object = "x"
    for _ in range(3_000):  # deeper than a repr can be
        deep = [deep]
    for goal in (deep, {"a": 1}, None):
        run = Run.from_dict({"run_id": "r1", "status": "COMPLETED", "goal": goal})
        assert type(run.to_dict()["goal"]) is type(goal)
        assert run.reference is None

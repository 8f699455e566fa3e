"""Checking a result for signs that a run didn't work."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinyfish import AgentRunResponse, RunDoubtfulError, RunStatus
from tinyfish.outcomes import DEFAULT_RULES, MAX_TELLING_CHARS, Doubt, Rule, doubts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def completed(result: object) -> AgentRunResponse:
    return AgentRunResponse.from_dict({"run_id": "r", "status": "COMPLETED", "result": result})


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (None, "empty"),
        ({}, "empty"),
        ({"items": [], "note": " "}, "empty"),
        ({"items": [{"name": None}]}, "empty"),
        ({"price": "N/A", "name": "Not found."}, "empty"),
        ({"error": "A CAPTCHA was shown"}, "captcha"),
        ({"note": "Please verify that you are human"}, "captcha"),
        ({"note": "reCAPTCHA challenge"}, "captcha"),
        ({"note": "Checking your browser before accessing the site"}, "captcha"),
        ({"message": "You must log in to see prices"}, "login"),
        ({"message": "You must be logged in to view this page"}, "login"),
        ({"message": "Sign in to continue"}, "login"),
        ({"message": "The page requires authentication"}, "login"),
        ({"message": "Sign-in required"}, "login"),
        ({"message": "Access denied"}, "blocked"),
        ({"message": "Access to this page has been denied"}, "blocked"),
        ({"message": "You are not authorized to access this resource"}, "blocked"),
        ({"message": "Permission denied"}, "blocked"),
        ({"message": "Forbidden"}, "blocked"),
        ({"message": "403 Forbidden"}, "blocked"),
        ({"message": "Our systems have detected unusual traffic"}, "blocked"),
        ({"message": "Page not found"}, "not-found"),
        ({"message": "I was unable to access the site"}, "gave-up"),
    ],
)
def test_what_is_doubted(result: object, kind: str) -> None:
    assert [doubt.kind for doubt in doubts(result)] == [kind]


@pytest.mark.parametrize(
    "result",
    [
        {"price": 0},
        {"sold": False},
        {"title": "How to log your hours", "author": "Captain Forbes"},
        {"film": "Forbidden Planet (1956)", "note": "City blocks near the park"},
        {"news": ["Blockchain", "An accessible entrance", "The sign in the window", "None of the above"]},
        {"article": "A captcha tells people from robots. " + "x" * MAX_TELLING_CHARS},
    ],
)
def test_what_is_not(result: object) -> None:
    assert doubts(result) == []


def test_a_doubt_says_where_it_stands() -> None:
    found = doubts({"items": [{"ok": "yes"}, {"note": "Access denied"}]})
    assert found == [Doubt("blocked", "$.items[1].note", "Access denied")]


def test_rules_are_data_to_be_added_to() -> None:
    rule = Rule("sold-out", r"sold out")
    assert doubts({"note": "SOLD OUT"}) == []
    assert [doubt.kind for doubt in doubts({"note": "SOLD OUT"}, (*DEFAULT_RULES, rule))] == ["sold-out"]


def test_it_is_off_by_default() -> None:
    assert completed({}).raise_for_outcome().status == RunStatus.COMPLETED


def test_and_an_error_when_asked_for() -> None:
    run = completed({"message": "Access denied"})
    with pytest.raises(RunDoubtfulError) as caught:
        run.raise_for_outcome(rules=DEFAULT_RULES)
    assert caught.value.run is run
    assert caught.value.doubts == (Doubt("blocked", "$.message", "Access denied"),)
    assert "Access denied" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).doubts == caught.value.doubts
    assert completed({"title": "News"}).raise_for_outcome(rules=DEFAULT_RULES).ok


@given(JSON)
def test_any_json_at_all_can_be_read(result: object) -> None:
    assert all(doubt.kind for doubt in doubts(result))


@pytest.mark.parametrize("rule", DEFAULT_RULES, ids=lambda rule: rule.kind)
@settings(max_examples=25)
@given(data=st.data())
def test_the_quick_look_at_a_text_misses_nothing(rule: Rule, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(rule.pattern, fullmatch=True))
    assume(len(text) <= MAX_TELLING_CHARS)
    assert rule.kind in [doubt.kind for doubt in doubts({"note": text})]


def test_a_text_that_ignoring_case_makes_telling() -> None:
    for text in ("ACCESS DENIED", "acceſſ denıed", "ACCESS DENİED", "BLOCKED: was bloc\u212aed"):
        assert [doubt.kind for doubt in doubts({"note": text})] == ["blocked"], text

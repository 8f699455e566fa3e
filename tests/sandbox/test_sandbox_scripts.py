"""Rules and faults are checked and copied when they are added, and the most specific rule applies."""

import asyncio
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish.sandbox import Sandbox

URL = "https://shop.example/cart"


@frozen
class Product:
    name: str = "Kettle"


def run(api: httpx.Client, goal: str = "g", url: str = URL) -> dict[str, Any]:
    return dict(api.post("/v1/automation/run", json={"url": url, "goal": goal}).json())


def endless() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


NOT_JSON = [
    Decimal("1.5"),
    date(2026, 1, 2),
    datetime(2026, 1, 2, tzinfo=UTC),
    {1, 2},
    frozenset({1}),
    b"bytes",
    Product(),
    math.nan,
    -math.inf,
    {1: "a"},
    object(),
    range(3),
    endless(),
]


@pytest.mark.parametrize("value", NOT_JSON, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("place", [lambda v: v, lambda v: {"a": [{"b": v}]}], ids=["top", "deep"])
def test_what_json_cannot_say_is_refused_when_it_is_set(sandbox: Sandbox, value: Any, place: Any) -> None:
    with pytest.raises(ValueError, match=r"^result"):
        sandbox.on(result=place(value))
    with pytest.raises(ValueError, match=r"^error"):
        sandbox.on(error={"message": "no", "details": place(value)})
    for name in ("body", "details"):
        with pytest.raises(ValueError, match=rf"^{name}"):
            sandbox.fault("run", status=400, **{name: place(value)})


def test_what_is_refused_says_where_and_what_would_be_right(sandbox: Sandbox) -> None:
    with pytest.raises(
        ValueError, match=r"result\.items\.1\.price: Decimal\('2'\) \(Decimal\) is not a JSON value; use a"
    ):
        sandbox.on(result={"items": [{"price": 1}, {"price": Decimal(2)}]})


def test_tuples_are_lists(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(result=({"a": (1, 2)},))
    assert run(api)["result"] == [{"a": [1, 2]}]


def test_the_callers_object_is_copied(sandbox: Sandbox, api: httpx.Client) -> None:
    result: dict[str, Any] = {"items": [1]}
    body: dict[str, Any] = {"items": [1]}
    sandbox.on(result=result)
    sandbox.fault("getRun", status=418, body=body)
    result["items"].append(2)
    body["items"].append(2)
    assert run(api)["result"] == {"items": [1]}
    assert api.get("/v1/runs/x").json() == {"items": [1]}


def test_dates_in_a_file_are_texts(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: [{result: {day: 2026-01-02, at: 2026-01-02T03:04:05Z, n: 5, none: null}}]")
    with (
        Sandbox(rules=file, chromium=False) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        expected = {"day": "2026-01-02", "at": "2026-01-02T03:04:05Z", "n": 5, "none": None}
        assert run(api)["result"] == expected


@pytest.mark.parametrize("text", ["rules: [{result: {1: a}}]", "rules: [{result: !!set {a, b}}]"])
def test_what_json_cannot_say_is_refused_in_a_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"rules\.0.*result"):
        Sandbox(rules=file)


@pytest.mark.parametrize(
    "text", ["[5]", "Read [all] prices", "a]b[", "What? (now)", "a.b+c", "[!x]", r"back\slash"]
)
def test_brackets_and_signs_fit_literally(sandbox: Sandbox, api: httpx.Client, text: str) -> None:
    url = f"https://shop.example/?filter[]={text.replace(' ', '_')}"
    sandbox.on(goal=text, result=1)
    sandbox.on(goal=f"*{text}*", result=2)
    sandbox.on(url=url, result=3)
    assert run(api, text.upper())["result"] == 1
    assert run(api, f"do: {text}\nnow")["result"] == 2
    if "\\" not in text:
        assert run(api, "other", url)["result"] == 3
    sandbox.reset()
    sandbox.on(goal=text, result=1)
    sandbox.on(result="none")
    assert run(api, "5")["result"] == "none"


@pytest.mark.parametrize(
    ("pattern", "goal"),
    [
        (re.compile("READ", re.IGNORECASE), "read"),
        (re.compile("^now", re.MULTILINE), "do\nnow"),
        (re.compile("do.now", re.DOTALL), "do\nnow"),
        (re.compile("do  # a comment\n n o w", re.VERBOSE), "donow"),
        (re.compile(r"(?i)READ.ME", re.DOTALL), "read\nme"),
    ],
)
def test_the_flags_of_a_pattern_are_kept(
    sandbox: Sandbox, api: httpx.Client, pattern: Any, goal: str
) -> None:
    sandbox.on(goal=pattern, result="fits")
    sandbox.on(result="other")
    assert run(api, goal)["result"] == "fits"


def test_ascii_only_patterns_stay_so(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(goal=re.compile(r"^\w$", re.ASCII), result="fits")
    sandbox.on(result="other")
    assert [run(api, goal)["result"] for goal in ("e", "é")] == ["fits", "other"]


def test_a_pattern_of_bytes_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="goal: The pattern must be compiled from a str"):
        sandbox.on(goal=re.compile(b"x"), result=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "must define what its runs do"),
        ({"goal": "g"}, "must define what its runs do"),
        ({"goal": "g", "times": 2}, "must define what its runs do"),
        ({"result": 1, "error": "no"}, "either result or error"),
        ({"hangs": True, "result": 1}, "hangs has no result"),
        ({"hangs": True, "error": "no", "cancel": "refused"}, "hangs has no error"),
        ({"steps": 1, "progress": ["a", "b"]}, "less than the number of texts in progress"),
        ({"goal": "", "result": 1}, "goal"),
        ({"url": {"regex": ""}, "result": 1}, r"url\.regex"),
    ],
)
def test_empty_and_contradictory_rules_are_refused(sandbox: Sandbox, rule: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sandbox.on(**rule)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({}, "must define what goes wrong"),
        ({"times": 1}, "must define what goes wrong"),
        ({"cut": False}, "must define what goes wrong"),
        ({"probability": 0.5, "seed": 1}, "must define what goes wrong"),
        ({"cut": True, "status": 500}, "either cut or status"),
        ({"code": "X"}, "set its status"),
        ({"html": True, "delay": 1}, "set its status"),
        ({"retry_after": 1, "cut": True}, "set its status"),
        ({"status": 500, "html": True, "body": "x"}, "one body"),
        ({"status": 500, "body": "x", "code": "X"}, "one body"),
        ({"cut_after": 1}, "cut_after applies only to streamRun"),
        ({"framing": "cr"}, "framing applies only to streamRun"),
        ({"hide_new": 1}, "hide_new applies only to listRuns"),
        ({"when": "after", "bytes_per_second": 5}, "bytes_per_second can't be used"),
        ({"seed": 1, "delay": 1}, "seed requires"),
    ],
)
def test_empty_and_contradictory_faults_are_refused(sandbox: Sandbox, fault: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sandbox.fault("run", **fault)


def test_a_stream_is_cut_or_falls_silent(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="either cut or stalled"):
        sandbox.fault("runSse", cut_after=1, stall_after=1)


SPECIFIC: list[dict[str, Any]] = [
    {"goal": "Read the price", "url": URL},
    {"goal": "read the PRICE", "url": "*/cart"},
    {"goal": "Read the price"},
    {"goal": "*price*"},
    {"goal": "*"},
]


@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_rule_is_for_a_run(sandbox: Sandbox, api: httpx.Client, order: int) -> None:
    for number, rule in list(enumerate(SPECIFIC))[::order]:
        sandbox.on(**rule, result=number, times=1)
    assert [run(api, "Read the price")["result"] for _ in SPECIFIC] == [0, 1, 2, 3, 4]


def test_of_equal_rules_the_first_is_for_a_run(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.on(goal="*read*", result=1)
    sandbox.on(goal={"regex": "price"}, result=2)
    sandbox.on(url="*cart*", result=3)
    assert run(api, "read the price")["result"] == 1


def test_a_run_that_cannot_be_saved_fails(sandbox: Sandbox) -> None:
    def break_database(server: Any) -> None:
        # The disk is full: nothing new is written any more, what is there is read.
        server._database.execute("PRAGMA query_only = ON")

    with TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(goal="late", latency=0.05, result={"x": 2})
        queued = client.agent.queue(goal="late", url=URL)
        sandbox._ask(break_database)
        ended = client.runs.wait(queued, timeout=20)
    assert (ended.status, ended.result) == ("FAILED", None)
    assert ended.error is not None
    assert "couldn't save" in ended.error.message


def test_unmatched_runs_can_fail_and_say_what_there_is(pages: Any) -> None:
    with Sandbox(chromium=False, unmatched="fail") as sandbox:
        with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api:
            none = run(api, "Read it", URL)
            sandbox.on(goal="*headlines*", result=1)
            sandbox.on(url=re.compile("^https://bank"), error="no", times=1)
            assert run(api, "x", "https://bank.example")["error"]["message"] == "no"
            failed = run(api, "Read the price", URL)
            assert run(api, "the headlines")["result"] == 1
        assert none["status"] == failed["status"] == "FAILED"
        assert none["error"]["message"].endswith("The rules are: none")
        message = failed["error"]["message"]
        assert message.splitlines()[1:] == [
            "  goal='*headlines*'",
            "  url={'regex': '^https://bank'} (used up)",
        ]
        assert "goal 'Read the price', url 'https://shop.example/cart'" in message
        assert "sandbox.on" in failed["error"]["help_message"]


def test_unmatched_is_checked() -> None:
    with pytest.raises(ValueError, match='must be "read" or "fail"'):
        Sandbox(unmatched="explode")  # type: ignore[arg-type]


def test_streams_that_are_read_to_their_end_are_recorded_as_200(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.on(result={"a": 1}, progress=["x", "y"])

    async def read() -> None:
        async with AsyncTinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
            for _ in range(30):
                async with client.agent.stream(goal="g", url=URL) as stream:
                    await stream.until_complete()
                    # Also at once, while the sandbox is still closing it.
                    assert sandbox.requests[-1].status == 200

    with TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        for _ in range(30):
            with client.agent.stream(goal="g", url=URL) as stream:
                stream.until_complete()
                assert sandbox.requests[-1].status == 200
    asyncio.run(read())
    assert {call.status for call in sandbox.requests} == {200}
    assert caplog.records == []

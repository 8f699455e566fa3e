"""Starts without a response: never retried, adopted only if certainly ours, otherwise reported in the error."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from asking import KINDS, OPERATIONS, ask
from clients import FakeTime, with_clock
from fault_server import (
    Fault,
    FaultServer,
    StoredRun,
    Then,
    cut,
    envelope,
    garbage,
    http,
    page,
    run_in_500,
    stall,
)

from tinyfish import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    InternalServerError,
    RequestTimeoutError,
    ResponseDecodeError,
    Run,
    RunParams,
    TinyFish,
    UncertainStartError,
)

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """One failure of a start."""

    fault: Fault
    plain: type[APIError]
    """What whoever knows nothing of uncertain starts catches."""
    taken: bool = False
    """Whether the server had surely taken the request."""

    @property
    def created(self) -> bool:
        return self.fault.create


CASES = {
    "reset at once, not created": Case(cut(create=False, then=Then.RESET), APIConnectionError),
    "reset at once, created": Case(cut(create=True, then=Then.RESET), APIConnectionError),
    "cut at once, not created": Case(cut(create=False), APIConnectionError),
    "cut at once, created": Case(cut(create=True), APIConnectionError),
    "cut after seconds, not created": Case(cut(create=False, hold=3), APIConnectionError, taken=True),
    "cut after seconds, created": Case(cut(create=True, hold=3), APIConnectionError, taken=True),
    "reset after seconds, created": Case(
        cut(create=True, hold=3, then=Then.RESET), APIConnectionError, taken=True
    ),
    "half a head": Case(Fault(cut=30, hold=3, then=Then.CLOSE), APIConnectionError, taken=True),
    "half a body": Case(
        Fault(hold=3, cut=-5, then=Then.CLOSE, answer=lambda _: http(200, b'{"run_id": 1}')),
        APIConnectionError,
        taken=True,
    ),
    "a proxy's 502 page, not created": Case(page(502, create=False), InternalServerError),
    "a proxy's 503 page, created": Case(page(503, create=True), InternalServerError),
    "a proxy's 504 page after seconds": Case(
        Fault(hold=60, answer=page(504, create=True).answer), InternalServerError
    ),
    "a proxy's 408 page": Case(page(408, create=False), RequestTimeoutError),
    "a success that cannot be read": Case(garbage(create=True), ResponseDecodeError),
    "an envelope that tells of a run": Case(envelope(500, "TASK_FAILED", create=True), InternalServerError),
}


def candidate_ids(error: UncertainStartError) -> list[str]:
    return [run.run_id for run in error.candidates if isinstance(run, Run)]


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_by_default_adopts_only_what_is_surely_ours(
    new_client: NewClient, truth_server: FaultServer, goal: str, case: Case, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], case.fault)
    client = new_client()
    if case.created and case.taken:
        got = await ask(client, kind, goal)
        assert got.adopted
        assert [got.run_id] == [run.run_id for run in truth_server.started()]
    else:
        with pytest.raises(UncertainStartError) as caught:
            await ask(client, kind, goal)
        error = caught.value
        assert isinstance(error, case.plain)
        assert candidate_ids(error) == [run.run_id for run in truth_server.started()]
        assert_told_well(error)
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_never_adopts_if_told_so(
    new_client: NewClient, truth_server: FaultServer, goal: str, case: Case, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], case.fault)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal, adopt="never")
    assert isinstance(caught.value, case.plain)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_adopts_a_single_candidate_if_told_so(
    new_client: NewClient, truth_server: FaultServer, goal: str, case: Case, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], case.fault)
    client = new_client(adopt="when_single")
    if case.created:
        got = await ask(client, kind, goal)
        assert got.adopted
        assert [got.run_id] == [run.run_id for run in truth_server.started()]
    else:
        with pytest.raises(UncertainStartError):
            await ask(client, kind, goal)
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


def assert_told_well(error: UncertainStartError) -> None:
    """The error says what may have happened, when, and what to do next in one line; and it travels."""
    assert "may have started" in str(error)
    assert "client.runs." in str(error)
    assert error.window is not None
    begin, end = error.window
    for run in error.candidates:
        assert begin <= run.created_at <= end
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert type(copy) is type(error)
    assert [one.run_id for one in copy.candidates] == [one.run_id for one in error.candidates]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reset_before_anything_was_read(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.unread = 1
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert isinstance(caught.value, APIConnectionError)
    assert truth_server.started() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_connection_is_tried_again_and_is_no_uncertain_start(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.refuse()
    with pytest.raises(APIConnectionError) as caught:
        await ask(new_client(max_retries=3), kind, goal)
    assert not isinstance(caught.value, UncertainStartError)
    assert caught.value.attempts == 4


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refusal_in_the_envelope_is_tried_again(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(429, "RATE_LIMIT_EXCEEDED"), envelope(500))
    got = await ask(new_client(), kind, goal)
    assert not got.adopted
    assert len(truth_server.started()) == 1
    assert len(truth_server.asked(OPERATIONS[kind])) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_time_limit_is_a_timeout_error(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], stall(create=True))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal, timeout=0.3)
    assert isinstance(caught.value, APITimeoutError)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_time_limit_after_seconds_of_silence_is_adopted(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], stall(create=True, hold=3))
    got = await ask(new_client(), kind, goal, timeout=0.3)
    assert got.adopted
    if kind in ("run", "stream"):  # it had ended meanwhile: seen past the limit, that still counts
        assert got.value.status == "COMPLETED"


async def test_a_500_with_the_run_in_it_is_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("run", run_in_500(create=True))
    response = await new_client().agent.run(goal=goal, url="https://example.com")
    assert response.status == "FAILED"
    assert [response.run_id] == list(truth_server.runs)
    assert len(truth_server.asked("run")) == 1


async def test_a_500_with_a_run_that_was_not_created_is_tried_again(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("run", *[run_in_500(create=False)] * 3)
    response = await new_client(max_retries=2).agent.run(goal=goal, url="https://example.com")
    assert (response.status, response.run_id) == ("FAILED", None)
    assert len(truth_server.asked("run")) == 3


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("queue", b'{"run_id": null, "error": null}'),
        ("start", b'{"run_id": "", "error": null}'),
        ("batch", b'{"run_ids": null, "error": null}'),
        ("batch", b'{"run_ids": [], "error": null}'),
    ],
)
async def test_an_answer_that_says_nothing_is_uncertain(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, body: bytes
) -> None:
    truth_server.script(OPERATIONS[kind], garbage(create=True, body=body))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert isinstance(caught.value, ResponseDecodeError)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]


@pytest.mark.parametrize("kind", ["queue", "start", "stream", "batch"])
async def test_a_refusal_that_names_a_run_is_that_run(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], run_in_500(create=True))
    got = await ask(new_client(), kind, goal)
    assert got.run_id == truth_server.started()[0].run_id
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


# Candidates


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("adopt", ["when_sure", "when_single"])
async def test_two_candidates_are_one_too_many(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, adopt: str
) -> None:
    stranger = truth_server.add_run(goal)
    truth_server.script(OPERATIONS[kind], cut(create=True, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal, adopt=adopt)
    assert candidate_ids(caught.value) == [stranger.run_id, truth_server.started()[0].run_id]


NOT_SURELY_TAKEN = [name for name, case in CASES.items() if not case.taken and not case.created]


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NOT_SURELY_TAKEN)
async def test_a_strangers_run_is_not_ours_if_ours_was_perhaps_not_created(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, name: str
) -> None:
    stranger = truth_server.add_run(goal)
    truth_server.script(OPERATIONS[kind], CASES[name].fault)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert candidate_ids(caught.value) == [stranger.run_id]


@pytest.mark.parametrize("listed_after", [0.4, 1.9, 4.5])
async def test_a_run_that_is_listed_late_is_found(
    new_client: NewClient, truth_server: FaultServer, goal: str, listed_after: float
) -> None:
    truth_server.script("queue", cut(create=True, hold=3, listed_after=3 + listed_after))
    got = await ask(new_client(), "queue", goal)
    assert got.adopted


async def test_a_stranger_listed_early_is_not_taken_for_ours_listed_late(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    stranger = truth_server.add_run(goal)
    truth_server.script("queue", cut(create=True, hold=3, listed_after=3 + 4.5))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert len(candidate_ids(caught.value)) == 2
    assert stranger.run_id in candidate_ids(caught.value)


@pytest.mark.parametrize("skew", [3600, -3600, 86400 * 400])
@pytest.mark.parametrize("known", [True, False], ids=["clock known", "clock not known"])
async def test_a_local_clock_may_be_off(
    new_client: NewClient, truth_server: FaultServer, goal: str, skew: float, known: bool
) -> None:
    truth_server.skew = skew
    client = new_client()
    if known:
        await client.runs.list(limit=1)
    truth_server.add_run(goal, age=60)
    truth_server.script("queue", cut(create=True, hold=3))
    got = await ask(client, "queue", goal)
    assert got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]


async def test_without_the_servers_clock_nothing_is_sure(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FaultServer, "_date", lambda *_: {})
    truth_server.script("queue", cut(create=True, hold=3))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), "queue", goal)


@pytest.mark.parametrize(
    "stranger",
    [
        {"goal": "{goal} and more"},
        {"goal": "{goal_upper}"},
        {"goal": "{goal}", "age": 30},
        {"goal": "{goal}", "age": -40},
    ],
    ids=["longer goal", "other case", "too old", "too young"],
)
async def test_what_does_not_fit_is_no_candidate(
    new_client: NewClient, truth_server: FaultServer, goal: str, stranger: dict[str, Any]
) -> None:
    text = stranger["goal"].format(goal=goal, goal_upper=goal.upper())
    truth_server.add_run(text, age=stranger.get("age", 0))
    truth_server.script("queue", cut(create=True, hold=3))
    got = await ask(new_client(), "queue", goal)
    assert [got.run_id] == [run.run_id for run in truth_server.started()]


async def test_a_run_that_another_start_was_given_is_no_candidate(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    first = await ask(new_client(), "queue", goal)
    truth_server.script("queue", cut(create=False, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert first.run_id is not None
    assert candidate_ids(caught.value) == []


async def test_after_an_uncertain_start_the_next_of_its_goal_is_not_sure_either(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("queue", cut(create=True, listed_after=1000), cut(create=True, hold=3))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), "queue", goal)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert candidate_ids(caught.value) == [truth_server.started()[1].run_id]
    assert (await ask(new_client(), "queue", goal)).run_id is not None


async def test_more_runs_than_can_be_seen_make_nothing_sure(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    for _ in range(501):
        truth_server.add_run(goal + " more")
    truth_server.script("queue", cut(create=True, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert caught.value.look_error is not None


async def test_candidates_are_found_on_later_pages(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth_server.script("queue", cut(create=True))
    original = truth_server._right_answer

    def crowded(request: Any, created: list[StoredRun], fault: Fault) -> bytes:
        if request.operation == "list" and len(truth_server.runs) < 100:
            for _ in range(230):
                truth_server.add_run(goal + " more", age=-1)
        return original(request, created, fault)

    monkeypatch.setattr(truth_server, "_right_answer", crowded)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]


# A search that fails

SEARCH_FAULTS = {
    "cut": cut(create=True),
    "a page": page(502, create=True),
    "an envelope": envelope(500),
    "not allowed": envelope(403, "FORBIDDEN"),
    "garbage": garbage(create=True),
    "not the contract": garbage(create=True, body=b'{"data": 3}'),
    "a run that is none": garbage(create=True, body=b'{"data": [3, {"goal": []}], "pagination": {}}'),
}


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", SEARCH_FAULTS.values(), ids=SEARCH_FAULTS.keys())
async def test_a_search_that_fails_never_hides_the_first_error(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, fault: Fault
) -> None:
    truth_server.script(OPERATIONS[kind], page(502, create=True))
    truth_server.script("list", *[fault] * 20)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert isinstance(caught.value, InternalServerError)
    assert caught.value.status_code == 502
    assert_told_well(caught.value)


async def test_a_search_that_stalls_does_not_hide_it_either(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyfish._core.recovery.adoption.SEARCH_SECONDS", 0.2)
    truth_server.script("queue", page(502, create=True))
    truth_server.script("list", *[stall(create=True)] * 20)
    with pytest.raises(InternalServerError) as caught:
        await ask(new_client(), "queue", goal)
    assert isinstance(caught.value, UncertainStartError)
    assert isinstance(caught.value.look_error, APITimeoutError)


async def test_one_good_search_at_the_end_is_enough(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("queue", cut(create=True, hold=3))
    truth_server.script("list", *[envelope(500)] * 4)
    got = await ask(new_client(), "queue", goal)
    assert got.adopted


async def test_a_failing_last_search_leaves_nothing_sure(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("queue", cut(create=True, hold=3))
    truth_server.script("list", Fault(), Fault(), *[envelope(500)] * 4)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "queue", goal)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]


# What was adopted


async def test_an_adopted_run_is_waited_for(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 60
    truth_server.script("run", cut(create=True, hold=3))
    response = await new_client().agent.run(goal=goal, url="https://example.com")
    assert (response.status, response.adopted) == ("COMPLETED", True)
    assert response.result == {"url": "https://example.com"}


async def test_an_adopted_stream_follows_its_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 60
    truth_server.script("stream", cut(create=True, hold=3))
    async with new_client().agent.stream(goal=goal, url="https://example.com") as stream:
        events = [event async for event in stream]
    assert [event.type for event in events][:2] == ["STARTED", "STREAMING_URL"]
    assert [event.type for event in events].count("COMPLETE") == 1
    assert events[-1].recovered
    assert events[-1].result_json == {"url": "https://example.com"}


# Batches


async def test_a_batch_is_found_again_by_its_goals(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("batch", cut(create=True, hold=3))
    runs = [{"goal": f"{goal} {n}", "url": f"https://example.com/{n}"} for n in range(5)]
    queued = await new_client().agent.queue_many(runs)
    assert queued.adopted
    assert [truth_server.runs[run_id].goal for run_id in queued.run_ids] == [run["goal"] for run in runs]
    assert len(truth_server.asked("batch")) == 1


async def test_a_batch_with_one_goal_twice_is_not_guessed_at(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("batch", cut(create=True, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many([{"goal": goal, "url": "https://example.com"}] * 2)
    assert candidate_ids(caught.value) == [run.run_id for run in truth_server.started()]


async def test_an_error_says_what_the_batches_before_it_created(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("batch", Fault(), page(502, create=True))
    runs = [{"goal": f"{goal} {n}", "url": f"https://example.com/{n}"} for n in range(150)]
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many(runs)
    ids = [run.run_id for run in truth_server.started()]
    assert list(caught.value.created_run_ids) == ids[:100]
    assert sorted(candidate_ids(caught.value)) == ids[100:]


def test_ctrl_c_says_what_the_batches_before_it_created(
    truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    time.on_sleep = interrupt
    truth_server.script("batch", Fault(), page(502, create=True))
    runs: list[RunParams] = [{"goal": f"{goal} {n}", "url": "https://example.com"} for n in range(150)]
    client = with_clock(TinyFish("key", base_url=truth_server.url), time.clock)
    with client, pytest.raises(KeyboardInterrupt) as caught:
        client.agent.queue_many(runs)
    notes = "".join(caught.value.__notes__)
    assert all(run.run_id in notes for run in truth_server.started()[:100])
    assert "may have happened" in notes


# Browser sessions


@pytest.mark.parametrize(
    ("fault", "plain"),
    [
        (cut(create=True), APIConnectionError),
        (page(502, create=True), InternalServerError),
        (garbage(create=True), ResponseDecodeError),
    ],
    ids=["cut", "page", "garbage"],
)
async def test_an_uncertain_browser_session_is_named_and_ends_by_itself(
    new_client: NewClient, truth_server: FaultServer, fault: Fault, plain: type[APIError]
) -> None:
    truth_server.script("session", fault)
    with pytest.raises(UncertainStartError) as caught:
        await new_client().browser.sessions.create()
    assert isinstance(caught.value, plain)
    assert [session.session_id for session in caught.value.candidates] == [
        session["session_id"] for session in truth_server.sessions
    ]
    assert "inactivity timeout" in str(caught.value)
    assert len(truth_server.asked("session")) == 1


@pytest.mark.parametrize("fault", SEARCH_FAULTS.values(), ids=SEARCH_FAULTS.keys())
async def test_an_uncertain_browser_session_whose_search_fails(
    new_client: NewClient, truth_server: FaultServer, fault: Fault
) -> None:
    truth_server.script("session", page(502, create=True))
    truth_server.script("usage", *[fault] * 20)
    with pytest.raises(UncertainStartError) as caught:
        await new_client().browser.sessions.create()
    assert isinstance(caught.value, InternalServerError)
    assert "inactivity timeout" in str(caught.value)

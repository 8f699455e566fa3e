"""Two starts never get the same run: the register that all clients of a process share."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from asking import URL
from clients import FakeTime, make_client
from fault_server import Fault, FaultServer, Then, cut

from tinyfish import Adopt, TinyFish, UncertainStartError
from tinyfish._core.recovery.register import MEMORY_SECONDS, StartRegister
from tinyfish._core.recovery.run_search import may_adopt
from tinyfish.errors import APIConnectionError


@pytest.fixture
def register(time: FakeTime) -> StartRegister:
    return StartRegister(lambda: time.seconds)


def test_a_run_is_given_once(register: StartRegister) -> None:
    with (
        register.begin(["goal"], lambda *_: None) as one,
        register.begin(["other goal"], lambda *_: None) as other,
    ):
        assert one.claim("a", None)
        assert not other.claim("b", "a")
        assert not register.is_claimed("b")
        assert other.claim("b")
        assert register.is_claimed("a")


def test_threads_are_not_given_the_same_run(register: StartRegister) -> None:
    starts = [register.begin(["goal"], lambda *_: None) for _ in range(50)]
    gate = threading.Barrier(len(starts))
    given: list[int] = []

    def claim(number: int) -> None:
        gate.wait(20)
        if starts[number].claim("run"):
            given.append(number)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(len(starts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 1


def test_rivals_are_open_starts_of_a_goal_in_common(register: StartRegister) -> None:
    start = register.begin(["a", "b"], lambda *_: None)
    assert not register.has_rival(start)
    with register.begin(["c"], lambda *_: None):
        assert not register.has_rival(start)
    with register.begin(["b", "c"], lambda *_: None):
        assert register.has_rival(start)
    assert not register.has_rival(start)


def test_an_uncertain_end_is_remembered_for_a_while(register: StartRegister, time: FakeTime) -> None:
    with register.begin(["goal"], lambda *_: None) as lost:
        lost.uncertain = True
    assert register.follows_uncertain(register.begin(["goal"], lambda *_: None))
    assert not register.follows_uncertain(register.begin(["other"], lambda *_: None))
    time.seconds += MEMORY_SECONDS + 1
    assert not register.follows_uncertain(register.begin(["goal"], lambda *_: None))


def test_it_is_remembered_for_those_that_were_open_then(register: StartRegister, time: FakeTime) -> None:
    long = register.begin(["goal"], lambda *_: None)
    with register.begin(["goal"], lambda *_: None) as lost:
        lost.uncertain = True
        lost.claim("run")
    time.seconds += 10 * MEMORY_SECONDS
    with register.begin(["other"], lambda *_: None):
        pass
    assert register.follows_uncertain(long)
    assert register.is_claimed("run")


def test_nothing_is_kept_for_ever(register: StartRegister, time: FakeTime) -> None:
    for number in range(1000):
        with register.begin(["goal"], lambda *_: None) as start:
            start.claim(f"run-{number}")
            start.uncertain = True
        time.seconds += 1
    assert len(register._claimed) <= MEMORY_SECONDS + 2
    assert len(register._uncertain) <= MEMORY_SECONDS + 2
    assert not register._open


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [(KeyboardInterrupt(), True), (RuntimeError(), True), (APIConnectionError("No"), False)],
)
def test_what_breaks_off_a_start_leaves_it_uncertain(
    register: StartRegister, error: BaseException, uncertain: bool
) -> None:
    with pytest.raises(type(error)), register.begin(["goal"], lambda *_: None):
        raise error
    assert register.follows_uncertain(register.begin(["goal"], lambda *_: None)) == uncertain
    assert any("may have happened" in note for note in getattr(error, "__notes__", [])) == uncertain


def test_finishing_twice_is_once(register: StartRegister) -> None:
    start = register.begin(["goal"], lambda *_: None)
    start.uncertain = True
    start.finish()
    start.finish()
    assert len(register._uncertain) == 1


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("rival", [True, False])
@pytest.mark.parametrize("sure", [True, False])
def test_what_may_be_adopted(complete: bool, rival: bool, sure: bool) -> None:
    given = {"complete": complete, "rival": rival, "sure": sure}
    assert not may_adopt(Adopt.NEVER, **given)
    assert may_adopt(Adopt.WHEN_SINGLE, **given) == (complete and not rival)
    assert may_adopt(Adopt.WHEN_SURE, **given) == (complete and not rival and sure)


# On the wire


@pytest.mark.anyio
@pytest.mark.parametrize("adopt", ["when_sure", "when_single"])
async def test_an_open_start_of_the_same_goal_keeps_others_from_adopting(
    new_client: Callable[..., Any], truth_server: FaultServer, goal: str, adopt: str
) -> None:
    """The other one is a stream whose run is not named yet: it may be the one that is found."""
    truth_server.script("stream", Fault(create=False, events=0, then=Then.STALL))
    truth_server.script("queue", cut(create=True, hold=3))
    other = make_client("sync", base_url=truth_server.url)
    async with other.agent.stream(goal=goal, url=URL):
        with pytest.raises(UncertainStartError) as caught:
            await new_client().agent.queue(goal=goal, url=URL, adopt=adopt)
    assert [run.run_id for run in caught.value.candidates] == [run.run_id for run in truth_server.started()]


@pytest.mark.anyio
async def test_a_stream_that_has_named_its_run_is_no_rival(
    new_client: Callable[..., Any], truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(events=1, then=Then.STALL))
    truth_server.script("queue", cut(create=True, hold=3))
    client = new_client()
    async with client.agent.stream(goal=goal, url=URL) as stream:
        await anext(stream)
        assert (await client.agent.queue(goal=goal, url=URL)).adopted


@pytest.mark.parametrize("adopt", ["when_sure", "when_single"])
@pytest.mark.parametrize("created", [0, 1, 2, 7])
def test_of_starts_at_the_same_time_none_is_given_anothers_run(goal: str, adopt: str, created: int) -> None:
    """Eight threads, two clients, one goal; no answer comes back, and some of the runs exist."""
    faults = [cut(create=number < created, hold=0.1) for number in range(8)]
    answers: list[Any] = []

    def start(client: TinyFish) -> None:
        try:
            answers.append(client.agent.queue(goal=goal, url=URL).run_id)
        except UncertainStartError as error:
            answers.append(error)

    with FaultServer() as server, pytest.MonkeyPatch.context() as patch:
        for module in ("recovery", "async_recovery"):
            patch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", (0.1, 0.1, 0.1))
        patch.setattr("tinyfish._core.recovery.run_search.TAKEN_SECONDS", 0.05)
        server.script("queue", *faults)
        clients = [TinyFish("key", base_url=server.url, adopt=adopt) for _ in range(2)]
        threads = [threading.Thread(target=start, args=(client,)) for client in clients * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
        given = [answer for answer in answers if isinstance(answer, str)]
        assert len(answers) == 8
        assert len(given) == len(set(given))
        assert len(server.asked("queue")) == 8


@pytest.mark.anyio
async def test_of_tasks_at_the_same_time_none_is_given_anothers_run(
    async_client: Any, goal: str, slow_server: FaultServer
) -> None:
    slow_server.script("queue", *[cut(create=number == 0, hold=0.1) for number in range(8)])
    outcomes: list[Any] = []

    async def start() -> None:
        try:
            outcomes.append((await async_client.agent.queue(goal=goal, url=URL, adopt="when_single")).run_id)
        except UncertainStartError as error:
            outcomes.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(start)
    given = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(given) <= 1
    assert len(slow_server.asked("queue")) == 8


def test_a_start_that_is_lost_is_uncertain_and_no_rival(register: StartRegister) -> None:
    lost = register.begin(["goal"], lambda *_: None)
    later = register.begin(["goal"], lambda *_: None)
    assert register.has_rival(later)
    assert not register.follows_uncertain(later)
    del lost
    gc.collect()
    assert not register.has_rival(later)
    assert register.follows_uncertain(later)


def test_a_start_that_is_over_is_not_lost(register: StartRegister) -> None:
    register.begin(["goal"], lambda *_: None).finish()
    gc.collect()
    assert not register.follows_uncertain(register.begin(["goal"], lambda *_: None))

"""The queue before something limited: first come, first served; nothing leaks."""

from __future__ import annotations

import math
import os
import threading
from typing import Any

import pytest
from clients import FakeTime
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import Limits
from tinyfish._core.limits.gate import Gate, Place, Slots
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.window import Window


def gate_of(at_a_time: int | None = None, per_minute: int | None = None) -> Gate:
    return Gate(Window(at_a_time, lambda: 1.0), Rate(per_minute))


def arrive(gate: Gate, time: FakeTime, wanted: int = 1, least: int = 1) -> Place:
    place = Place(wanted, least, time.clock.now)
    gate.join(place)
    return place


def test_first_come_first_served_also_for_those_that_need_much() -> None:
    gate, time = gate_of(3), FakeTime()
    first = arrive(gate, time, 2, 2).take()
    large, small = arrive(gate, time, 3, 3), arrive(gate, time)
    woken: list[str] = []
    large.wake, small.wake = lambda: woken.append("large"), lambda: woken.append("small")
    assert (large.slots, small.slots, gate.waiting) == (None, None, 2)
    assert first is not None
    first.give_back()
    first.give_back()
    assert (gate.in_use, woken) == (3, ["large", "small"])  # the second has to look for how long it waits
    assert small.slots is None
    large.take().give_back()  # type: ignore[union-attr]
    assert small.slots is not None


def test_a_batch_gets_what_is_free_and_more_than_is_ever_allowed_goes_alone() -> None:
    gate, time = gate_of(3), FakeTime()
    some = arrive(gate, time, 100).take()
    assert some is not None
    assert some.count == 3
    too_much, next_one = arrive(gate, time, 10, 10), arrive(gate, time)
    for _ in range(3):
        assert (too_much.slots, next_one.slots) == (None, None)
        some.take_one().give_back()  # type: ignore[union-attr]
    assert (gate.in_use, next_one.slots) == (10, None)


def test_whoever_is_refused_waits_at_the_front_and_everybody_for_the_pause() -> None:
    gate, time = gate_of(4), FakeTime()
    places = [arrive(gate, time) for _ in range(4)]
    behind = arrive(gate, time)
    places[1].take().refused(30)  # type: ignore[union-attr]
    assert gate.allowed == 2
    again = Place(1, 1, time.clock.now, places[1].number)
    gate.join(again)
    assert gate.wait_seconds(behind, time.seconds) == math.inf  # it will be woken
    assert gate.wait_seconds(again, time.seconds) == 30.5
    places[0].take().give_back()  # type: ignore[union-attr]
    places[2].take().give_back()  # type: ignore[union-attr]
    assert again.slots is None
    time.sleep(30.5)
    gate.advance(time.seconds)
    assert again.slots is not None
    assert behind.slots is None


def test_no_minute_has_more_than_the_rate() -> None:
    gate, time = gate_of(None, 2), FakeTime()
    first, second = arrive(gate, time), arrive(gate, time)
    assert first.slots is not None
    assert second.slots is not None
    time.sleep(10)
    third = arrive(gate, time)
    assert third.slots is None
    assert gate.wait_seconds(third, time.seconds) == 50
    time.sleep(50)
    gate.advance(time.seconds)
    assert third.slots is not None


@pytest.mark.parametrize("how", ["leave", "after it was granted", "garbage"])
def test_whoever_leaves_leaks_nothing(how: str) -> None:
    gate, time = gate_of(1), FakeTime()
    first, second, third = arrive(gate, time), arrive(gate, time), arrive(gate, time)
    if how == "leave":
        gate.leave(second)
        gate.leave(first)
    else:
        slots = first.take()
        assert slots is not None
        slots.give_back()
        assert second.slots is not None
        if how == "garbage":
            second.slots = None  # nothing refers to the slots any more
        else:
            gate.leave(second)
    assert third.slots is not None
    gate.leave(third)
    assert (gate.in_use, gate.waiting) == (0, 0)


def test_the_first_is_woken_when_a_pause_begins_while_it_waits_for_a_slot() -> None:
    gate, time = gate_of(2), FakeTime()
    holders, waiter = [arrive(gate, time).take() for _ in range(2)], arrive(gate, time)
    assert gate.wait_seconds(waiter, time.seconds) == math.inf
    woken: list[float] = []
    waiter.wake = lambda: woken.append(gate.wait_seconds(waiter, time.seconds))
    for holder in holders:
        assert holder is not None
        holder.refused(5)
    assert woken[-1] == pytest.approx(5.5, abs=0.5)


@given(
    st.integers(1, 5),
    st.lists(
        st.tuples(st.sampled_from(["arrive", "take", "leave", "refused", "tick"]), st.integers(0, 9)),
        max_size=60,
    ),
)
def test_in_order_and_never_more_than_allowed(most: int, steps: list[tuple[str, int]]) -> None:
    gate, time = gate_of(most), FakeTime()
    waiting: list[Place] = []
    held: list[Slots] = []
    for step, number in steps:
        if step == "arrive":
            waiting.append(arrive(gate, time))
        elif step == "tick":
            time.sleep(number)
        elif step == "leave" and waiting:
            gate.leave(waiting.pop(number % len(waiting)))
        elif held:
            slots = held.pop(number % len(held))
            slots.refused(None) if step == "refused" else slots.give_back()
        gate.advance(time.seconds)
        granted = [place.slots is not None for place in waiting]
        assert granted == sorted(granted, reverse=True)  # those that came first
        held += [place.take() for place in waiting if place.slots is not None]  # type: ignore[misc]
        waiting = waiting[sum(granted) :]
        assert gate.in_use == len(held) <= most
    for slots in held:
        slots.give_back()
    time.sleep(60)
    while waiting:
        gate.advance(time.seconds)
        first = waiting.pop(0)
        assert first.slots is not None
        gate.leave(first)
    assert gate.in_use == 0


def test_threads_never_hold_more_than_allowed() -> None:
    gate, now, held, most = gate_of(3), FakeTime().clock.now, [0], [0]
    lock = threading.Lock()

    def work() -> None:
        for _ in range(200):
            woken = threading.Event()
            place = Place(1, 1, now)
            place.wake = woken.set
            gate.join(place)
            while place.slots is None:
                assert woken.wait(10)
                woken.clear()
            slots = place.take()
            assert slots is not None
            with lock:
                held[0] += 1
                most[0] = max(most[0], held[0])
            with lock:
                held[0] -= 1
            slots.give_back()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (gate.in_use, gate.waiting, most[0] <= 3) == (0, 0, True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_child_of_a_fork_has_nothing_open() -> None:
    gate, time = gate_of(1), FakeTime()
    parents = arrive(gate, time).take()
    assert parents is not None
    arrive(gate, time)
    gate.renew()  # what happens in the child
    assert (gate.in_use, gate.waiting) == (0, 0)
    mine = arrive(gate, time).take()
    parents.give_back()  # the parent's are not the child's to give back
    assert mine is not None
    assert gate.in_use == 1


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"max_open_runs": 0}, ValueError),
        ({"runs_per_minute": 1.5}, TypeError),
        ({"fetch_per_minute": 9}, ValueError),
        ({"max_concurrent_calls": True}, TypeError),
    ],
)
def test_wrong_limits(arguments: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Limits(**arguments)

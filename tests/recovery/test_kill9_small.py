"""A short run of the program that kills its programs, and that it would find failures."""

from __future__ import annotations

import sys

import kill9
import pytest
from kill9 import breaking, ctrl_c

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="the programs are forked, and watched by Linux' means"
    ),
    pytest.mark.timeout(120),
]


def test_nothing_is_started_twice_and_nothing_is_lost() -> None:
    summary = kill9.run(7, range(8))
    assert not summary.failed, "\n".join([*summary.shown, *summary.lines()])
    assert summary.stories == 8
    assert summary.deaths.total() > 4  # some come to no place where to die


@pytest.mark.slow
@pytest.mark.parametrize("way", breaking.WAYS)
def test_a_broken_client_is_found(way: str) -> None:
    """Broken on purpose in the programs; see breaking.py."""
    broken = breaking.WAYS[way]
    summary = kill9.run(7, broken.stories, only=broken.place, broken=way)
    assert summary.wrong[broken.wrong] > 0, "\n".join(summary.lines())
    assert any("again     --seed 7" in story for story in summary.shown)


def test_what_is_random_comes_from_the_seed() -> None:
    from kill9.plans import plan

    def told(seed: int) -> list[object]:
        stories = [plan(seed, number) for number in range(40)]
        deaths = [story.death(0, life) for story in stories for life in range(story.deaths)]
        return [*((s.kind, s.flavour, s.programs, len(s.items)) for s in stories), *deaths]

    assert told(3) == told(3)
    assert told(3) != told(4)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ctrl-C in a destructor
@pytest.mark.parametrize("way", ["run", "run_many"])
def test_ctrl_c_somewhere(way: str) -> None:
    """At one place of many, in two ways; `make soak` does all."""
    tried, wrong = ctrl_c.everywhere(way, first=1, step=113)
    assert wrong == []
    assert tried > 3

"""Copying a client or its parts returns the same object, and pickling them fails."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from clients import KEY

from tinyfish import AsyncTinyFish, TinyFish

PARTS: dict[str, Callable[[Any], Any]] = {
    "client": lambda client: client,
    "with_options": lambda client: client.with_options(timeout=5),
    "agent": lambda client: client.agent,
    "runs": lambda client: client.runs,
    "browser": lambda client: client.browser,
    "sessions": lambda client: client.browser.sessions,
}


@pytest.fixture(params=[TinyFish, AsyncTinyFish])
def client(request: pytest.FixtureRequest) -> Any:
    return request.param(KEY)


@pytest.mark.parametrize("part", PARTS)
def test_a_copy_is_the_object_itself(client: Any, part: str) -> None:
    made = PARTS[part](client)
    assert copy.copy(made) is made
    assert copy.deepcopy(made) is made
    assert copy.deepcopy({"tools": [made]})["tools"][0] is made


def test_tools_of_its_methods_are_copied(client: Any) -> None:
    """As agent frameworks do with tools: methods, and what `functools.partial` makes of them."""
    tool = functools.partial(client.agent.run, url="https://example.com")
    copied = copy.deepcopy({"method": client.runs.get, "partial": tool})
    assert copied["method"].__self__ is client.runs
    assert copied["partial"].func.__self__ is client.agent


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_none_is_pickled(client: Any, part: str, protocol: int) -> None:
    with pytest.raises(TypeError, match=r"objects cannot be pickled, .* Create a client in each process"):
        pickle.dumps(PARTS[part](client), protocol)


def test_a_stream_too() -> None:
    stream = TinyFish(KEY).agent.stream(goal="g", url="https://example.com")
    assert copy.deepcopy(stream) is stream
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(stream)
    stream.close()


def test_a_session_keeps_its_client_in_a_copy() -> None:
    from tinyfish import BrowserSession

    client = TinyFish(KEY)
    session = BrowserSession(
        session_id="s", cdp_url="wss://s.example", base_url="https://s.example", executor=client._executor
    )
    assert copy.copy(session) is session
    assert copy.deepcopy([session])[0] is session
    assert pickle.loads(pickle.dumps(session)).session_id == "s"

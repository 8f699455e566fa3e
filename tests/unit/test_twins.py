"""The hand-written sync and async classes match, as the rules of derivation would make them.

All other sync classes are derived; see test_derive_sync.py.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import derive_sync
import pytest
from clients import TWINS

import tinyfish
from tinyfish._core.cancellation.run_guard import AsyncRunGuard, RunGuard, _AsyncInFlight, _InFlight
from tinyfish._core.requests.handle_base import AsyncHandleBase, HandleBase
from tinyfish._core.streams.async_pump import AsyncPump
from tinyfish._core.streams.pump import Pump
from tinyfish._core.streams.reader_base import AsyncReaderBase, ReaderBase
from tinyfish._core.streams.stream_base import AsyncStreamBase, StreamBase
from tinyfish._core.wire.alarms import Alarm, AsyncAlarm
from tinyfish._core.wire.async_connections import AsyncGivenClient, AsyncOwnConnections
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.async_transport import AsyncTransport
from tinyfish._core.wire.closing import AsyncClosing, Closing
from tinyfish._core.wire.connections import GivenClient, OwnConnections
from tinyfish._core.wire.incoming import Incoming
from tinyfish._core.wire.transport import Transport
from tinyfish.many.crew import AsyncBell, AsyncCrew, Bell, Crew

# Both classes, and the methods that differ by more than `async` and `await`.
BY_HAND: list[tuple[type, type, set[str]]] = [
    (HandleBase, AsyncHandleBase, {"__del__", "__enter__", "__init__", "_started"}),
    (ReaderBase, AsyncReaderBase, {"__init__", "_disconnect", "_hold"}),
    (StreamBase, AsyncStreamBase, set()),
    (
        Pump,
        AsyncPump,
        {"__init__", "_cancel", "_change", "_run", "_tell", "abandon", "close", "next", "put", "start"},
    ),
    (RunGuard, AsyncRunGuard, {"__init__", "abandon", "await_start", "cancel", "leave", "start"}),
    (_InFlight, _AsyncInFlight, {"__init__"}),
    (Transport, AsyncTransport, {"__init__", "_limits", "close", "open"}),
    (
        Incoming,
        AsyncIncoming,
        {"__init__", "__iter__", "__next__", "_arriving", "_decompressed", "begins", "chunks", "close"},
    ),
    (Closing, AsyncClosing, {"sleep", "waiting"}),
    (Alarm, AsyncAlarm, {"__init__", "_wake", "ring", "wait"}),
    (OwnConnections, AsyncOwnConnections, {"__init__", "_transport_for", "close", "cut", "renew", "send"}),
    (Bell, AsyncBell, {"__init__", "ring", "wait"}),
    (Crew, AsyncCrew, {"__init__", "_work", "begin", "close", "finish", "open"}),
    (GivenClient, AsyncGivenClient, {"__init__", "cut"}),
]
# They have no twin: threads have httpx's pools, generators that may be left, and callbacks that are just called.
ALONE = {"AsyncBaseExecutor", "AsyncConnectionPool", "AsyncItems"}

PAIRS = [pytest.param(*pair, id=pair[0].__name__) for pair in BY_HAND]


def methods(kind: type) -> dict[str, str]:
    """The methods that a class defines, without `async` and `await`."""
    code = derive_sync.sync_code(derive_sync.without_async_only(textwrap.dedent(inspect.getsource(kind))))
    body = ast.parse(code).body[0]
    assert isinstance(body, ast.ClassDef)
    return {node.name: ast.unparse(node) for node in body.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("sync", "twin", "different"), PAIRS)
def test_the_same_methods(sync: type, twin: type, different: set[str]) -> None:
    ours, theirs = methods(sync), methods(twin)
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == different


def test_every_async_class_is_derived_from_or_compared() -> None:
    compared = {twin for _, twin, _ in BY_HAND}
    sources = {source.relative_to(derive_sync.ROOT).as_posix() for source in derive_sync.sources()}
    others = {
        kind.__name__
        for kind in async_classes()
        if kind not in compared and f"{kind.__module__.replace('.', '/')}.py" not in sources
    }
    assert others == ALONE


def test_every_public_async_class_can_be_tested_as_its_twin() -> None:
    public: set[Any] = {getattr(tinyfish, name) for name in tinyfish.__all__ if name.startswith("Async")}
    assert public <= set(TWINS.values())


def async_classes() -> Iterator[type]:
    for info in pkgutil.walk_packages(tinyfish.__path__, "tinyfish."):
        if info.name.startswith("tinyfish.sandbox"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if re.match(r"_?Async[A-Z]", name) and inspect.isclass(value) and value.__module__ == info.name:
                yield value

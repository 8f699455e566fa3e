"""Fixtures for tests of both clients, and a clock that no test has to wait for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import tinyfish.resources
from tinyfish import (
    AgentStream,
    AsyncAgentStream,
    AsyncDatasetRunStream,
    AsyncManyStreams,
    AsyncResearchStream,
    AsyncRunHandle,
    AsyncTinyFish,
    DatasetRunStream,
    ManyStreams,
    ResearchStream,
    RunHandle,
    TinyFish,
)
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.wire.async_transport import AsyncTransport
from tinyfish._core.wire.transport import Transport
from tinyfish.budget import Budget
from tinyfish.many.async_job import AsyncRunManyJob
from tinyfish.many.job import RunManyJob

KEY = "sk-tinyfish-0123456789-secret"


def _twins() -> dict[type, type]:
    """Each sync class of the resources, and what they return, with its async twin: found by walking the package."""
    found: dict[type, type] = {
        TinyFish: AsyncTinyFish,
        AgentStream: AsyncAgentStream,
        ResearchStream: AsyncResearchStream,
        DatasetRunStream: AsyncDatasetRunStream,
        ManyStreams: AsyncManyStreams,
        RunHandle: AsyncRunHandle,
        RunManyJob: AsyncRunManyJob,
    }
    for info in pkgutil.iter_modules(tinyfish.resources.__path__, "tinyfish.resources."):
        module = importlib.import_module(info.name)
        for name, twin in vars(module).items():
            if inspect.isclass(twin) and name.startswith("Async") and twin.__module__ == module.__name__:
                sync = importlib.import_module(module.__name__.replace(".async_", "."))
                found[getattr(sync, name.removeprefix("Async"))] = twin
    return found


TWINS = _twins()

# What the async twin calls otherwise.
_SYNC_NAMES = {"aclose": "close"}


class FakeTime:
    """A clock that stands still but for what is slept, and dice that always show the same."""

    def __init__(self, random: float = 0.5) -> None:
        self.seconds = 1000.0
        self.sleeps: list[float] = []
        self.random = random
        self.wall_step = 0.0  # by how much somebody has set the wall clock
        self.on_sleep: Callable[[float], object] | None = None
        self.clock = Clock(
            now=lambda: self.seconds,
            wall=lambda: self.seconds + 1_700_000_000 + self.wall_step,
            sleep=lambda seconds, _: self.sleep(seconds),
            sleep_async=self._sleep_async,
            random=lambda: self.random,
        )

    @property
    def listeners(self) -> Listeners:
        return Listeners(self.clock, Budget())

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
        if self.on_sleep is not None:
            self.on_sleep(seconds)

    async def _sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def with_clock(client: Any, clock: Clock) -> Any:
    """The client, living by another clock."""
    executor = client._executor
    given = getattr(executor.transport._connections, "_client", None)  # the caller's own httpx client
    transport = (AsyncTransport if isinstance(client, AsyncTinyFish) else Transport)(clock, given)
    again = type(executor)(
        executor.config,
        clock,
        transport,
        limits=executor.limits,
        budget=executor.budget,
        listeners=executor.listeners,
    )
    client._own(again, True)
    return client


class AsAsync:
    """A sync object under the interface of its async twin."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self._twin = TWINS[type(target)]

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, _SYNC_NAMES.get(name, name))
        if not inspect.ismethod(value):
            return _as_async(value)
        if not inspect.iscoroutinefunction(getattr(self._twin, name)):
            return lambda *args, **kwargs: _as_async(value(*args, **kwargs))

        async def call(*args: Any, **kwargs: Any) -> Any:
            return _as_async(value(*args, **kwargs))

        return call

    def __await__(self) -> Any:
        async def opened() -> Any:
            if isinstance(self._target, AgentStream | ResearchStream | DatasetRunStream):
                self._target.__enter__()
            return self

        return opened().__await__()

    async def __aenter__(self) -> AsAsync:
        self._target.__enter__()
        return self

    async def __aexit__(self, *exc: Any) -> Any:
        return self._target.__exit__(*exc)

    def __aiter__(self) -> AsAsync:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._target)
        except StopIteration:
            raise StopAsyncIteration from None

    def __repr__(self) -> str:
        return repr(self._target)


async def _each(iterator: Iterator[Any]) -> AsyncIterator[Any]:
    for item in iterator:
        yield item


def _as_async(value: Any) -> Any:
    if type(value) in TWINS:
        return AsAsync(value)
    if isinstance(value, Generator):
        return _each(value)
    return value


def make_client(flavour: str, clock: Clock | None = None, **options: Any) -> Any:
    """A client of a flavour, "sync", "asyncio" or "trio", to be used as the async one is."""
    client: Any = (TinyFish if flavour == "sync" else AsyncTinyFish)(**{"api_key": KEY, **options})
    if clock is not None:
        with_clock(client, clock)
    return AsAsync(client) if flavour == "sync" else client

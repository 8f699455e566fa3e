"""The objects that the sandbox's handlers use."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tinyfish.sandbox.browser.sessions import Sessions
from tinyfish.sandbox.browser.usage import SessionStore
from tinyfish.sandbox.datasets import Datasets
from tinyfish.sandbox.engine import Engine
from tinyfish.sandbox.fetching import Fetcher
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.monitors import Monitors
from tinyfish.sandbox.profiles import Profiles
from tinyfish.sandbox.recorder import RecordedRequest
from tinyfish.sandbox.records import Records
from tinyfish.sandbox.research import Researches
from tinyfish.sandbox.script.faults import Effect, Faults
from tinyfish.sandbox.searching import Searcher
from tinyfish.sandbox.store import RunStore
from tinyfish.sandbox.vault import Vault
from tinyfish.sandbox.wallet import Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of a running sandbox.

    Attributes:
        store: All runs.
        engine: The unfinished runs.
        sessions: The open browser sessions.
        session_store: The records of all browser sessions.
        wallet: The account's wallet.
        searcher: Searches.
        fetcher: Reads web pages.
        fetches: The pages that were read for calls.
        searches: The searches that were made.
        monitors: The monitors.
        datasets: The datasets.
        profiles: The browser profiles.
        vault: The password vaults.
        research: All research runs.
        faults: The faults.
        heartbeat_interval: Seconds of silence after which a stream sends a HEARTBEAT.
    """

    store: RunStore
    engine: Engine
    sessions: Sessions
    session_store: SessionStore
    wallet: Wallet
    searcher: Searcher
    fetcher: Fetcher
    fetches: Records
    searches: Records
    monitors: Monitors
    datasets: Datasets
    profiles: Profiles
    vault: Vault
    research: Researches
    faults: Faults
    heartbeat_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an operation, checked against the contract.

    Attributes:
        service: The sandbox.
        http: The HTTP request.
        body: Its JSON body; None for an operation that has none.
        values: Its path and query parameters by name, including defaults.
        effect: Its faults.
        record: Its record.
    """

    service: Service
    http: web.Request
    body: Any
    values: JsonObject
    effect: Effect
    record: RecordedRequest


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Handlers = Mapping[str, Handler]
"""Handlers by operationId."""

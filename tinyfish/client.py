# Derived from async_client.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The client."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish._core.config import (
    DEFAULT_MAX_BODY_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Config,
    Timeout,
)
from tinyfish._core.constructors import checks_names
from tinyfish._core.lazy import lazy_property
from tinyfish._core.log import switch_on_from_environment
from tinyfish._core.no_copy import Live
from tinyfish._core.secret import hidden
from tinyfish._core.signatures import explicit
from tinyfish.adopt import Adopt, AdoptLiteral

if TYPE_CHECKING:
    import os

    import httpx

    from tinyfish._core.calls.executor import Executor
    from tinyfish.budget import Budget, Spent
    from tinyfish.hooks import OnEvent
    from tinyfish.ledger import Ledger, LedgerEntry
    from tinyfish.limits import Limits
    from tinyfish.resources.agent import Agent
    from tinyfish.resources.browser import Browser
    from tinyfish.resources.datasets import Datasets
    from tinyfish.resources.fetch import Fetch
    from tinyfish.resources.monitors import Monitors
    from tinyfish.resources.profiles import Profiles
    from tinyfish.resources.research import Research
    from tinyfish.resources.runs import Runs
    from tinyfish.resources.search import Search
    from tinyfish.resources.vault import Vault
    from tinyfish.resources.wallet import Wallet


@checks_names
class TinyFish(Live):
    """The client, safe to share between threads.

    Create one client for the whole program, so that it can reuse its connections, and close it at the end, preferably
    with a `with` block.

    Args:
        api_key: The API key. Default: the environment variable TINYFISH_API_KEY.
        base_url: A server that serves the whole API under `/v1/...`, such as https://agent.tinyfish.ai; or
            "sandbox:rules.yaml" for a sandbox inside the program, which needs no key and costs nothing. Default: the
            variable TINYFISH_BASE_URL, else search, fetch and browser sessions on hosts of their own, and everything
            else on https://agent.tinyfish.ai.
        timeout: The limit of a whole call in seconds, including retries and waits; None for no limit. If the server
            hasn't answered a start by then, the client searches for its run for another 5 to 29 seconds.
        max_retries: How often a call can be retried; 0 means one request. A call that starts something is retried only
            if it certainly started nothing.
        adopt: When to treat a run found after a lost response as the one that was started; see `Adopt`.
        schema_in_goal: Whether to write the schema of `returns=` or `output_schema=` into the goal, for accounts that
            can't use `output_schema` (403 FORBIDDEN).
        default_headers: Headers to send with every call to the API.
        max_body_bytes: The size limit of a response body, decompressed; a stream's events have a separate limit.
        http_client: Your own httpx client, for its proxies, certificates or limits. This client doesn't close it.
        ledger: A file, or a `Ledger`, that records every start before it is sent, so that none is paid for twice even
            after the program was killed. The client closes the one that it opens. Default: none.
        limits: How much is sent at a time: calls wait for their turn, and the client learns from the server's
            refusals; see `Limits`. Default: calls are sent immediately.
        budget: What the client's runs may cost together; see `Budget`. Default: no limit.
        on_event: Called with everything that the client does: requests and their retries, starts and ends of runs,
            what was recovered. A function, a `tinyfish.hooks.Hook`, or several in a list; see `tinyfish.hooks` for the
            events. It's a plain function, and should be quick. Default: nobody listens.

    Raises:
        ValueError: There is no API key, or an argument has an invalid value.
        TypeError: An argument has the wrong type.

    Example:
        >>> from tinyfish import TinyFish
        >>> with TinyFish() as client:
        ...     response = client.agent.run(goal="Extract the headlines", url="https://example.com")
        ...     print(response.result)

        With a listener:

        >>> from tinyfish.hooks import ClientEvent, Retrying
        >>> def listen(event: ClientEvent) -> None:
        ...     if isinstance(event, Retrying):
        ...         print(event.path, event.reason, event.delay)
        >>> client = TinyFish(on_event=listen)
    """

    @explicit()
    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        adopt: Adopt | AdoptLiteral = Adopt.WHEN_SURE,
        schema_in_goal: bool = False,
        default_headers: Mapping[str, str] | None = None,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        http_client: httpx.Client | None = None,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        given, api_key = hidden(api_key), None  # so that no traceback with local variables shows it
        book: Ledger | None = None
        if ledger is not None:
            from tinyfish.ledger import Ledger  # loaded only if there is one

            book = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
        config = Config.create(
            api_key=given,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            adopt=adopt,
            schema_in_goal=schema_in_goal,
            default_headers=default_headers,
            max_body_bytes=max_body_bytes,
            ledger=book,
        )
        self._own_ledger = None if book is ledger else book
        switch_on_from_environment()
        # Imported here, because it loads httpx, and a program may import the client without using it.
        from tinyfish._core.calls.executor import Executor
        from tinyfish._core.listeners import Listeners, checked_listeners
        from tinyfish._core.wire.transport import Transport
        from tinyfish.budget import Budget, checked_budget
        from tinyfish.limits import traffic_of

        spent = checked_budget(budget) or Budget()
        executor = Executor(
            config=config,
            clock=SYSTEM_CLOCK,
            transport=Transport(SYSTEM_CLOCK, http_client),
            limits=traffic_of(limits),
            budget=spent,
            listeners=Listeners(SYSTEM_CLOCK, spent, checked_listeners(on_event)),
        )
        self._own(executor, True)

    def _own(self, executor: Executor, is_owner: bool) -> None:
        self._executor = executor
        self._is_owner = is_owner

    # The resources are imported when first used: a program that only looks at runs loads no streaming.

    @lazy_property
    def agent(self) -> Agent:
        """Start runs."""
        from tinyfish.resources.agent import Agent

        return Agent(self._executor)

    @lazy_property
    def runs(self) -> Runs:
        """Get, list, wait for and cancel runs."""
        from tinyfish.resources.runs import Runs

        return Runs(self._executor)

    @lazy_property
    def browser(self) -> Browser:
        """Remote browser sessions."""
        from tinyfish.resources.browser import Browser

        return Browser(self._executor)

    @lazy_property
    def fetch(self) -> Fetch:
        """Read web pages, without an agent."""
        from tinyfish.resources.fetch import Fetch

        return Fetch(self._executor)

    @lazy_property
    def datasets(self) -> Datasets:
        """Tables that agents fill from the web."""
        from tinyfish.resources.datasets import Datasets

        return Datasets(self._executor)

    @lazy_property
    def monitors(self) -> Monitors:
        """Repeat a search, or the reading of a page, on a schedule."""
        from tinyfish.resources.monitors import Monitors

        return Monitors(self._executor)

    @lazy_property
    def profiles(self) -> Profiles:
        """Saved browsers, with their cookies and sign-ins, for runs to start from."""
        from tinyfish.resources.profiles import Profiles

        return Profiles(self._executor)

    @lazy_property
    def vault(self) -> Vault:
        """Password vaults that runs can sign in with."""
        from tinyfish.resources.vault import Vault

        return Vault(self._executor)

    @lazy_property
    def wallet(self) -> Wallet:
        """What the account can spend."""
        from tinyfish.resources.wallet import Wallet

        return Wallet(self._executor)

    @lazy_property
    def search(self) -> Search:
        """Search the web."""
        from tinyfish.resources.search import Search

        return Search(self._executor)

    @lazy_property
    def research(self) -> Research:
        """Research a question in many sources."""
        from tinyfish.resources.research import Research

        return Research(self._executor)

    @property
    def spent(self) -> Spent:
        """What the runs have used that this client started and that have ended, as far as it has seen that.

        A run counts when some call shows that it has ended, and its steps when a call shows their number. The last
        event of a stream doesn't: `runs.get` does. `usd` is None unless the client has a `Budget` that knows the price
        of a step. Clients from `with_options` count together.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     client.agent.run(goal="Read the title", url="https://example.com")
            ...     print(client.spent.runs, client.spent.steps)
        """
        return self._executor.budget.spent

    @explicit()
    def with_options(
        self,
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | AdoptLiteral | None = None,
        schema_in_goal: bool | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A client with other options that shares the connections. Closing it does nothing; close this one.

        Args:
            timeout: The limit of a whole call in seconds; None for no limit. Default: this client's.
            max_retries: How often a call can be retried. Default: this client's.
            adopt: When to treat a recovered run as the one that was started. Default: this client's.
            schema_in_goal: Whether to write schemas into the goal. Default: this client's.
            default_headers: Headers to send in addition to this client's.

        Raises:
            ValueError: An option has an invalid value; `TypeError` if it has the wrong type.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     patient = client.with_options(timeout=1800, max_retries=5)
            ...     print(patient.runs.list(limit=1).pagination.has_more)
        """
        config = self._executor.config.with_options(
            timeout=self._executor.options(timeout, None).timeout,
            max_retries=self._executor.config.max_retries if max_retries is None else max_retries,
            adopt=self._executor.config.adopt_or(adopt),
            schema_in_goal=self._executor.config.schema_in_goal_or(schema_in_goal),
            default_headers=default_headers or {},
        )
        sibling = object.__new__(type(self))
        sibling._own_ledger = None
        sibling._own(self._executor.configured(config), False)
        return sibling

    def product_url(self, product: Literal["search", "fetch", "browser"]) -> str:
        """The URL that a product's requests go to: on its own host, or on `base_url` if that was given.

        Args:
            product: The product.

        Raises:
            InvalidArgumentError: There is no such product.

        Example:
            >>> from tinyfish import TinyFish
            >>> TinyFish(api_key="...", base_url="https://proxy.example").product_url("search")
            'https://proxy.example/v1/search'
        """
        return self._executor.config.product_url(product)

    def reconcile(self, *, timeout: Timeout = NOT_GIVEN) -> list[LedgerEntry]:
        """Find out what has become of everything in the ledger that has no end yet.

        Starts whose outcome isn't known, because their process was killed, are searched for; those that were never
        made are removed from the ledger. The runs of all others are read. What another process is about to start is
        left to it. This waits for no run to end.

        Args:
            timeout: Seconds for all of it; None for no limit. Default: the client's. A search takes up to 15 seconds.

        Returns:
            The entries, as they are now. One without a run and without an end wasn't started, or is still open: then
            it's in `ledger.pending()`.

        Raises:
            InvalidArgumentError: The client has no ledger.
            LedgerError: The ledger can't be used.
            APIError: A call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish(ledger="runs.db") as client:
            ...     for entry in client.reconcile():
            ...         print(entry.key, entry.run_id, entry.status)
        """
        from tinyfish._core.keyed.reconciling import reconcile

        return reconcile(self._executor, self._executor.options(timeout, None))

    def close(self) -> None:
        """Close all connections. Idempotent; calls after it raise `ClientClosedError`.

        Example:
            >>> from tinyfish import TinyFish
            >>> client = TinyFish()
            >>> client.close()
        """
        if self._is_owner:
            self._executor.transport.close()
            if self._own_ledger is not None:
                self._own_ledger.close()
            if (teller := self._executor.listeners.teller(logging.DEBUG)) is not None:
                teller.closed()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        executor = getattr(self, "_executor", None)  # none while the constructor is at work, or has failed
        return f"{type(self).__name__}({executor.config.describe() if executor else '...'})"


def __getattr__(name: str) -> Any:
    """Import both clients from both modules."""
    if not name.endswith("TinyFish"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("tinyfish"), name)

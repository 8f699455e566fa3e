"""The two clients: what they own, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish._core.config import (
    DEFAULT_MAX_BODY_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Config,
    Timeout,
    hidden,
)
from tinyfish._core.lazy import lazy_property
from tinyfish._core.live import Live
from tinyfish._core.log import switch_on_from_environment
from tinyfish._core.signatures import explicit
from tinyfish.adopt import Adopt, AdoptLiteral

if TYPE_CHECKING:
    import httpx

    from tinyfish._core.calls.async_executor import AsyncExecutor
    from tinyfish._core.calls.executor import Executor
    from tinyfish.resources.agent import Agent
    from tinyfish.resources.async_agent import AsyncAgent
    from tinyfish.resources.async_browser import AsyncBrowser
    from tinyfish.resources.async_runs import AsyncRuns
    from tinyfish.resources.browser import Browser
    from tinyfish.resources.runs import Runs


class TinyFish(Live):
    """The client.

    Safe to share between threads. Close it when it is done with, best by a `with` block; one client for a
    whole program is right, since it keeps its connections.

    Args:
        api_key: The API key. Default: the environment variable TINYFISH_API_KEY.
        base_url: Another server that serves the whole API under `/v1/...`. Default: the variable
            TINYFISH_BASE_URL, else each product on its own host (https://agent.tinyfish.ai for runs).
        timeout: Seconds that a call may take in all, repetitions and waits included; None for no limit. A start
            without an answer is looked for beyond it, for 5 to 29 seconds.
        max_retries: How often a call may be repeated; 0 means one request. A call that starts something is
            repeated only when it surely started nothing.
        adopt: When to take a run that is found again after a lost answer for the one that was started; see
            `Adopt`.
        schema_in_goal: Whether to write the schema of `returns=` or `output_schema=` into the goal, for accounts
            that may not use `output_schema` (403 FORBIDDEN).
        default_headers: Headers to send with every call to the API.
        max_body_bytes: How large the body of an answer may be, decompressed; a stream's events have a limit of
            their own.
        http_client: An httpx client of yours to send with, for its proxies, certificates or limits; it is not
            closed by this one.

    Raises:
        ValueError: No API key, or an argument that cannot be right.
        TypeError: An argument of the wrong type.

    Example:
        >>> from tinyfish import TinyFish
        >>> with TinyFish() as client:
        ...     response = client.agent.run(goal="Extract the headlines", url="https://example.com")
        ...     print(response.result)
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
    ) -> None:
        given, api_key = hidden(api_key), None  # so that no traceback that shows locals shows it
        config = Config.create(
            api_key=given,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            adopt=adopt,
            schema_in_goal=schema_in_goal,
            default_headers=default_headers,
            max_body_bytes=max_body_bytes,
        )
        switch_on_from_environment()
        # Here, because this loads httpx, and a program may import the client and not use it.
        from tinyfish._core.calls.executor import Executor
        from tinyfish._core.wire.transport import Transport

        self._own(
            Executor(config=config, clock=SYSTEM_CLOCK, transport=Transport(SYSTEM_CLOCK, http_client)), True
        )

    def _own(self, executor: Executor, is_owner: bool) -> None:
        self._executor = executor
        self._is_owner = is_owner

    # The three resources are imported when first used: a program that only looks at runs loads no streaming.

    @lazy_property
    def agent(self) -> Agent:
        """Start runs."""
        from tinyfish.resources.agent import Agent

        return Agent(self._executor)

    @lazy_property
    def runs(self) -> Runs:
        """Look at runs, find them, wait for them, stop them."""
        from tinyfish.resources.runs import Runs

        return Runs(self._executor)

    @lazy_property
    def browser(self) -> Browser:
        """Remote browser sessions."""
        from tinyfish.resources.browser import Browser

        return Browser(self._executor)

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
        """A client with other options on the same connections. Closing it closes nothing; close this one.

        Args:
            timeout: Seconds that a call may take in all; None for no limit. Default: as this client.
            max_retries: How often a call may be repeated. Default: as this client.
            adopt: When to take a run that is found again for the one that was started. Default: as this client.
            schema_in_goal: Whether to write schemas into the goal. Default: as this client.
            default_headers: Headers to send besides those of this client.

        Raises:
            ValueError: An option of the wrong value; `TypeError` for one of the wrong type.

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
        sibling._own(self._executor.configured(config), False)
        return sibling

    def close(self) -> None:
        """Close all connections. Idempotent; calls after it raise `ClientClosedError`.

        Example:
            >>> from tinyfish import TinyFish
            >>> client = TinyFish()
            >>> client.close()
        """
        if self._is_owner:
            for owner in tuple(self._executor.transport.owners):
                owner.abandon()
            self._executor.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        executor = getattr(self, "_executor", None)  # none while the constructor is at work, or has failed
        return f"{type(self).__name__}({executor.config.describe() if executor else '...'})"


class AsyncTinyFish(Live):
    """The client for asyncio and trio.

    For one event loop. Close it when it is done with, best by an `async with` block; one client for a
    whole program is right, since it keeps its connections.

    Args:
        api_key: The API key. Default: the environment variable TINYFISH_API_KEY.
        base_url: Another server that serves the whole API under `/v1/...`. Default: the variable
            TINYFISH_BASE_URL, else each product on its own host (https://agent.tinyfish.ai for runs).
        timeout: Seconds that a call may take in all, repetitions and waits included; None for no limit. A start
            without an answer is looked for beyond it, for 5 to 29 seconds.
        max_retries: How often a call may be repeated; 0 means one request. A call that starts something is
            repeated only when it surely started nothing.
        adopt: When to take a run that is found again after a lost answer for the one that was started; see
            `Adopt`.
        schema_in_goal: Whether to write the schema of `returns=` or `output_schema=` into the goal, for accounts
            that may not use `output_schema` (403 FORBIDDEN).
        default_headers: Headers to send with every call to the API.
        max_body_bytes: How large the body of an answer may be, decompressed; a stream's events have a limit of
            their own.
        http_client: An httpx client of yours to send with, for its proxies, certificates or limits; it is not
            closed by this one.

    Raises:
        ValueError: No API key, or an argument that cannot be right.
        TypeError: An argument of the wrong type.

    Example:
        >>> import asyncio
        >>> from tinyfish import AsyncTinyFish
        >>> async def main() -> None:
        ...     async with AsyncTinyFish() as client:
        ...         response = await client.agent.run(goal="Extract the headlines", url="https://example.com")
        ...         print(response.result)
        >>> asyncio.run(main())
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
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        given, api_key = hidden(api_key), None  # so that no traceback that shows locals shows it
        config = Config.create(
            api_key=given,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            adopt=adopt,
            schema_in_goal=schema_in_goal,
            default_headers=default_headers,
            max_body_bytes=max_body_bytes,
        )
        switch_on_from_environment()
        from tinyfish._core.calls.async_executor import AsyncExecutor
        from tinyfish._core.wire.transport import AsyncTransport

        self._own(
            AsyncExecutor(
                config=config, clock=SYSTEM_CLOCK, transport=AsyncTransport(SYSTEM_CLOCK, http_client)
            ),
            True,
        )

    def _own(self, executor: AsyncExecutor, is_owner: bool) -> None:
        self._executor = executor
        self._is_owner = is_owner

    # The three resources are imported when first used: a program that only looks at runs loads no streaming.

    @lazy_property
    def agent(self) -> AsyncAgent:
        """Start runs."""
        from tinyfish.resources.async_agent import AsyncAgent

        return AsyncAgent(self._executor)

    @lazy_property
    def runs(self) -> AsyncRuns:
        """Look at runs, find them, wait for them, stop them."""
        from tinyfish.resources.async_runs import AsyncRuns

        return AsyncRuns(self._executor)

    @lazy_property
    def browser(self) -> AsyncBrowser:
        """Remote browser sessions."""
        from tinyfish.resources.async_browser import AsyncBrowser

        return AsyncBrowser(self._executor)

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
        """A client with other options on the same connections. Closing it closes nothing; close this one.

        Args:
            timeout: Seconds that a call may take in all; None for no limit. Default: as this client.
            max_retries: How often a call may be repeated. Default: as this client.
            adopt: When to take a run that is found again for the one that was started. Default: as this client.
            schema_in_goal: Whether to write schemas into the goal. Default: as this client.
            default_headers: Headers to send besides those of this client.

        Raises:
            ValueError: An option of the wrong value; `TypeError` for one of the wrong type.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         patient = client.with_options(timeout=1800, max_retries=5)
            ...         print((await patient.runs.list(limit=1)).pagination.has_more)
            >>> asyncio.run(main())
        """
        config = self._executor.config.with_options(
            timeout=self._executor.options(timeout, None).timeout,
            max_retries=self._executor.config.max_retries if max_retries is None else max_retries,
            adopt=self._executor.config.adopt_or(adopt),
            schema_in_goal=self._executor.config.schema_in_goal_or(schema_in_goal),
            default_headers=default_headers or {},
        )
        sibling = object.__new__(type(self))
        sibling._own(self._executor.configured(config), False)
        return sibling

    async def aclose(self) -> None:
        """Close all connections. Idempotent; calls after it raise `ClientClosedError`.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> client = AsyncTinyFish()
            >>> asyncio.run(client.aclose())
        """
        if self._is_owner:
            await self._executor.transport.owed.settle()  # while there are connections
            await self._executor.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        executor = getattr(self, "_executor", None)  # none while the constructor is at work, or has failed
        return f"{type(self).__name__}({executor.config.describe() if executor else '...'})"

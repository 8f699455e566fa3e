# Source of toolbox.py: see tools/derive_sync.py.
"""What `toolset` returns, in an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self

from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish_async
from tinyfish.async_client import AsyncTinyFish
from tinyfish.models import Run
from tinyfish.resources.async_browser import AsyncBrowserSession
from tinyfish.tools import answers
from tinyfish.tools.answers import Answer
from tinyfish.tools.arguments import check_urls, clamped, country_code
from tinyfish.tools.async_browser_tools import AsyncBrowserTools
from tinyfish.tools.async_functions import functions_of
from tinyfish.tools.async_run_tools import AsyncRunTools, OnUpdate
from tinyfish.tools.base import ToolsetBase
from tinyfish.tools.options import ToolOptions

_MOST_RESULTS: Final = 50
_MOST_PAGE_SECONDS: Final = 110


class AsyncToolset(ToolsetBase[Callable[..., Awaitable[str]], AsyncBrowserSession]):
    """Tools for a language model, in an event loop. Created by `tinyfish.tools.toolset`.

    It's a sequence of functions. The end of an `async with` block closes the browsers that are still open, and with
    `cancel_on_exit` it cancels the runs that go on.
    """

    def __init__(self, client: AsyncTinyFish, options: ToolOptions) -> None:
        executor = client._executor  # pyright: ignore[reportPrivateUsage] - shared like that of any resource
        super().__init__(executor, options, functions_of)
        self._client = client
        self._run_tools = AsyncRunTools(client, options, self._starts)
        self._browser_tools = AsyncBrowserTools(client, options, self._browsers)
        self._tools: dict[str, Callable[..., Awaitable[Answer]]] = {
            "run": self._run_tools.run,
            "get_run": self._run_tools.get_run,
            "cancel_run": self._run_tools.cancel_run,
            "search": self._search,
            "fetch": self._fetch,
            "browser": self._browser_tools.browser,
            "browser_pages": self._browser_tools.browser_pages,
            "close_browser": self._browser_tools.close_browser,
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await finish_async(self.aclose, EXIT_GRACE_SECONDS)

    async def aclose(self) -> None:
        """Close the browsers that are open, and with `cancel_on_exit` cancel the runs that go on. Never raises.

        From then on, the tools start nothing.
        """
        self._starts.close()  # at once, so that nothing is started while the browsers are closed
        await self._browser_tools.aclose()
        if self._options.cancel_on_exit:
            await self._run_tools.cancel_open()

    async def call(self, name: str, arguments: object = None) -> str:
        """Call a tool for a model, in a loop of your own. Never raises: a failure is a sentence too.

        Args:
            name: The tool's name.
            arguments: Its arguments, as the model gave them: a mapping, or its JSON text.

        Returns:
            The answer for the model.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.tools import toolset
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client, toolset(client, ["search"]) as tools:
            ...         print(await tools.call("search", {"query": "tide tables"}))
            >>> asyncio.run(main())
        """
        return (await self.answer(name, arguments)).text

    async def answer(
        self, name: str, arguments: object = None, *, on_update: OnUpdate | None = None
    ) -> Answer:
        """The same as `call`, with the answer as data too.

        Args:
            name: The tool's name.
            arguments: Its arguments, as the model gave them: a mapping, or its JSON text.
            on_update: Called with the run whenever a tool that waits for one sees a new step or status.

        Returns:
            The answer; `is_error` says whether the tool couldn't do what was asked.
        """
        try:
            given = self._arguments(name, arguments)
            if name in ("run", "get_run"):
                given["on_update"] = on_update
            answer = await self._tools[name](**given)
        except Exception as error:  # noqa: BLE001 - a model can't handle exceptions
            answer = self._failed(name, error)
        return self._leaving(answer)

    async def start(self, arguments: object) -> str | Answer:
        """Start a run, or join that of the same call, without waiting for it.

        Args:
            arguments: The arguments of `run`.

        Returns:
            The run's id, or the answer of `run` if there is none or the run has ended.
        """
        try:
            found = await self._run_tools.started(**self._arguments("run", arguments))
        except Exception as error:  # noqa: BLE001 - as for `answer`
            return self._leaving(self._failed("run", error))
        if isinstance(found, Answer):
            return self._leaving(found)
        return found.run_id or ""

    async def look(self, run_id: str) -> tuple[Run | None, Answer | None]:
        """Get a run without waiting for it.

        Args:
            run_id: The run's id.

        Returns:
            The run, None if it's so new that it isn't visible yet; and the answer about it if it has ended.

        Raises:
            APIError: The call failed.
        """
        run, answer = await self._run_tools.look(run_id)
        return run, None if answer is None else self._leaving(answer)

    async def cancel(self, run_id: str) -> None:
        """Cancel a run, whoever has started it.

        Args:
            run_id: The run's id.

        Raises:
            APIError: The call failed.
        """
        await self._client.runs.cancel(run_id, timeout=self._options.patience)

    async def _search(
        self, *, query: str, max_results: int, country: str | None, language: str | None
    ) -> Answer:
        response = await self._client.search.query(
            query,
            location=country_code(country),
            language=language.strip().lower() if language and language.strip() else None,
            include_domains=self._options.guard.allowed_hosts or None,
            timeout=self._options.patience,
        )
        allowed = [one for one in response.results if self._options.guard.allows(one.url)]
        most = clamped(max_results, 1, _MOST_RESULTS)
        return answers.found(query, allowed[:most], len(response.results) - len(allowed))

    async def _fetch(self, *, urls: list[str]) -> Answer:
        seconds = min(self._options.patience, _MOST_PAGE_SECONDS)
        response = await self._client.fetch.get_contents(
            check_urls(urls, self._options.guard), per_url_timeout_ms=max(1, int(seconds * 1000))
        )
        withheld = [page.url for page in response.results if not self._options.guard.allows(page.final_url)]
        return answers.pages_read(response, withheld, self._options.max_chars)

# Derived from async_toolbox.py by tools/derive_sync.py: edit that file, then `make generate`.
"""What `toolset` returns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from tinyfish._core.callbacks import call_back
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish
from tinyfish._core.log import logger
from tinyfish._core.waiting.wait_policy import is_the_apis
from tinyfish.client import TinyFish
from tinyfish.errors import (
    APIStatusError,
    InvalidArgumentError,
    NotFoundError,
    SDKError,
    WaitTimeoutError,
)
from tinyfish.models import Run
from tinyfish.resources.browser import BrowserSession
from tinyfish.tools import answers
from tinyfish.tools.answers import Answer, refusal
from tinyfish.tools.base import ToolsetBase, check_urls, clamped, country_code, session_url
from tinyfish.tools.functions import functions_of
from tinyfish.tools.options import ToolOptions
from tinyfish.tools.started import Started, State

OnUpdate = Callable[[Run], object]

_MOST_RESULTS: Final = 50
_MOST_PAGE_SECONDS: Final = 110
# How often to look whether another call has started the run of the same call.
_LOOK_SECONDS: Final = 0.1
# To find the run of an unanswered start, or to be sure that there is none.
_SEARCH_SECONDS: Final = 25.0
# How long it takes to open a browser, which is waited for after a cancellation, so that it can be closed.
_OPENING_SECONDS: Final = 30.0
_CLOSED: Final = "The program has ended its use of the tools, so nothing was started. Don't try again."


class Toolset(ToolsetBase[Callable[..., str], BrowserSession]):
    """Tools for a language model. Created by `tinyfish.tools.toolset`.

    It's a sequence of functions. The end of a `with` block closes the browsers that are still open, and with
    `cancel_on_exit` it cancels the runs that go on.
    """

    def __init__(self, client: TinyFish, options: ToolOptions) -> None:
        executor = client._executor  # pyright: ignore[reportPrivateUsage] - shared like that of any resource
        super().__init__(executor, options, functions_of)
        self._client = client
        self._sleep = executor.sleep
        self._tools: dict[str, Callable[..., Answer]] = {
            "run": self._run,
            "get_run": self._get_run,
            "cancel_run": self._cancel_run,
            "search": self._search,
            "fetch": self._fetch,
            "browser": self._browser,
            "browser_pages": self._browser_pages,
            "close_browser": self._close_browser,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finish(self.close, EXIT_GRACE_SECONDS)

    def close(self) -> None:
        """Close the browsers that are open, and with `cancel_on_exit` cancel the runs that go on. Never raises.

        From then on, the tools start nothing.
        """
        self._is_closed = True
        self._browsers.close()
        for session_id, session in self._browsers.all().items():
            self._close_quietly(session)
            self._browsers.remove(session_id)
        if self._options.cancel_on_exit:
            for start in self._starts.open():
                self._cancel_quietly(start.run_id or "")

    def call(self, name: str, arguments: object = None) -> str:
        """Call a tool for a model, in a loop of your own. Never raises: a failure is a sentence too.

        Args:
            name: The tool's name.
            arguments: Its arguments, as the model gave them: a mapping, or its JSON text.

        Returns:
            The answer for the model.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.tools import toolset
            >>> with TinyFish() as client, toolset(client, ["search"]) as tools:
            ...     print(tools.call("search", {"query": "tide tables"}))
        """
        return self.answer(name, arguments).text

    def answer(self, name: str, arguments: object = None, *, on_update: OnUpdate | None = None) -> Answer:
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
            answer = self._tools[name](**given)
        except Exception as error:  # noqa: BLE001 - a model can't handle exceptions
            answer = self._failed(name, error)
        return self._leaving(answer)

    def start(self, arguments: object) -> str | Answer:
        """Start a run, or join that of the same call, without waiting for it.

        Args:
            arguments: The arguments of `run`.

        Returns:
            The run's id, or the answer of `run` if there is none or the run has ended.
        """
        try:
            found = self._started(**self._arguments("run", arguments))
        except Exception as error:  # noqa: BLE001 - as for `answer`
            return self._leaving(self._failed("run", error))
        if isinstance(found, Answer):
            return self._leaving(found)
        return found.run_id or ""

    def look(self, run_id: str) -> tuple[Run | None, Answer | None]:
        """Get a run without waiting for it.

        Args:
            run_id: The run's id.

        Returns:
            The run, None if it's so new that it isn't visible yet; and the answer about it if it has ended.

        Raises:
            APIError: The call failed.
        """
        try:
            run = self._client.runs.get(run_id, timeout=self._options.patience)
        except NotFoundError as error:
            if not is_the_apis(error) or self._starts.missing(run_id, self._clock.now()):
                raise
            return None, None
        self._seen(run)
        return run, self._leaving(answers.run_ended(run)) if run.is_finished else None

    def cancel(self, run_id: str) -> None:
        """Cancel a run, whoever has started it.

        Args:
            run_id: The run's id.

        Raises:
            APIError: The call failed.
        """
        self._client.runs.cancel(run_id, timeout=self._options.patience)

    def _run(self, *, on_update: OnUpdate | None, **given: Any) -> Answer:
        began = self._clock.now()
        start = self._started(**given)
        if isinstance(start, Answer):
            return start
        return self._wait(start.run_id or "", began, on_update)

    def _started(
        self, *, goal: str, url: str, stealth: bool, country: str | None, fresh: bool
    ) -> Started | Answer:
        """The start of a call of `run`, with its run; or the answer if there is none, or the run has ended."""
        if self._is_closed:
            return refusal(_CLOSED)
        url = self._options.guard.checked(url)
        self._options.guard.check_text(goal)
        country = country_code(country)
        if country is not None and "proxy_config" in self._options.run_options:
            raise InvalidArgumentError("country can't be chosen here, because the program sets the proxy.")
        ends = self._clock.now() + self._options.patience
        has_looked = False
        while True:
            now = self._clock.now()
            start, is_mine = self._starts.claim(goal, url, [stealth, country], fresh=fresh, now=now)
            if is_mine:
                refused = self._send(start, stealth=stealth, country=country)
                return start if refused is None else refused
            if start.state is State.ENDED and start.run is not None:
                return answers.run_ended(start.run, answers.reused(now - start.ended_at))
            if start.state is State.STARTED and has_looked:
                return start
            if start.state is State.STARTED:
                self._look_again(start)
                has_looked = True
                continue
            if now >= ends:
                return refusal("The same call is still starting its run. Call `run` again in a moment.")
            self._sleep(_LOOK_SECONDS)

    def _send(self, start: Started, *, stealth: bool, country: str | None) -> Answer | None:
        """Send a start; returns the answer if it was refused."""
        options = dict(self._options.run_options)
        if stealth:
            options["browser_profile"] = "stealth"
        if country is not None:
            options["proxy_config"] = {"enabled": True, "country_code": country}
        patience = self._options.patience
        timeout = max(patience, _SEARCH_SECONDS) if start.was_tried else patience
        try:
            with self._budget():
                queued = self._client.agent.queue(
                    goal=start.goal,
                    url=start.url,
                    idempotency_key=start.idempotency_key,
                    timeout=timeout,
                    cancel_on_exit=self._options.cancel_on_exit,
                    **options,
                )
        except BaseException as error:
            self._starts.failed(start, error)
            raise
        if not queued.run_id:
            self._starts.not_started(start)
            return answers.run_not_queued(queued)
        self._starts.started(start, queued.run_id, self._clock.now())
        if self._is_closed and self._options.cancel_on_exit:
            self._cancel_quietly(queued.run_id)
        return None

    def _look_again(self, start: Started) -> None:
        """Look whether a run has ended meanwhile. If that isn't to be had, the wait for it says why."""
        try:
            run = self._client.runs.get(start.run_id or "", timeout=self._options.patience)
        except SDKError:
            return
        self._seen(run)

    def _wait(self, run_id: str, began: float, on_update: OnUpdate | None) -> Answer:
        left = max(self._options.patience - (self._clock.now() - began), 0.001)

        def tell(run: Run) -> None:
            if on_update is not None:
                try:
                    call_back(on_update, run)
                except Exception:  # noqa: BLE001 - the run is paid for, whoever is told of it
                    logger.exception("on_update of the toolset failed for run %s", run_id)

        try:
            run = self._client.runs.wait(run_id, timeout=left, on_update=tell)
        except WaitTimeoutError as error:
            if error.last_run is not None:
                self._seen(error.last_run)
            return answers.run_goes_on(run_id, error.last_run, self._clock.now() - began)
        except NotFoundError:
            now = self._clock.now()
            if self._starts.missing(run_id, now):
                raise
            return answers.run_goes_on(run_id, None, now - began)
        except Exception:
            raise
        except BaseException:  # the framework gave up
            if self._options.cancel_on_exit:
                finish(lambda: self._cancel_quietly(run_id), EXIT_GRACE_SECONDS)
            raise
        self._seen(run)
        return answers.run_ended(run)

    def _cancel_quietly(self, run_id: str) -> None:
        try:
            self._client.runs.cancel(run_id, timeout=EXIT_GRACE_SECONDS)
        except SDKError as failure:
            logger.warning("Run %s could not be cancelled: %s", run_id, failure)

    def _get_run(self, *, run_id: str, on_update: OnUpdate | None) -> Answer:
        began = self._clock.now()
        _, ended = self.look(run_id)
        return ended or self._wait(run_id, began, on_update)

    def _cancel_run(self, *, run_id: str) -> Answer:
        if not self._starts.has(run_id):
            return refusal(
                f"Run {run_id!r} wasn't started by these tools, so they can't stop it. To stop one that was started "
                "before a restart of the program, call `run` with its goal and url first."
            )
        cancelled = self._client.runs.cancel(run_id, timeout=self._options.patience)
        return answers.run_cancelled(run_id, cancelled.status)

    def _search(self, *, query: str, max_results: int, country: str | None, language: str | None) -> Answer:
        response = self._client.search.query(
            query,
            location=country_code(country),
            language=language.strip().lower() if language and language.strip() else None,
            include_domains=self._options.guard.allowed_hosts or None,
            timeout=self._options.patience,
        )
        allowed = [one for one in response.results if self._options.guard.allows(one.url)]
        most = clamped(max_results, 1, _MOST_RESULTS)
        return answers.found(query, allowed[:most], len(response.results) - len(allowed))

    def _fetch(self, *, urls: list[str]) -> Answer:
        seconds = min(self._options.patience, _MOST_PAGE_SECONDS)
        response = self._client.fetch.get_contents(
            check_urls(urls, self._options), per_url_timeout_ms=max(1, int(seconds * 1000))
        )
        withheld = [page.url for page in response.results if not self._options.guard.allows(page.final_url)]
        return answers.pages_read(response, withheld, self._options.max_chars)

    def _browser(self, *, url: str | None) -> Answer:
        url = session_url(url, self._options)
        if not self._browsers.take_place() and not self._place_of_a_closed_one():
            if self._is_closed:
                return refusal(_CLOSED)
            still_open = ", ".join(self._browsers.all())
            return refusal(
                f"No more browsers can be opened. Close one first with `close_browser`: {still_open}."
            )
        answer = refusal(_CLOSED)
        gave_up = threading.Event()

        def opened() -> None:
            nonlocal answer
            idle = self._options.browser_idle_seconds
            try:
                session = self._client.browser.sessions.create(url=url, timeout_seconds=idle)
            except BaseException:
                self._browsers.give_place_back()
                raise
            if not self._browsers.put(session.session_id, session):
                self._close_quietly(session)
                return
            if gave_up.is_set():  # nobody learns its id
                self._close_quietly(session)
                self._browsers.remove(session.session_id)
                return
            cdp_url = session.cdp_url if self._options.show_cdp_url else None
            answer = answers.browser_open(session.session_id, url, idle, cdp_url)

        finish(opened, _OPENING_SECONDS, gave_up.set)
        return answer

    def _place_of_a_closed_one(self) -> bool:
        """Take the place of a browser that has closed itself. Only the API knows that; other errors say nothing."""
        for session_id, session in self._browsers.all().items():
            try:
                session.pages(timeout=EXIT_GRACE_SECONDS, max_retries=0)
            except APIStatusError as error:
                if error.status_code in (404, 410) and is_the_apis(error):
                    self._browsers.remove(session_id)
            except SDKError:
                continue
        return self._browsers.take_place()

    def _close_quietly(self, session: BrowserSession) -> None:
        try:
            session.delete(timeout=EXIT_GRACE_SECONDS)
        except SDKError as failure:
            logger.warning("Browser %s could not be closed: %s", session.session_id, failure)

    def _browser_pages(self, *, session_id: str) -> Answer:
        session = self._browsers.get(session_id)
        if session is None:
            return self._no_browser(session_id)
        return answers.browser_shows(session_id, session.pages(timeout=self._options.patience))

    def _close_browser(self, *, session_id: str) -> Answer:
        session = self._browsers.get(session_id)
        if session is None:
            return self._no_browser(session_id)
        session.delete(timeout=self._options.patience)
        self._browsers.remove(session_id)
        return Answer(f"Browser {session_id} is closed.", {"session_id": session_id, "is_open": False})

    def _no_browser(self, session_id: str) -> Answer:
        """The answer for an id of another browser: a model can only use what it has opened."""
        still_open = ", ".join(self._browsers.all()) or "none"
        return refusal(f"There is no open browser {session_id!r}. Open are: {still_open}.")

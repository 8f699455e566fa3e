"""What tools answer: text for the model, and the same as data. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, field, frozen
from tinyfish_generated.models import (
    FetchError,
    FetchResponse,
    FetchResult,
    RunError,
    RunErrorCategory,
    RunStatus,
    SearchResult,
    SessionPage,
)

from tinyfish.models import AgentRunAsyncResponse, Run
from tinyfish.outcomes import doubts

_WHAT_HELPS: Final = {
    "SITE_BLOCKED": "The site blocks robots: call `run` again with stealth=true, which starts a new run.",
    "MAX_STEPS_EXCEEDED": "The task needs too many steps: ask for less, or name a page nearer to the result.",
}
_LEAST_PAGE_CHARS: Final = 300
_STEP_CHARS: Final = 200


@frozen
class Answer:
    """The answer of a tool.

    Attributes:
        text: The answer in words, for the model.
        data: The same as JSON, for programs.
        is_error: Whether the tool couldn't do what was asked.
    """

    text: str
    data: Mapping[str, Any] = field(factory=dict[str, Any])
    is_error: bool = False


def refusal(text: str, **data: Any) -> Answer:
    """The answer of a tool that couldn't do what was asked."""
    return Answer(text, {"error": text, **data}, is_error=True)


def cut(text: str, most: int, advice: str = "Ask for less.") -> str:
    """A text of at most so many characters, with a note where it was cut."""
    if len(text) <= most:
        return text
    note = f"\n[Cut here: the whole text has {len(text):,} characters. {advice}]"
    return text[: max(0, most - len(note))] + note[:most]


def fitted(answer: Answer, most: int) -> Answer:
    """The answer with a text of at most so many characters; data that is longer is replaced by a note."""
    text = cut(answer.text, most)
    if len(_json(answer.data)) <= most:
        return answer if text is answer.text else evolve(answer, text=text)
    short = {key: value for key, value in answer.data.items() if len(_json(value)) <= _STEP_CHARS}
    return evolve(answer, text=text, data={**short, "cut": True})


def run_ended(run: Run, note: str = "") -> Answer:
    """A run that has ended."""
    if run.status == RunStatus.COMPLETED:
        answer = _completed(run)
    elif run.status == RunStatus.CANCELLED:
        text = (
            f"Run {run.run_id} was cancelled, so it has no result. For a new run, call `run` with fresh=true."
        )
        answer = Answer(text, _data(run), is_error=True)
    else:
        text = f"Run {run.run_id} failed: {_reason(run.error)} {_advice(run.error)}"
        answer = Answer(text, {**_data(run), "error": _reason(run.error)}, is_error=True)
    return evolve(answer, text=f"{answer.text}\n{note}") if note else answer


def run_goes_on(run_id: str, run: Run | None, waited: float) -> Answer:
    """A run that hasn't ended within the patience."""
    state = "" if run is None else f" Its status is {run.status}{_progress(run)}."
    text = (
        f"Run {run_id} has not ended after {waited:.0f} seconds. It goes on, and nothing is lost.{state} "
        f"To wait for its result, call `get_run` with run_id {run_id!r}. To stop it, call `cancel_run`. "
        "While it goes on, calling `run` again with the same goal and url waits for it too, and starts no other one."
    )
    data = {"run_id": run_id, "status": None if run is None else str(run.status), "is_finished": False}
    return Answer(text, data if run is None else {**data, **_data(run)})


def tools_closed() -> Answer:
    """The answer of a tool that is called after the end of the toolset's block."""
    return refusal("The program has ended its use of the tools, so nothing was started. Don't try again.")


def too_many_runs(count: int) -> Answer:
    """The answer of `run` if no other run can be remembered, so that its repetition could be paid twice."""
    return refusal(
        f"{count:,} runs of these tools may still go on, so no other is started. Wait for some with `get_run`, stop "
        "some with `cancel_run`, or tell the user."
    )


def run_not_queued(queued: AgentRunAsyncResponse[Any]) -> Answer:
    """A run that couldn't be started."""
    return refusal(f"The run could not be started: {_reason(queued.error)} {_advice(queued.error)}")


def run_cancelled(run_id: str, status: object) -> Answer:
    """The answer to a cancellation."""
    if status == RunStatus.CANCELLED:
        return Answer(f"Run {run_id} is cancelled.", {"run_id": run_id, "status": str(status)})
    text = f"Run {run_id} had already ended: {status}. Call `get_run` for its result."
    return Answer(text, {"run_id": run_id, "status": str(status)})


def reused(seconds: float) -> str:
    """The note to the result of an earlier call.

    Args:
        seconds: How long ago its run ended; infinity if that isn't known.
    """
    return (
        f"(This is the outcome of the same call, which ended {_ago(seconds)}. Nothing was started or paid again. For a "
        "new run, call `run` with fresh=true.)"
    )


def found(query: str, results: Sequence[SearchResult], hidden: int) -> Answer:
    """Search results."""
    note = f" {hidden} results are left out, because their hosts aren't allowed here." if hidden else ""
    if not results:
        return Answer(f"The search for {query!r} found nothing.{note} Use other words.", {"results": []})
    lines = [
        f"{position}. {one.title}\n   {one.url}{f' ({one.date})' if one.date else ''}\n   {one.snippet}"
        for position, one in enumerate(results, 1)
    ]
    data = [
        _filled(title=one.title, url=one.url, snippet=one.snippet, site_name=one.site_name, date=one.date)
        for one in results
    ]
    return Answer("\n".join([f"Results for {query!r}:{note}", *lines]), {"results": data})


def pages_read(response: FetchResponse, withheld: Iterable[str], most: int) -> Answer:
    """The pages that `fetch` has read.

    Args:
        response: The API's response.
        withheld: The URLs whose pages redirected to a host that isn't allowed.
        most: How long the answer can be.
    """
    gone = frozenset(withheld)
    each = max(_LEAST_PAGE_CHARS, most // max(1, len(response.results)) - _LEAST_PAGE_CHARS)
    blocks, pages = list[str](), list[dict[str, Any]]()
    for page in response.results:
        if page.url in gone:
            blocks.append(f"## {page.url}\nNot shown: it redirects to a host that isn't allowed here.")
            pages.append({"url": page.url, "error": "it redirects to a host that isn't allowed"})
            continue
        text = cut(
            _page_text(page), each, "Fetch fewer pages at a time, or use `run` to look for one thing in it."
        )
        title = f"{page.title}\n" if page.title else ""
        blocks.append(f"## {page.final_url or page.url}\n{title}\n{text}")
        pages.append(_filled(url=page.url, final_url=page.final_url, title=page.title, text=text))
    for failed in response.errors:
        blocks.append(f"## {failed.url}\nCould not be read: {_fetch_error(failed)}")
        pages.append({"url": failed.url, "error": str(failed.error)})
    is_error = all("error" in page for page in pages)
    return Answer("\n\n".join(blocks) or "There was nothing to read.", {"pages": pages}, is_error=is_error)


def browser_open(session_id: str, url: str | None, idle_seconds: int, cdp_url: str | None) -> Answer:
    """A browser that was opened."""
    how = f" Control it over CDP: {cdp_url}" if cdp_url else ""
    text = (
        f"Opened browser {session_id} at {url or 'about:blank'}.{how} It costs money until it is closed: call "
        f"`close_browser` with session_id {session_id!r}. Without a command it closes itself after {idle_seconds} "
        "seconds. `browser_pages` lists its pages."
    )
    return Answer(text, _filled(session_id=session_id, url=url, cdp_url=cdp_url))


def browser_shows(session_id: str, pages: Sequence[SessionPage]) -> Answer:
    """The pages of a browser. Their debugger URLs control it, so they aren't shown."""
    lines = [f"- {page.url} {page.title or ''}".rstrip() for page in pages]
    data = [_filled(url=page.url, title=page.title) for page in pages]
    return Answer(
        "\n".join([f"Browser {session_id} has {len(pages)} pages:", *lines]),
        {"session_id": session_id, "pages": data},
    )


def _completed(run: Run) -> Answer:
    lines = [f"Run {run.run_id} completed{_steps(run)}. Its result:", _json(run.result)]
    reasons = doubts(run.result)
    if reasons:
        said = "; ".join(f"{one.kind} {one.text}".strip() for one in reasons[:3])
        lines.append(f"The result may not be what was asked for ({said}). Check it before you use it.")
    return Answer("\n".join(lines), {**_data(run), "result": run.result})


def _data(run: Run) -> dict[str, Any]:
    return _filled(
        run_id=run.run_id, status=str(run.status), is_finished=run.is_finished, num_of_steps=run.num_of_steps
    )


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _steps(run: Run) -> str:
    return f" in {run.num_of_steps} steps" if run.num_of_steps else ""


def _progress(run: Run) -> str:
    done = [step.action for step in run.steps or [] if step.action]
    return f", and its last of {len(done)} steps was: {cut(done[-1], _STEP_CHARS)}" if done else ""


def _ago(seconds: float) -> str:
    if seconds == math.inf:
        return "earlier"
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds // unit:.0f} {name} ago"
    return f"{seconds:.0f} seconds ago"


def _reason(error: object) -> str:
    """Why a run failed; the error can be anything that the server sent."""
    if not isinstance(error, RunError):
        return f"{error}." if error else "no reason was given."
    reason = error.message or error.code or "no reason was given"
    return f"{reason.rstrip('.')}{f' ({error.help_message})' if error.help_message else ''}."


def _advice(error: object) -> str:
    if not isinstance(error, RunError):
        return "Change the goal or the url, or tell the user."
    helps = _WHAT_HELPS.get((error.code or "").upper())
    if helps:
        return helps
    match error.category:
        case RunErrorCategory.BILLING_FAILURE:
            return "The account is out of credits: don't try again, tell the user."
        case RunErrorCategory.SYSTEM_FAILURE | RunErrorCategory.UNKNOWN:
            return "Another try may work: call `run` again with fresh=true, once."
        case _:
            return "Change the goal or the url, or tell the user."


def _fetch_error(failed: FetchError) -> str:
    helps = {
        "bot_blocked": "the site blocks robots; try `run` with stealth=true",
        "invalid_url": "the URL is invalid",
        "target_unreachable": "the site can't be reached; check the URL",
        "timeout": "the page took too long; try again once",
    }
    status = f" (status {failed.status})" if failed.status else ""
    return f"{helps.get(str(failed.error), str(failed.error))}{status}."


def _page_text(page: FetchResult) -> str:
    return page.text if isinstance(page.text, str) else _json(page.text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)

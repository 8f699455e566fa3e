"""Research runs: they search the pages that the sandbox knows, and report what those say."""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_events import LiveEvent, LiveEvents
from tinyfish.sandbox.records import Record, Records
from tinyfish.sandbox.script.rules import Rule, Rules
from tinyfish.sandbox.search_index import FoundPage, SearchIndex

_log = logging.getLogger("tinyfish.sandbox")

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"})

# Of the numbers of events.
_MAX_DIGITS = 10
# How many sources a run reads.
_SOURCES = {"deep": 5, "max": 15}


class Researches:
    """All research runs.

    Args:
        records: Where they are kept.
        rules: The rules that replace the research.
        index: The pages that they search.
        step_delay: The minimum time of each step in seconds.
    """

    def __init__(self, records: Records, rules: Rules, index: SearchIndex, *, step_delay: float) -> None:
        self._records = records
        self._rules = rules
        self._index = index
        self._step_delay = step_delay
        self._live: dict[str, LiveEvents] = {}
        self._work: dict[str, asyncio.Task[None]] = {}
        for record in records.all():
            if record.document["detail"]["status"] not in TERMINAL:
                self._live[record.id] = LiveEvents(record.document["events"])
                self._end(record.id, "FAILED", error="The sandbox was stopped during this research run")

    def start(self, request: JsonObject) -> str:
        """Accept a research run; returns its id.

        Raises:
            ApiError: There is no research run with the id in `prior_run_id`, or a rule refuses it.
        """
        prior = request.get("prior_run_id")
        if prior is not None and self._records.get(prior) is None:
            raise ApiError(404, f"No research run has the id {prior!r}")
        rule = self._rules.take("research", query=request["query"])
        if rule is not None:
            rule.accept()
        run_id = str(uuid.uuid4())
        detail: JsonObject = {
            "research_run_id": run_id,
            "status": "QUEUED",
            "query": request["query"],
            "quick_result": None,
            "quick_result_summary": None,
            "deep_result": None,
            "run_ids": [],
            "created_at": clock.now(),
            "completed_at": None,
            "error": None,
            "research_plan": None,
            "evidence": None,
            "iterations": None,
        }
        self._records.add(run_id, {"detail": detail, "request": request, "events": []})
        self._live[run_id] = LiveEvents()
        self._tell(run_id, "created", research_run_id=run_id)
        self._tell(run_id, "session", session_id=request.get("session_id") or str(uuid.uuid4()))
        self._work[run_id] = asyncio.create_task(self._drive(run_id, request, rule))
        return run_id

    def detail(self, run_id: str) -> JsonObject:
        """All that is known about one.

        Raises:
            ApiError: There is none with that id.
        """
        detail: JsonObject = self._record(run_id).document["detail"]
        return detail

    def all(self) -> list[Record]:
        """All of them, oldest first."""
        return self._records.all()

    def count(self) -> int:
        """How many there are."""
        return len(self._records.all())

    def events(self, run_id: str, after: str | None = None) -> AsyncIterator[LiveEvent]:
        """Its events, from the one after an id on.

        Raises:
            ApiError: There is none with that id.
        """
        record = self._record(run_id)
        live = self._live.get(run_id)
        if live is None:
            live = LiveEvents(record.document["events"])
            live.ended = True
        number, _, _ = (after or "").partition("-")
        return live.follow(int(number) + 1 if number.isdecimal() and len(number) < _MAX_DIGITS else 0)

    def cancel(self, run_id: str) -> bool:
        """Cancel one; False if it has ended.

        Raises:
            ApiError: There is none with that id.
        """
        if self.detail(run_id)["status"] in TERMINAL:
            return False
        self._end(run_id, "CANCELLED", error="The research run was cancelled")
        return True

    async def close(self) -> None:
        """End all of them."""
        work = list(self._work.values())
        for run_id in list(self._work):
            self._end(run_id, "FAILED", error="The sandbox was stopped")
        await asyncio.gather(*work, return_exceptions=True)

    def clear(self) -> None:
        """Delete all of them."""
        for run_id in list(self._work):
            self._end(run_id, "FAILED", error="The sandbox was reset")
        self._records.clear()

    async def _drive(self, run_id: str, request: JsonObject, rule: Rule | None) -> None:
        try:
            self._change(run_id, status="RUNNING")
            self._tell(run_id, "run_status", status="RUNNING")
            if rule is None:
                await self._research(run_id, request)
            else:
                await self._follow_rule(run_id, rule)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in the sandbox, it must end
            _log.exception("research run %s", run_id)
            self._end(run_id, "FAILED", error=f"The sandbox failed: {error!r}")

    async def _follow_rule(self, run_id: str, rule: Rule) -> None:
        await rule.begin()
        if rule.error is not None:
            self._end(run_id, "FAILED", error=rule.error["message"], code=rule.error.get("code"))
            return
        result: Any = rule.options.get("result")
        text = result if isinstance(result, str) else json.dumps(result)
        citations: list[str] = rule.options.get("citations", [])
        self._complete(run_id, {"result": text, "citations": citations, "termination_reason": None})

    async def _research(self, run_id: str, request: JsonObject) -> None:
        query: str = request["query"]
        plan: JsonObject = {
            "summary": f"Search for sources about: {query}",
            "subquestions": [{"id": "q1", "question": query, "priority": "high"}],
            "search_queries": [query],
            "done": False,
        }
        await self._step(run_id, "plan_updated", change={"research_plan": plan}, research_plan=plan)
        await self._step(run_id, "sources_searching", queries=[query])
        pages = self._find(request)
        await self._step(run_id, "sources_searched", urls=[page.url for page in pages])
        evidence: list[JsonObject] = []
        for page in pages:
            evidence.append(_evidence(page))
            await self._step(
                run_id, "source_fetched", change={"evidence": evidence}, url=page.url, title=page.title
            )
        await self._step(run_id, "evidence_snapshot", evidence=evidence)
        report = _report(query, pages)
        await self._step(run_id, "synthesis_delta", delta=report)
        plan = {**plan, "done": True}
        await self._step(run_id, "plan_updated", change={"research_plan": plan}, research_plan=plan)
        self._change(run_id, iterations=1)
        await self._step(run_id, "run_stats", iterations=1, sources=len(pages))
        answer = pages[0].snippet if pages else "No source was found."
        self._change(run_id, quick_result={"answer": answer, "citations": [page.url for page in pages[:1]]})
        self._complete(
            run_id,
            {
                "result": report,
                "citations": [page.url for page in pages],
                "termination_reason": None if pages else "no_sources",
            },
        )

    def _find(self, request: JsonObject) -> list[FoundPage]:
        domains: JsonObject = request.get("domain_filter", {})
        after = request.get("after_date")
        if "recency_minutes" in request:
            after = (datetime.now(UTC) - timedelta(minutes=request["recency_minutes"])).date().isoformat()
        found, _ = self._index.find(
            request["query"],
            include_domains=domains.get("domains", []) if domains.get("mode") == "exclusive" else [],
            exclude_domains=domains.get("block", []),
            after_date=after,
            before_date=request.get("before_date"),
            limit=_SOURCES[request.get("mode", "deep")],
            offset=0,
        )
        return found

    async def _step(self, run_id: str, name: str, change: JsonObject | None = None, **fields: Any) -> None:
        if self._step_delay:
            await asyncio.sleep(self._step_delay)
        if change:
            self._change(run_id, **change)
        self._tell(run_id, name, **fields)

    def _complete(self, run_id: str, report: JsonObject) -> None:
        self._change(run_id, status="COMPLETED", completed_at=clock.now(), deep_result=report)
        self._tell(run_id, "final_result", **report)
        self._finish(run_id)

    def _end(self, run_id: str, status: str, *, error: str, code: str | None = None) -> None:
        told = {"code": code or status, "message": error}
        self._change(run_id, status=status, completed_at=clock.now(), error=told)
        self._tell(run_id, "error", message=error)
        self._finish(run_id)

    def _finish(self, run_id: str) -> None:
        self._tell(run_id, "done")
        live = self._live.pop(run_id, None)
        record = self._record(run_id)
        if live is not None:
            self._records.save(run_id, {**record.document, "events": live.all})
            live.end()
        work = self._work.pop(run_id, None)
        if work is not None and work is not asyncio.current_task():
            work.cancel()

    def _tell(self, run_id: str, name: str, **fields: Any) -> None:
        live = self._live.get(run_id)
        if live is not None:
            live.tell({"event": name, **fields})

    def _change(self, run_id: str, **fields: Any) -> None:
        record = self._record(run_id)
        detail = {**record.document["detail"], **fields}
        self._records.save(run_id, {**record.document, "detail": detail})

    def _record(self, run_id: str) -> Record:
        record = self._records.get(run_id)
        if record is None:
            raise ApiError(404, f"No research run has the id {run_id!r}")
        return record


def _evidence(page: FoundPage) -> JsonObject:
    return {
        "url": page.url,
        "title": page.title,
        "published_date": page.date,
        "subquestions_covered": ["q1"],
        "claims": [
            {"claim": page.snippet, "snippet": page.snippet, "subquestion_id": "q1", "confidence": "medium"}
        ],
        "source_quality": "medium",
    }


def _report(query: str, pages: list[FoundPage]) -> str:
    if not pages:
        return f"# {query}\n\nNo source was found."
    lines = [f"- {page.snippet} [{number}]" for number, page in enumerate(pages, 1)]
    sources = [f"{number}. [{page.title or page.url}]({page.url})" for number, page in enumerate(pages, 1)]
    return "\n".join([f"# {query}", "", *lines, "", "## Sources", "", *sources])

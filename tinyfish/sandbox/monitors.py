"""Monitors, which repeat a search or a fetch on a schedule."""

import asyncio
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError, InvalidInputError, issue
from tinyfish.sandbox.fetching import Fetcher
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Records
from tinyfish.sandbox.script.rules import Rule, Rules
from tinyfish.sandbox.searching import Searcher, scripted_results

_log = logging.getLogger("tinyfish.sandbox")

_TIME_ZONE = "CRON_TZ="
# How often schedules are checked at least, in seconds, because the machine's clock can be set.
_MAX_SLEEP = 60.0


# The field by which the two kinds of config differ.
_CONFIG_NEEDS: Final = {"search": "query", "fetch": "url"}


class Monitors:
    """All monitors of a sandbox.

    Args:
        records: Stores the monitors.
        checks: Stores their checks.
        fetcher: Reads pages.
        searcher: Searches.
        rules: The rules that replace checks.
    """

    def __init__(
        self, records: Records, checks: Records, fetcher: Fetcher, searcher: Searcher, rules: Rules
    ) -> None:
        self._records = records
        self._checks = checks
        self._fetcher = fetcher
        self._searcher = searcher
        self._rules = rules
        self._ahead = timedelta()
        self._changed = asyncio.Event()

    async def create(self, asked: JsonObject) -> tuple[JsonObject, JsonObject]:
        """Create a monitor and make its first check.

        Raises:
            InvalidInputError: The schedule isn't valid, or the config is one of the other type.
        """
        needed = _CONFIG_NEEDS[asked["type"]]
        if needed not in asked["config"]:
            raise InvalidInputError([issue("custom", ["config", needed], "Required")])
        following = self._next(asked["schedule_cron"])
        monitor_id, now = f"mon-{uuid.uuid4()}", clock.written(self._now())
        monitor: JsonObject = {
            "id": monitor_id,
            "name": asked.get("name"),
            "type": asked["type"],
            "config": asked["config"],
            "schedule_cron": asked["schedule_cron"],
            "status": "active",
            "last_error": None,
            "webhook_url": asked.get("webhook_url"),
            "created_at": now,
            "updated_at": now,
        }
        self._records.add(monitor_id, {"monitor": monitor, "next": following, "seen": [], "checks": 0})
        return await self.check(monitor_id)

    async def check(self, monitor_id: str) -> tuple[JsonObject, JsonObject]:
        """Make a check now. Returns the monitor, and the check."""
        entry = self._entry(monitor_id)
        monitor: JsonObject = entry["monitor"]
        config: JsonObject = monitor["config"]
        rule = self._rules.take(
            "monitors", name=monitor["name"], query=config.get("query"), url=config.get("url")
        )
        run, error = await (self._search if monitor["type"] == "search" else self._fetch)(entry, rule)
        entry = self._entry(monitor_id)  # it may have changed meanwhile
        entry["monitor"]["last_error"] = error
        entry["checks"] += 1
        if monitor["type"] == "search" and error is None:
            entry["seen"] = [result["url"] for result in run["results"]]
        self._records.save(monitor_id, entry)
        self._checks.add(run["id"], {"monitor_id": monitor_id, "run": run})
        self._changed.set()
        return entry["monitor"], run

    def get(self, monitor_id: str) -> JsonObject:
        """One monitor.

        Raises:
            ApiError: No monitor has that id.
        """
        monitor: JsonObject = self._entry(monitor_id)["monitor"]
        return monitor

    def all(self) -> list[JsonObject]:
        """All monitors, oldest first."""
        return [record.document["monitor"] for record in self._records.all()]

    def update(self, monitor_id: str, asked: JsonObject) -> JsonObject:
        """Change a monitor.

        Raises:
            InvalidInputError: The schedule isn't valid, or is missing.
        """
        entry = self._entry(monitor_id)
        if "status" not in asked and "schedule_cron" not in asked:
            raise InvalidInputError([issue("custom", ["schedule_cron"], "Required without a status")])
        entry["monitor"] |= {**asked, "updated_at": clock.written(self._now())}
        entry["monitor"].pop("purpose", None)
        entry["next"] = self._next(entry["monitor"]["schedule_cron"])
        self._records.save(monitor_id, entry)
        self._changed.set()
        monitor: JsonObject = entry["monitor"]
        return monitor

    def delete(self, monitor_id: str) -> None:
        """Delete a monitor.

        Raises:
            ApiError: No monitor has that id.
        """
        self._entry(monitor_id)
        self._records.delete(monitor_id)

    def number_of_checks(self) -> int:
        """The number of checks, including those of deleted monitors."""
        return len(self._checks.all())

    def checks(self) -> list[JsonObject]:
        """All checks, oldest first, each with the id of its monitor."""
        return [{"monitor_id": c.document["monitor_id"], **c.document["run"]} for c in self._checks.all()]

    async def advance(self, seconds: float) -> None:
        """Advance the time of the schedules: all checks that are due in that time are made now."""
        end = self._now() + timedelta(seconds=seconds)
        while (due := self._first_due()) is not None and due[0] <= end:
            self._ahead += max(timedelta(), due[0] - self._now())
            await self._make(*due)
        self._ahead += end - self._now()

    async def keep_schedules(self) -> None:
        """Make checks when they are due, until cancelled."""
        while True:
            self._changed.clear()
            due = self._first_due()
            wait = _MAX_SLEEP if due is None else (due[0] - self._now()).total_seconds()
            if due is not None and wait <= 0:
                try:
                    await self._make(*due)
                except ApiError:
                    pass  # it was deleted meanwhile
                except Exception:  # noqa: BLE001 - the schedule must go on
                    # The time of the next check is already set.
                    _log.exception("monitor %s", due[1])
                continue
            try:
                async with asyncio.timeout(min(wait, _MAX_SLEEP)):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def clear(self) -> None:
        """Delete all monitors and checks."""
        self._records.clear()
        self._checks.clear()
        self._ahead = timedelta()

    async def _make(self, moment: datetime, monitor_id: str) -> None:
        """Make a check that is due, and set the time of the next one."""
        entry = self._entry(monitor_id)
        entry["next"] = self._next(entry["monitor"]["schedule_cron"], moment)
        self._records.save(monitor_id, entry)
        await self.check(monitor_id)

    def _first_due(self) -> tuple[datetime, str] | None:
        active = [r for r in self._records.all() if r.document["monitor"]["status"] == "active"]
        return min(((datetime.fromisoformat(r.document["next"]), r.id) for r in active), default=None)

    async def _search(self, entry: JsonObject, rule: Rule | None) -> tuple[JsonObject, str | None]:
        """A check that searches, and its error."""
        config: JsonObject = entry["monitor"]["config"]
        results: list[JsonObject] = []
        status, error = 200, None
        try:
            results = await self._results(config, rule)
        except ApiError as failure:
            status, error = failure.status, failure.message
        run: JsonObject = {
            "id": f"mr-{uuid.uuid4()}",
            "request_id": str(uuid.uuid4()),
            "query": config["query"],
            "status_code": status,
            "result_count": len(results),
            "results": results,
            "new_result_positions": [
                result["position"] for result in results if result["url"] not in entry["seen"]
            ],
            "created_at": clock.written(self._now()),
        }
        return run, error

    async def _results(self, config: JsonObject, rule: Rule | None) -> list[JsonObject]:
        """The results of a check.

        Raises:
            ApiError: A rule refuses the search.
        """
        limit: int = config.get("result_limit", 10)
        if rule is not None:
            await rule.begin()
            if rule.unreadable is not None:
                error, status = rule.unreadable
                raise ApiError(status or 500, error)
            return scripted_results(rule.options.get("results", []))[:limit]
        after = None
        if "recency_minutes" in config:
            after = (self._now() - timedelta(minutes=config["recency_minutes"])).date().isoformat()
        found, _ = await self._searcher.search(
            config["query"],
            include_domains=[],
            exclude_domains=[],
            after_date=after,
            before_date=None,
            limit=limit,
            offset=0,
        )
        return found

    async def _fetch(self, entry: JsonObject, rule: Rule | None) -> tuple[JsonObject, str | None]:
        """A check that reads a page, and its error."""
        config: JsonObject = entry["monitor"]["config"]
        asked = {"format": "json", "ttl": 0, **{name: config[name] for name in config.keys() - {"url"}}}
        page = await self._fetcher.fetch(config["url"], asked, rule)
        error: str | None = page.get("error")
        run: JsonObject = {
            "id": f"mr-{uuid.uuid4()}",
            "is_baseline": entry["checks"] == 0,
            "results": [page] if error is None else [],
            "errors": [] if error is None else [page],
        }
        return run, error

    def _entry(self, monitor_id: str) -> JsonObject:
        record = self._records.get(monitor_id)
        if record is None:
            raise ApiError(404, f"No monitor has the id {monitor_id!r}")
        return record.document

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _next(self, schedule: str, after: datetime | None = None) -> str:
        """When a schedule's next check is due, in the API's format.

        Raises:
            InvalidInputError: It isn't a valid schedule.
        """
        cron, zone = schedule, "UTC"
        if schedule.startswith(_TIME_ZONE):
            zone, _, cron = schedule.removeprefix(_TIME_ZONE).partition(" ")
        try:
            moment = (after or self._now()).astimezone(ZoneInfo(zone))
            return clock.written(next(CronSim(cron.strip(), moment)))
        except (CronSimError, StopIteration, ZoneInfoNotFoundError, ValueError):
            text = f"Not a valid schedule: {schedule}"
            raise InvalidInputError([issue("custom", ["schedule_cron"], text)]) from None

"""The asks of a thread: every way to start a run."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from tinyfish import TinyFish

from .fast_time import FastTime
from .plans import CLOCKS, PRODUCTS, Plan
from .records import Ask, Record, recording

WAIT_SECONDS = 60


class LeftError(Exception):
    """Why a block is left."""


def headers_of(plan: Plan) -> dict[str, str]:
    """By which the server knows whose a request is."""
    return {"X-Ask": str(plan.number)}


def arguments(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of the call that starts, and those of a wait for what it starts."""
    limits: dict[str, Any] = {"timeout": plan.timeout, "adopt": plan.adopt}
    exits = plan.exits
    if plan.kind == "batch":
        runs = [{"goal": goal, "url": url} for goal, url in zip(plan.goals, plan.urls, strict=True)]
        return {"runs": runs, **limits, **exits}, {"timeout": WAIT_SECONDS, **exits}
    if plan.kind == "session":
        return {"url": plan.urls[0], "timeout": plan.timeout}, {}
    if plan.kind == "research stream":
        return {"query": plan.goals[0], **limits, **plan.options, **exits}, {}
    one = {"goal": plan.goals[0], "url": plan.urls[0], **limits, **plan.options, **exits}
    return one, {"timeout": WAIT_SECONDS, **exits}


def start_product(client: Any, plan: Plan) -> Any:
    """Call what makes a product. An async client gives what has to be awaited."""
    name, limits = plan.goals[0], {"timeout": plan.timeout}
    slug = name.replace(" ", "-").replace(",", "")
    adopting = {**limits, "adopt": plan.adopt}
    match plan.kind:
        case "monitor":
            return client.monitors.create(
                "fetch", {"url": "https://a.example"}, "0 9 * * *", name=name, **adopting
            )
        case "check":
            return client.monitors.run(slug, **limits)
        case "research queue":
            return client.research.queue(query=name, **adopting, **plan.exits)
        case "research run":
            return client.research.run(query=name, **adopting, **plan.exits)
        case "dataset":
            # A list has no prompt: every dataset of that time fits, and when_single promises nothing.
            by_prompt = plan.number % 2 and plan.adopt != "when_single"
            what = {"prompt": name} if by_prompt else {"spec": {"name": name, **_SPEC}}
            return client.datasets.create(**what, **adopting)
        case "filling":
            return client.datasets.populate(slug, **adopting)
        case "profile":
            return client.profiles.create(name, **adopting)
        case "setup":
            return client.profiles.setup.start(slug, **limits)
        case _:
            return client.vault.connections.connect_1password(token=name, **limits)


_SPEC: Final = {
    "description": "Cafes in town",
    "columns": [{"name": "name", "type": "string", "is_primary_key": True}],
}


def id_made(plan: Plan, answer: Any) -> str:
    """The id of a product in the answer to the call that made it."""
    match plan.kind:
        case "monitor":
            return str(answer.monitor.id)
        case "check" | "filling":
            return str(answer.run.id)
        case "research queue" | "research run":
            return str(answer.research_run_id)
        case "setup":
            return str(answer.session_id)
        case "vault":
            return str(answer.connection_id)
        case _:
            return str(answer.id)


def tell_end(record: Record, stream: Any, event: Any) -> None:
    """Take in the last event of a stream."""
    if getattr(event, "type", None) == "COMPLETE":
        record.got(event)
    elif getattr(event, "event", None) == "done":
        record.got_id(stream.run_id)


def left_now(plan: Plan, record: Record, count: int) -> bool:
    """Whether a loop is left here.

    Args:
        plan: What is to happen.
        record: What came of it so far.
        count: How often it has gone round.

    Raises:
        LeftError: It is left by that.
    """
    if plan.leave not in ("exception", "end of block") or count < int(plan.leave_after) // 2:
        return False
    if plan.leave == "exception":
        raise LeftError
    record.left(plan.leave)
    return True


def clock_errors(clocks: str) -> list[dict[str, str]]:
    """Headers with which the server answers by the clock of the one node, and of the other."""
    return [{"X-Clock-Error": str(error)} for error in {0.0, CLOCKS[clocks]}]


def clients(url: str, time: FastTime) -> dict[str, TinyFish]:
    """A client for each kind of server time. It has heard all clocks of its own before anything can go wrong."""
    made: dict[str, TinyFish] = {clocks: time.client(TinyFish, url) for clocks in CLOCKS}
    for clocks, client in made.items():
        for headers in clock_errors(clocks):
            client.with_options(default_headers=headers).runs.list(limit=1)
    return made


def ask(client: TinyFish, one: Ask, time: FastTime) -> None:
    """Do what is planned, and note what comes of it."""
    record = one.record
    with recording(record):
        try:
            _ask(client.with_options(default_headers=headers_of(one.plan)), one.plan, record)
        except LeftError:
            record.left("exception")
        except Exception as error:  # noqa: BLE001 - also one that should never come
            record.failed(error)
        finally:
            record.ended_at = time.now()


def _ask(client: TinyFish, plan: Plan, record: Record) -> None:
    start, wait = arguments(plan)
    match plan.kind:
        case "run":
            record.got(client.agent.run(**start))
        case "queue":
            queued = client.agent.queue(**start)
            record.got(queued)
            client.runs.wait(queued, **wait)
        case "session":
            record.got(client.browser.sessions.create(**start))
        case "batch":
            many = client.agent.queue_many(start.pop("runs"), **start)
            record.got(many)
            if plan.exits or plan.leave:
                with closing(client.runs.wait_many(many, **wait)) as ended:
                    for count, _ in enumerate(ended):
                        if left_now(plan, record, count):
                            break
        case "stream" | "research stream":
            stream: Any = (client.agent if plan.kind == "stream" else client.research).stream(**start)
            try:
                with stream:
                    for count, event in enumerate(stream):
                        if left_now(plan, record, count):
                            break
                        tell_end(record, stream, event)
            finally:
                record.saw(stream)
        case kind if kind in PRODUCTS:
            record.got_id(id_made(plan, start_product(client, plan)))
        case _:
            handle = client.agent.start(**start)
            record.saw(handle)
            with handle:
                if not left_now(plan, record, 3):
                    record.got(handle.wait(timeout=WAIT_SECONDS))

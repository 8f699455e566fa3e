"""Compares the results of asks with what the server knows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from fault_server import Request, StoredRun

from .plans import RESEARCH, number_in
from .products import Product
from .records import Ask
from .server import ChaosServer
from .world import World

ENDS: Final = ("got", "adopted", "uncertain", "error", "left", "killed")
WRONG: Final = ("twice", "lost", "strangers'", "left running", "not ours")
_SHOWN: Final = 5


@dataclass
class Summary:
    """What came of it, in numbers, and the asks of which something was wrong, in words.

    Attributes:
        asks: How many were begun.
        started: How many runs and sessions were started, by operation.
        known: What became known of them.
        ends: How asks ended, by fault and end.
        wrong: How many asks went wrong, by what was wrong.
        shown: Some of those, so that they can be repeated.
    """

    asks: int = 0
    requests: int = 0
    started: Counter[str] = field(default_factory=Counter[str])
    known: Counter[str] = field(default_factory=Counter[str])
    ends: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    wrong: Counter[str] = field(default_factory=Counter[str])
    shown: list[str] = field(default_factory=list[str])

    def add(self, other: Summary) -> None:
        """Count another one in."""
        self.asks += other.asks
        self.requests += other.requests
        self.started.update(other.started)
        self.known.update(other.known)
        self.ends.update(other.ends)
        self.wrong.update(other.wrong)
        self.shown += other.shown

    @property
    def failed(self) -> bool:
        """Whether anything was wrong."""
        return self.wrong.total() > 0

    def lines(self) -> list[str]:
        """The numbers, as a table."""
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(self.started.items()))
        known = ", ".join(f"{name} {count:,}" for name, count in self.known.most_common())
        lines = [
            f"{self.asks:,} asks, {self.requests:,} requests, {self.started.total():,} started ({kinds})",
            f"of what was started: {known}",
            "",
            f"{'fault met':24}{'asks':>8}" + "".join(f"{end:>11}" for end in ENDS),
        ]
        faults = sorted({fault for fault, _ in self.ends if fault != "all"})
        for fault in ["all", *faults]:
            counts = [self.ends[fault, end] for end in ENDS]
            lines.append(f"{fault:24}{sum(counts):>8,}" + "".join(f"{count:>11,}" for count in counts))
        lines += ["", ", ".join(f"{self.wrong[name]} {name}" for name in WRONG)]
        return lines


def judge(world: World) -> Summary:
    """Compare."""
    truth = _Truth(world.server)
    warnings = "\n".join(world.listener.lines)
    summary = Summary(asks=len(world.begun), requests=len(world.server.requests))
    for number in sorted(world.begun):
        ask = world.asks[number]
        for fault in (ask.record.met - {"none"}) | {"all"}:
            summary.ends[fault, ask.record.end] += 1
        wrong = _Judge(ask, truth, warnings, summary).wrong()
        summary.wrong.update(wrong)
        if wrong and len(summary.shown) < _SHOWN:
            summary.shown.append("\n".join(_story(world, ask, wrong, truth)))
    return summary


class _Truth:
    """What the server knows, by ask."""

    def __init__(self, server: ChaosServer) -> None:
        self.server = server
        self.runs: dict[int, list[StoredRun]] = {}
        self.sessions: dict[int, list[str]] = {}
        self.products: dict[int, list[Product]] = {}
        for run in server.started():
            self.runs.setdefault(_owner(run.url), []).append(run)
        for session in server.sessions:
            self.sessions.setdefault(_owner(session["url"]), []).append(session["session_id"])
        for product in server.made():
            if product.ask is not None:
                self.products.setdefault(product.ask, []).append(product)
        self.cancels: set[str] = set()
        """The runs that somebody asked to cancel, in time or too late."""
        for request in server.requests:
            if request.operation in ("cancel", "cancel research"):
                self.cancels.add(request.path.split("/")[3])
            elif request.operation == "cancel_many":
                self.cancels.update(request.body["run_ids"])


def _owner(url: str) -> int:
    number = number_in(url)
    assert number is not None, url
    return number


@dataclass
class _Judge:
    """What is wrong with one ask."""

    ask: Ask
    truth: _Truth
    warnings: str
    summary: Summary

    def wrong(self) -> set[str]:
        number, record = self.ask.plan.number, self.ask.record
        runs, sessions = self.truth.runs.get(number, []), self.truth.sessions.get(number, [])
        products = self.truth.products.get(number, [])
        wrong: set[str] = set()
        per_url = Counter(run.url for run in runs)
        if len(sessions) > 1 or len(products) > 1 or any(count > 1 for count in per_url.values()):
            wrong.add("twice")
        if not record.delivered <= {
            *(run.run_id for run in runs),
            *sessions,
            *(product.id for product in products),
        }:
            wrong.add("strangers'")
        if record.raw:
            wrong.add("not ours")
        for run in runs:
            self.summary.started[run.starter] += 1
            self._known(run.run_id, run.run_id in self.truth.cancels, wrong)
            if self._goes_on_unnoticed(run.run_id, run):
                wrong.add("left running")
        for session in sessions:
            self.summary.started["session"] += 1
            self._known(session, False, wrong)
        for product in products:
            self.summary.started[product.operation] += 1
            self._known(product.id, product.id in self.truth.cancels, wrong)
            if self.ask.plan.kind in RESEARCH and self._goes_on_unnoticed(product.id, product):
                wrong.add("left running")
        return wrong

    def _known(self, thing: str, cancelled: bool, wrong: set[str]) -> None:
        record = self.ask.record
        if thing in record.delivered:
            known = "delivered"
        elif record.names(thing) or thing in self.warnings:
            known = "named"
        elif cancelled:
            known = "cancelled"
        elif record.told:
            known = "told of"
        elif record.end == "killed":
            known = "killed with their process"
        else:
            known = "lost"
            wrong.add("lost")
        self.summary.known[known] += 1

    def _stopped(self, run: StoredRun | Product) -> bool:
        return run.cancelled is not None and run.cancelled <= self.truth.server.at(self.ask.record.ended_at)

    def _goes_on_unnoticed(self, run_id: str, run: StoredRun | Product) -> bool:
        """Whether it was left, was to be cancelled then, and neither is nor is said to go on."""
        plan, record = self.ask.plan, self.ask.record
        if record.end == "killed" or not self._was_to_be_cancelled():
            return False
        if self._stopped(run) or run.ends <= self.truth.server.at(record.ended_at):
            return False
        said = [*record.warnings, record.outcome]
        return not (record.told or any(run_id in line and "may go on" in line for line in said)) and (
            plan.kind != "batch" or record.left_early
        )

    def _was_to_be_cancelled(self) -> bool:
        plan, record = self.ask.plan, self.ask.record
        if plan.exits.get("cancel_on_exit", plan.kind == "start"):
            return record.left_early or record.end == "error"
        by_time = record.left_early and plan.leave not in ("exception", "end of block")
        return plan.exits.get("cancel_on_timeout", False) and (by_time or "WaitTimeout" in record.outcome)


def _story(world: World, ask: Ask, wrong: set[str], truth: _Truth) -> list[str]:
    """What happened to an ask, and how to ask it again."""
    plan, record = ask.plan, ask.record
    lines = [
        f"{' and '.join(sorted(wrong))}: ask {plan.number}, {plan.kind} in {plan.world}, adopt={plan.adopt}, "
        f"timeout={plan.timeout:g}, {plan.clocks}, leave={plan.leave} after {plan.leave_after:.2f} s, {plan.exits}",
        f"  met       {', '.join(sorted(record.met))}",
        f"  planned   {', '.join(name for name, _ in plan.faults)}; stranger {plan.stranger}, step {plan.step:g}",
        f"  ended     {record.end} at {truth.server.at(record.ended_at):.2f}: {record.outcome}",
        f"  delivered {sorted(record.delivered)}, named {sorted(record.named)}, told {record.told}",
        *(f"  warning   {line}" for line in record.warnings),
    ]
    for run in world.server.runs.values():
        if run.run_id in record.delivered or (
            run.goal in plan.goals and number_in(run.url) in (None, plan.number)
        ):
            lines.append(
                f"  run       {run.run_id} {run.url} by {run.starter} at {run.created:.2f}, listed {run.listed:.2f}, "
                f"ends {run.ends:.2f}, cancelled {run.cancelled}"
            )
    for product in world.server.made():
        if product.ask == plan.number or product.id in record.delivered | record.named:
            lines.append(
                f"  product   {product.id} of ask {product.ask} at {product.created:.2f}, listed {product.listed:.2f}"
            )
    for request in world.server.requests:
        if _concerns(request, ask):
            lines.append(f"  request   {request.at:.2f} {request.operation} {request.path} {request.query}")
    group = sorted(number for number in world.begun if {*world.asks[number].plan.goals} & {*plan.goals})
    only = "" if world.only is None else f" --only '{world.only}'"
    lines.append(f"  again     --seed {world.seed}{only} --asks {' '.join(map(str, group[:40]))}")
    return lines


def _concerns(request: Request, ask: Ask) -> bool:
    return request.headers.get("x-ask") == str(ask.plan.number)

"""The server's products: what exists, which ask made it, and what the server shows of it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from faults import Json
from research_server import framed
from run_store import stamp

_ID: Final = r"([\w-]+)"
_ROUTES: Final = tuple(
    (method, re.compile(path), operation)
    for method, path, operation in (
        ("POST", "/v1/monitors", "monitor"),
        ("POST", f"/v1/monitors/{_ID}/runs", "check"),
        ("POST", "/v1/automation/run-research-async", "research"),
        ("POST", "/v1/automation/run-research", "research stream"),
        ("POST", "/v1/datasets", "dataset"),
        ("POST", f"/v1/datasets/{_ID}/populate", "filling"),
        ("POST", "/v1/profiles", "profile"),
        ("POST", f"/v1/profiles/{_ID}/setup-session", "setup"),
        ("POST", "/v1/vault/connections", "vault"),
        ("GET", "/v1/monitors", "list monitor"),
        ("GET", "/v1/research-run", "list research"),
        ("GET", "/v1/datasets", "list dataset"),
        ("GET", "/v1/profiles", "list profile"),
        ("GET", "/v1/vault/connections", "list vault"),
        ("GET", f"/v1/datasets/{_ID}", "get dataset"),
        ("GET", f"/v1/research-run/{_ID}", "get research"),
        ("GET", f"/v1/research-run/{_ID}/events", "follow research"),
        ("POST", f"/v1/research-run/{_ID}/cancel", "cancel research"),
    )
)
OPERATIONS: Final = frozenset(operation for _, _, operation in _ROUTES)
STARTS: Final = (
    "monitor",
    "check",
    "research",
    "research stream",
    "dataset",
    "filling",
    "profile",
    "setup",
    "vault",
)
LISTED: Final = ("monitor", "research", "research stream", "dataset", "profile")
"""Those of which others can make the same at the same time, and the list shows both."""

_numbers = itertools.count()  # no two servers of a process give the same id


def operation_of(method: str, path: str) -> str | None:
    """What a request asks for; None if it's not about a product."""
    return next(
        (name for of, pattern, name in _ROUTES if of == method and pattern.fullmatch(path)),
        None,
    )


@dataclass
class Product:
    """One thing that was made.

    Attributes:
        operation: By which it was made.
        ask: The number of the ask that made it; None for a stranger's.
        body: The body of the request.
        parent: The id in the request's path.
        created: When it was made.
        listed: When the server begins to show it.
        clock_error: By how many seconds the clock was ahead that told when it was made.
        seconds: How long it goes on, if it does.
        cancelled: When it was cancelled.
    """

    id: str
    operation: str
    ask: int | None
    body: Json
    parent: str
    created: float
    listed: float
    clock_error: float
    seconds: float
    cancelled: float | None = None

    @property
    def ends(self) -> float:
        """When it has ended, if it goes on for some time."""
        return self.created + self.seconds

    @property
    def created_at(self) -> str:
        """When it was made, as the server tells it."""
        return stamp(self.created + self.clock_error)


@dataclass
class Products:
    """All of one account.

    Attributes:
        now: The server's time.
        account: Whose they are. Lists with the times of several clocks would make every client unsure of its own.
    """

    now: Callable[[], float]
    account: str
    made: list[Product] = field(default_factory=list[Product])

    def make(
        self,
        operation: str,
        path: str,
        body: Json,
        ask: int | None,
        *,
        age: float = 0.0,
        listed_after: float = 0.0,
        clock_error: float = 0.0,
        seconds: float = 3.0,
    ) -> Product:
        """Make one."""
        created = self.now() - age
        parts = path.split("/")
        product = Product(
            id=f"{operation.replace(' ', '-')}-{next(_numbers):06d}",
            operation=operation,
            ask=ask,
            body=body,
            parent=parts[3] if len(parts) > 4 else "",
            created=created,
            listed=created + listed_after,
            clock_error=clock_error,
            seconds=seconds,
        )
        self.made.append(product)
        return product

    def answer(self, product: Product) -> Json:
        """The answer to the request that made it."""
        match product.operation:
            case "monitor":
                return {"monitor": self.document(product), "run": None}
            case "check":
                return {"run": {"id": product.id, "is_baseline": False}}
            case "research":
                return {"research_run_id": product.id, "error": None}
            case "filling":
                # Its own run, even if another one of the dataset has a later time on another node's clock.
                return self._dataset(product.parent, product)
            case "setup":
                return {
                    "session_id": product.id,
                    "cdp_url": "wss://s.example/cdp",
                    "base_url": "https://s.example",
                }
            case "vault":
                return {"connectionId": product.id, "connected": True, "provider": product.body["provider"]}
            case _:
                return self.document(product)

    def read(self, operation: str, path: str, *, effective: bool) -> Json | None:
        """The answer to another request; None if there is no such thing. It may have no effect."""
        verb, _, what = operation.partition(" ")
        if verb == "list":
            documents = [self.document(product) for product in self._shown(what)]
            match what:
                case "monitor" | "profile":
                    return {f"{what}s": documents}
                case "vault":
                    return {"connections": documents}
                case _:
                    return {"data": documents, "pagination": {"has_more": False, "next_cursor": None}}
        if operation == "get dataset":
            return self._dataset(path.split("/")[3])
        product = self.find(path)
        if product is None:
            return None
        if operation == "cancel research":
            if effective and self.now() < product.ends and product.cancelled is None:
                product.cancelled = self.now()
            return {
                "research_run_id": product.id,
                "cancelled": product.cancelled is not None,
                "status": self._research_status(product),
            }
        return self.document(product)

    def find(self, path: str) -> Product | None:
        """The research run in a path."""
        return next((one for one in self.made if one.id == path.split("/")[3]), None)

    def document(self, product: Product) -> Json:
        """It, as the server tells it."""
        body, told = product.body, {"id": product.id, "created_at": product.created_at}
        match product.operation:
            case "monitor":
                return {**body, **told, "status": "active"}
            case "dataset":
                return {**told, "status": "empty", "target_rows": body.get("target_rows"), **_spec(body)}
            case "vault":
                return {
                    "id": product.id,
                    "provider": body["provider"],
                    "lastValidatedAt": product.created_at,
                }
            case "profile":
                return {**told, "name": body["name"], "proxy_country_code": body.get("proxy_country_code")}
            case _:
                return {
                    "research_run_id": product.id,
                    "query": body["query"],
                    "created_at": product.created_at,
                    "status": self._research_status(product),
                    "deep_result": {"result": "# Done", "citations": []},
                }

    def _shown(self, what: str) -> list[Product]:
        """What a list shows, newest first."""
        operations = (what, "research stream") if what == "research" else (what,)
        shown = [one for one in self.made if one.operation in operations and one.listed <= self.now()]
        return sorted(shown, key=lambda one: one.created + one.clock_error, reverse=True)[:100]

    def _dataset(self, dataset_id: str, last: Product | None = None) -> Json:
        """A dataset that exists from the beginning, with its last run: this one, or the newest that is shown."""
        if last is None:
            last = next((one for one in self._shown("filling") if one.parent == dataset_id), None)
        run = None
        if last is not None:
            status = "running" if self.now() < last.ends else "done"
            run = {"id": last.id, "status": status, "started_at": last.created_at}
        return {"id": dataset_id, "status": "ready", "run": run}

    def _research_status(self, product: Product) -> str:
        if product.cancelled is not None:
            return "CANCELLED"
        return "COMPLETED" if self.now() >= product.ends else "RUNNING"


def events(product: Product, after: str | None, wait: Callable[[], None]) -> list[Callable[[], bytes]]:
    """What makes each event of a research run's stream, when its turn comes.

    Args:
        product: The research run.
        after: The id of the last event that the client knows.
        wait: Waits for the end of the research run.
    """

    def last() -> bytes:
        wait()
        return framed({"event": "final_result", "result": "# Done", "citations": []}, "3")

    makers: list[Callable[[], bytes]] = [
        lambda: framed({"event": "created", "research_run_id": product.id}, "0"),
        lambda: framed({"event": "session", "session_id": "s"}, "1"),
        lambda: framed({"event": "plan_updated", "research_plan": {"summary": "Look"}}, "2"),
        last,
        lambda: framed({"event": "done"}, "4"),
    ]
    return makers[0 if after is None else int(after) + 1 :]


def _spec(body: Json) -> Json:
    """What a list has of a dataset: never the prompt."""
    spec: Any = body.get("spec") or {"name": "Made", "description": "Made of a prompt", "columns": []}
    return json.loads(json.dumps({"name": spec["name"], "spec": spec}))

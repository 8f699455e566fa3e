"""Faults: calls that go wrong."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self, TypedDict

from aiohttp import web

from tinyfish.sandbox import clock, contract
from tinyfish.sandbox.errors import code_for, envelope
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.forms import check_fault
from tinyfish.sandbox.script.plain import plain_json

Framing = Literal[
    "crlf", "cr", "no-space", "event-lines", "ids", "comments", "multiline", "bom", "bytewise", "unterminated"
]

_HTML = "<!doctype html><title>{status}</title><h1>{status}</h1><p>This page is not from the API.</p>"


class FaultOptions(TypedDict, total=False):
    """The options of a fault, apart from its operation. All are optional; see `Sandbox.fault`."""

    times: int
    every: int
    probability: float
    seed: int
    when: Literal["before", "after"]
    delay: float
    cut: bool
    status: int
    code: str
    message: str
    details: Any
    body: Any
    html: bool
    retry_after: float | str
    cut_after: int
    stall_after: int
    malformed_after: int
    framing: Framing
    old_names: bool | Literal["string"]
    hide_new: float
    bytes_per_second: float
    copies: int
    out_of_order: float


class CutError(Exception):
    """The connection was cut: there is no response."""


class AnsweredError(Exception):
    """A fault replaces the operation's response."""

    def __init__(self, response: web.Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True)
class Effect:
    """The combined faults of one call; empty if there are none.

    Attributes:
        options: Their options.
        lifting: Set when all faults have been deleted.
    """

    options: JsonObject
    lifting: asyncio.Event

    @property
    def lifted(self) -> bool:
        """Whether the faults have been deleted, so that stalled streams must end."""
        return self.lifting.is_set()

    def get(self, name: str) -> Any:
        """The value of an option; None if no fault of this call sets it."""
        return self.options.get(name)

    @property
    def listed_until(self) -> str | None:
        """Up to which moment of their creation a lagging list has things; None if it has all."""
        hidden: float | None = self.get("hide_new")
        return None if hidden is None else clock.written(datetime.now(UTC) - timedelta(seconds=hidden))

    def listed(self, documents: Sequence[JsonObject], *, moment: str = "created_at") -> list[JsonObject]:
        """Those of some things that a lagging list has.

        Args:
            documents: The things.
            moment: The field with the moment of their creation.
        """
        until = self.listed_until
        return [one for one in documents if until is None or one[moment] <= until]

    async def strike(self, request: web.Request, when: Literal["before", "after"]) -> None:
        """Wait, cut the connection or send a response, if the fault occurs at this point.

        Args:
            request: The call.
            when: "before" the operation, or "after" it.

        Raises:
            CutError: The connection was cut.
            AnsweredError: The fault has a response.
        """
        if self.options.get("when", "before") != when:
            return
        await asyncio.sleep(self.options.get("delay", 0))
        if self.get("cut"):
            cut(request)
        if self.get("status") is not None:
            raise AnsweredError(self._answer())

    def _answer(self) -> web.Response:
        status: int = self.options["status"]
        headers: dict[str, str] = {}
        if self.get("retry_after") is not None:
            headers["Retry-After"] = f"{self.get('retry_after')}"
        if self.get("html"):
            text = _HTML.format(status=status)
            return web.Response(status=status, text=text, content_type="text/html", headers=headers)
        body: Any = self.options.get("body", _NO_BODY)
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/plain", headers=headers)
        if body is _NO_BODY:
            message = self.get("message") or f"A fault of the sandbox returned {status}"
            body = envelope(self.get("code") or code_for(status), message, self.get("details"))
        return web.json_response(body, status=status, headers=headers)


_NO_BODY = object()
NO_EFFECT = Effect({}, asyncio.Event())


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault, and how often it has occurred.

    Attributes:
        options: The fault's options.
    """

    options: JsonObject
    _random: random.Random
    _seen: int = 0
    _struck: int = 0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Create a fault from its options.

        Raises:
            InvalidInputError: The fault has an invalid form.
        """
        options = plain_json(given)
        check_fault(options)
        options["operation"] = contract.operation_id(options["operation"]) or "*"
        # The same seed gives the same faults, so that a test can be run again.
        return cls(options=options, _random=random.Random(options.get("seed", 0)))  # noqa: S311

    def strikes(self, operation_id: str) -> bool:
        """Whether it occurs at this call; counts the call."""
        options = self.options
        # Webhooks aren't calls.
        named = {operation_id} if operation_id == contract.WEBHOOK else {operation_id, "*"}
        if options["operation"] not in named or self._struck == options.get("times"):
            return False
        self._seen += 1
        if self._seen % options.get("every", 1) or self._random.random() >= options.get("probability", 1):
            return False
        self._struck += 1
        return True


class Faults:
    """The faults of a sandbox."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lifting = asyncio.Event()

    def add(self, given: Mapping[str, Any]) -> None:
        """Add a fault.

        Raises:
            InvalidInputError: The fault has an invalid form.
        """
        self._faults.append(Fault.read(given))

    def clear(self) -> None:
        """Delete all faults; stalled streams are cut."""
        self._faults.clear()
        self._lifting.set()
        self._lifting = asyncio.Event()

    def all(self) -> list[JsonObject]:
        """The options of all faults."""
        return [fault.options for fault in self._faults]

    def effect(self, operation_id: str) -> Effect:
        """The combined faults of a call. If two set the same option, the first one applies."""
        options: JsonObject = {}
        for fault in self._faults:
            if fault.strikes(operation_id):
                options = {**fault.options, **options}
        return Effect(options, self._lifting)


def cut(request: web.Request) -> None:
    """Cut the connection of a call.

    Raises:
        CutError: Always.
    """
    if request.transport is not None:
        request.transport.abort()
    raise CutError

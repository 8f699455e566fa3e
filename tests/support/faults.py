"""The failures of a request: how a response is damaged, cut and held back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from messages import head

Json = dict[str, Any]


class Then(Enum):
    """What follows the bytes of an answer."""

    KEEP = auto()
    """The connection is used on; a stream is ended properly."""
    CLOSE = auto()
    """The connection is closed, where it should have gone on."""
    RESET = auto()
    """The connection is reset."""
    STALL = auto()
    """Nothing, until the client goes away."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without arguments: nothing.

    Attributes:
        create: Whether the request takes effect.
        hold: Seconds between the request's last byte and the answer's first.
        answer: What is sent instead of the right answer, made of the documents of the runs that were created.
        cut: How many bytes of the answer are sent; all if None, all but some if negative.
        then: What follows.
        listed_after: For how many seconds the created runs are missing from the list.
        events: How many events of a stream are sent; all if None.
        tail: Sent in a stream after those events.
        without_result: A stream's COMPLETE leaves the result out.
        headers: Headers of the answer, instead of those of the same names; for a name twice, both are sent.
        clock_error: By how many seconds the clock of the node that handles it is ahead of the other nodes'.
    """

    create: bool = True
    hold: float = 0.0
    answer: Callable[[list[Json]], bytes] | None = None
    cut: int | None = None
    then: Then = Then.KEEP
    listed_after: float = 0.0
    events: int | None = None
    tail: bytes = b""
    without_result: bool = False
    headers: tuple[tuple[str, bytes], ...] = ()
    clock_error: float = 0.0


GOOD = Fault()


def cut(*, create: bool, hold: float = 0.0, then: Then = Then.CLOSE, listed_after: float = 0.0) -> Fault:
    """The whole request is read, and no byte of an answer sent."""
    return Fault(create=create, hold=hold, cut=0, then=then, listed_after=listed_after)


def stall(*, create: bool, hold: float = 0.0) -> Fault:
    """The whole request is read, and nothing happens any more."""
    return Fault(create=create, hold=hold, cut=0, then=Then.STALL)


def page(status: int, *, create: bool) -> Fault:
    """The error page of some proxy."""
    html = f"<html><head><title>{status}</title></head><body><h1>{status} Bad luck</h1></body></html>"
    return Fault(create=create, answer=lambda _: http(status, html.encode(), "text/html"))


def envelope(
    status: int, code: str = "INTERNAL_ERROR", *, create: bool = False, retry_after: str | None = None
) -> Fault:
    """The API's own refusal."""
    body = json.dumps({"error": {"code": code, "message": "No"}}).encode()
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(create=create, answer=lambda _: http(status, body, **headers))


def run_in_500(*, create: bool) -> Fault:
    """A status 500 that carries a run: of one that was created and failed, or of none."""

    def answer(runs: list[Json]) -> bytes:
        run: Json = {"run_id": None, "status": "FAILED", "started_at": None, "finished_at": None}
        run |= {"num_of_steps": 0, "result": None, "error": {"message": "It broke"}}
        if runs:
            run |= {"run_id": runs[0]["run_id"], "started_at": runs[0]["created_at"]}
        return http(500, json.dumps(run).encode())

    return Fault(create=create, answer=answer)


def garbage(*, create: bool, body: bytes = b"<p>Welcome to the hotel's network</p>") -> Fault:
    """A success that cannot be read."""
    return Fault(create=create, answer=lambda _: http(200, body, "text/html"))


def with_headers(answer: bytes, headers: tuple[tuple[str, bytes], ...]) -> bytes:
    """An answer with other headers."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not headers or not end:
        return answer
    replaced = {name.lower().encode() for name, _ in headers}
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].lower() not in replaced]
    added = [name.encode() + b": " + value for name, value in headers]
    return b"\r\n".join([first, *kept, *added]) + end + body


def http(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> bytes:
    """A whole answer, without a Date; `Retry_After` is the header `Retry-After`."""
    fields = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return head(status, fields | {name.replace("_", "-"): value for name, value in headers.items()}) + body

"""The failures of responses, by name; each creates a random fault."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from faults import GOOD, Fault, Then, cut, envelope, garbage, page, run_in_500, stall

Maker = Callable[[random.Random], Fault]

# A run that is listed this late is found nevertheless: the last search comes 5 seconds after the failure.
SOON_LISTED: Final = (0.0, 0.0, 1.0, 4.0)
LISTED: Final = (*SOON_LISTED, 60.0)


def _cut(dice: random.Random) -> Fault:
    hold = dice.choice([0.0, 0.0, 3.0])
    end = dice.choice([Then.CLOSE, Then.RESET])
    return cut(create=dice.random() < 0.6, hold=hold, then=end, listed_after=hold + dice.choice(LISTED))


def _held(dice: random.Random) -> Fault:
    """As from a server that surely was at work on it: the only failure after which a run is adopted."""
    return cut(
        create=dice.random() < 0.6,
        hold=3.0,
        then=dice.choice([Then.CLOSE, Then.RESET]),
        listed_after=dice.choice(LISTED),
    )


def _cut_within(dice: random.Random) -> Fault:
    return Fault(
        cut=dice.choice([dice.randint(1, 60), -dice.randint(1, 20)]),
        hold=dice.choice([0.0, 0.0, 3.0]),
        then=dice.choice([Then.CLOSE, Then.RESET]),
        listed_after=dice.choice(LISTED),
    )


def _stall(dice: random.Random) -> Fault:
    return stall(create=dice.random() < 0.6, hold=dice.choice([0.0, 0.0, 3.0]))


def _proxy_page(dice: random.Random) -> Fault:
    return page(dice.choice([408, 500, 502, 503, 504]), create=dice.random() < 0.6)


def _busy(dice: random.Random) -> Fault:
    status, code = dice.choice(
        [(429, "RATE_LIMIT_EXCEEDED"), (503, "SERVICE_BUSY"), (503, "RATE_LIMIT_EXCEEDED")]
    )
    return envelope(status, code, retry_after=dice.choice([None, "1"]))


def _catch_all(dice: random.Random, *, create: bool) -> Fault:
    fault = envelope(dice.choice([500, 500, 502, 503, 504]), create=create)
    return replace(fault, hold=dice.choice([0.0, 0.0, 3.0]), listed_after=dice.choice(SOON_LISTED))


def _failed(dice: random.Random) -> Fault:
    return envelope(500, dice.choice(["TASK_FAILED", "TIMEOUT"]), create=dice.random() < 0.8)


def _run_in_500(dice: random.Random) -> Fault:
    return run_in_500(create=dice.random() < 0.6)


def _unreadable(dice: random.Random) -> Fault:
    return garbage(create=dice.random() < 0.6)


_ODD_RETRY_AFTER: Final = (b"soon", b"-5", b"1e400", b"nan", b"0x10", b"1\r\nRetry-After: 2", b"\xff")
_NEVER: Final = b"Fri, 31 Dec 9999 23:59:59 GMT"
_HOSTILE: Final[tuple[tuple[tuple[str, bytes], ...], ...]] = (
    (("X-Notice", b"caf\xe9 \xff\xfe"),),
    (("X-Request-Id", b"\xc3\x28\x80"),),
    (("Content-Type", b"application/json; charset=rot13"),),
    (("Content-Type", b"application/json; charset=\xff"),),
    (("Content-Type", b""),),
    (("Date", _NEVER),),
    (("Date", b"yesterday"), ("X-Notice", b"\xe9")),
    (("Date", b"Thu, 01 Jan 1970 00:00:00 GMT"),),
    (("Content-Encoding", b"gzip"),),
    (("Content-Encoding", b"\xe9"),),
    (("Retry-After", _NEVER),),
    *((("Retry-After", odd),) for odd in _ODD_RETRY_AFTER),
)


def hostile(dice: random.Random, fault: Fault) -> Fault:
    """The same fault, with a header that nobody expects."""
    return replace(fault, headers=dice.choice(_HOSTILE))


def _hostile_headers(dice: random.Random) -> Fault:
    after = replace(envelope(500, create=True), listed_after=dice.choice(SOON_LISTED))
    base = [GOOD, GOOD, envelope(429), envelope(503, "SERVICE_BUSY"), envelope(500), after]
    base += [
        envelope(403, "FORBIDDEN"),
        page(502, create=True),
        run_in_500(create=True),
        garbage(create=True),
    ]
    base += [Fault(cut=-dice.randint(1, 20), then=Then.CLOSE)]
    return hostile(dice, dice.choice(base))


def _broken_stream(dice: random.Random) -> Fault:
    return Fault(
        events=dice.randint(0, 5),
        tail=dice.choice([b"", b"data: {not json\n\n", b'data: {"type": "PRO', b": a comment\n\n"]),
        then=dice.choice([Then.KEEP, Then.CLOSE, Then.RESET, Then.STALL]),
        listed_after=dice.choice(LISTED),
    )


STARTS: Final[dict[str, Maker]] = {
    "no answer": _cut,
    "held, no answer": _held,
    "answer cut": _cut_within,
    "stall": _stall,
    "proxy's page": _proxy_page,
    "busy": _busy,
    "INTERNAL_ERROR before": lambda dice: _catch_all(dice, create=False),
    "INTERNAL_ERROR after": lambda dice: _catch_all(dice, create=True),
    "other 500": _failed,
    "forbidden": lambda _: envelope(403, "FORBIDDEN"),
    "run in a 500": _run_in_500,
    "unreadable": _unreadable,
    "hostile headers": _hostile_headers,
}
"""What can go wrong with a start."""

STREAMS: Final[dict[str, Maker]] = {
    "stream breaks": _broken_stream,
    "no result": lambda _: Fault(without_result=True),
}
"""What can go wrong with a stream besides."""


_STREAMED: Final = ("stream", "research stream")


def of_start(dice: random.Random, kind: str, only: str | None) -> tuple[str, Fault]:
    """A random failure of a start, with its name; often none."""
    if only in STARTS or (only in STREAMS and kind in _STREAMED):
        name = str(only)
    elif dice.random() < 0.4:
        return "none", GOOD
    else:
        names = [*STARTS, "INTERNAL_ERROR after", "hostile headers", "held, no answer"]
        if kind in _STREAMED:
            names += ["stream breaks"] * 7 + ["no result"]
        name = dice.choice(names)
    if kind == "session" and name == "INTERNAL_ERROR after":
        # The API's reference says that a creation is then to be tried again: it is believed that there is none.
        name = "INTERNAL_ERROR before"
    fault = {**STARTS, **STREAMS}[name](dice)
    if kind == "session" and fault.answer is not None and fault.headers:
        fault = replace(fault, create=False)
    return name, fault


def of_read(dice: random.Random, operation: str) -> tuple[str, Fault]:
    """A random failure of a search, a poll or a cancel, with its name; mostly none."""
    if dice.random() < 0.75:
        return "none", GOOD
    faults = [
        cut(create=False),
        cut(create=True),
        cut(create=True, then=Then.RESET),
        page(502, create=False),
        page(504, create=True),
        envelope(500),
        envelope(500, create=True),
        envelope(429, retry_after="1"),
        hostile(dice, GOOD),
        hostile(dice, envelope(503, "SERVICE_BUSY")),
        garbage(create=True) if operation == "list" else GOOD,
        stall(create=True) if dice.random() < 0.2 else GOOD,
    ]
    return "a read fails", dice.choice(faults)

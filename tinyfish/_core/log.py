"""Logging: the beginning and end of runs and each repetition (info), each request (debug). No header, no body."""

from __future__ import annotations

import logging
import os
import re
from typing import Final

logger = logging.getLogger("tinyfish")

# Control characters of all kinds, what ends lines or turns the direction of text, and half characters.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _escape(record: logging.LogRecord) -> bool:
    """Let no goal, and nothing that a server sent, write lines of its own or steer a terminal."""
    message = record.getMessage()
    if _UNPRINTABLE.search(message):
        record.msg = _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], message)
        record.args = ()
    return True


for _name in ("tinyfish", "tinyfish.sandbox", "tinyfish.sandbox.http"):  # loggers do not inherit filters
    logging.getLogger(_name).addFilter(_escape)


def run_started(run_id: str) -> None:
    """A run of ours exists."""
    logger.info("run %s started", run_id)


def run_ended(run_id: str | None, status: object) -> None:
    """A run of ours was seen to have ended."""
    if run_id is not None:
        logger.info("run %s ended: %s", run_id, status)


def reason_of(error: Exception) -> str:
    """Why a call failed, without what the body of an answer says."""
    status, code = getattr(error, "status_code", None), getattr(error, "code", None)
    if status is None:
        return str(error)
    return f"{status} {code}" if code else f"status {status}"


def switch_on_from_environment() -> None:
    """TINYFISH_LOG=debug (or info, warning, ...) prints the log to standard error."""
    level = logging.getLevelNamesMapping().get(os.environ.get("TINYFISH_LOG", "").strip().upper())
    if level is None or any(h.get_name() == "tinyfish" for h in logger.handlers):
        return
    handler = logging.StreamHandler()
    handler.set_name("tinyfish")
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)

"""Logging: the beginning and end of runs and each repetition (info), each request (debug). No header, no body."""

from __future__ import annotations

import logging
import os

logger = logging.getLogger("tinyfish")


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

"""The log, as a listener: a line for each event. Never headers, bodies, goals, results or queries."""

from __future__ import annotations

import logging

from tinyfish._core.log import logger
from tinyfish.hooks import (
    Adopted,
    BudgetSpent,
    ClientEvent,
    ConnectionOpened,
    Recovered,
    RequestEnded,
    Retrying,
    RunEnded,
    RunStarted,
    StartFailed,
    Waiting,
)


def write(event: ClientEvent) -> None:
    """Write an event to the log: what happens to runs, and retries (info), and the rest (debug)."""
    if not logger.isEnabledFor(logging.INFO):
        return
    match event:
        case RunStarted():
            logger.info("%s %s started", event.kind, event.run_id)
        case RunEnded():
            logger.info("%s %s ended: %s", event.kind, event.run_id, event.status)
        case Retrying():
            _write_retry(event)
        case Recovered(by="polling"):
            logger.info("stream of %s %s broke (%s); polling instead", event.kind, event.run_id, event.reason)
        case Recovered(by="reconnection"):
            logger.info("stream of %s %s broke (%s); reconnecting", event.kind, event.run_id, event.reason)
        case Recovered():
            how = "a search has found it" if event.by == "search" else "the response names it"
            logger.info("%s %s recovered: %s (%s)", event.kind, event.run_id, how, event.reason)
        case Adopted():
            logger.info("%s %s adopted", event.kind, event.run_id)
        case RequestEnded():
            logger.debug(
                "%s %s -> %s (attempt %d, %.3f s, request id %s)",
                event.method,
                event.path,
                event.status or f"no response: {event.error}",
                event.attempt,
                event.elapsed,
                event.request_id,
            )
        case StartFailed():
            logger.debug(
                "start %s (%s)", "with an unknown outcome" if event.uncertain else "failed", event.reason
            )
        case Waiting():
            logger.debug("waiting %.2f s for the next %s", event.seconds, event.until)
        case BudgetSpent():
            logger.debug(
                "run %s used %d steps; %d runs used %d",
                event.run_id,
                event.run_steps,
                event.runs,
                event.steps,
            )
        case ConnectionOpened():
            logger.debug("connected to %s:%d in %.3f s", event.host, event.port, event.elapsed)
        case _:
            pass


def _write_retry(event: Retrying) -> None:
    number = "" if event.max_retries is None else f" {event.attempt} of {event.max_retries}"
    when = "when the limits allow it" if event.delay is None else f"in {event.delay:.2f} s"
    logger.info("%s %s: retry%s %s (%s)", event.method, event.path, number, when, event.reason)

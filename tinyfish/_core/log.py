"""The logger. What the client does is written by event_log.py, which is one of the listeners."""

from __future__ import annotations

import logging
import os
import re
from typing import Final

from tinyfish.errors import APIConnectionError, SSEParseError

logger = logging.getLogger("tinyfish")

# All control characters, line separators, characters that change the text direction, and lone surrogates.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _escape(record: logging.LogRecord) -> bool:
    """Prevent goals and server data from adding log lines or controlling a terminal."""
    message = record.getMessage()
    if _UNPRINTABLE.search(message):
        record.msg = _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], message)
        record.args = ()
    return True


for _name in ("tinyfish", "tinyfish.sandbox", "tinyfish.sandbox.http"):  # loggers do not inherit filters
    logging.getLogger(_name).addFilter(_escape)


def reason_of(error: BaseException) -> str:
    """Why a call has failed, without the text of a response body."""
    status: int | None = getattr(error, "status_code", None)
    if status is None:
        name, text = name_of(error), str(error)
        if isinstance(error, SSEParseError):
            text = text.partition(": ")[0]  # what follows is from the stream
        return f"{name}: {text}" if text else name
    if status < 300:  # the response can't be read
        return f"{type(error).__name__}, status {status}"
    code: str | None = getattr(error, "code", None)
    retry_after: float | None = getattr(error, "retry_after", None)
    shown = f"{status} {code}" if code else f"status {status}"
    return shown if retry_after is None else f"{shown}, Retry-After {retry_after:g} s"


def name_of(error: BaseException) -> str:
    """The class of an error; of a network error, that of its cause."""
    if isinstance(error, APIConnectionError) and error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


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

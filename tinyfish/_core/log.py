"""The logger. What the client does is written by event_log.py, which is one of the listeners."""

from __future__ import annotations

import logging
import os
import re
from typing import Final

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

"""Logging: one debug line per request and per retry; never a header value, never a body."""

from __future__ import annotations

import logging
import os

logger = logging.getLogger("tinyfish")


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

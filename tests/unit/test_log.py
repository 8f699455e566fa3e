"""Log lines contain no line breaks or terminal control characters."""

from __future__ import annotations

import logging

import pytest

from tinyfish._core.log import logger


@pytest.mark.parametrize("name", ["tinyfish", "tinyfish.sandbox", "tinyfish.sandbox.http"])
@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\r\nb", r"a\r\nb"),
        ("\x1b[2Jx", r"\x1b[2Jx"),
        ("\x9b2J", r"\x9b2J"),
        ("\u2028x", r"\u2028x"),
        ("\u202egpj", r"\u202egpj"),
        ("\ud800", r"\ud800"),
        ("Zürich 東京", "Zürich 東京"),
    ],
)
def test_control_characters_are_escaped(
    name: str, hostile: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger=name):
        logging.getLogger(name).info("%s and %r and %s", hostile, "x", OSError(hostile))
    assert caplog.messages == [f"{shown} and 'x' and {shown}"]


def test_what_is_harmless_keeps_its_arguments(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=logger.name):
        logger.info("run %s after %d s", "r1", 3)
    assert caplog.records[0].args == ("r1", 3)

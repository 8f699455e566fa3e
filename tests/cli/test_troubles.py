"""What the command says while calls fail and are repeated."""

from __future__ import annotations

import click
import pytest

from tinyfish.cli.troubles import Troubles
from tinyfish.hooks import ClientClosed, Retrying


def said(capsys: pytest.CaptureFixture[str], moments: list[float], *, quiet: bool = False) -> list[str]:
    times = iter(moments)
    with click.Context(click.Command("run")) as context:
        context.params["quiet"] = quiet
        listener = Troubles(lambda: next(times))
        listener(ClientClosed())
        for _ in moments:
            listener(Retrying(method="GET", path="/v1/runs", reason="Connection refused", delay=1.0))
    return capsys.readouterr().err.splitlines()


def test_it_speaks_only_when_calls_fail_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, [0.0, 1.0]) == []
    assert said(capsys, [0.0, 6.0, 7.0, 20.0, 22.0]) == ["Trying again: Connection refused"] * 2
    assert said(capsys, [0.0, 100.0]) == []  # two failures that have nothing to do with each other
    assert said(capsys, [0.0, 6.0], quiet=True) == []

"""`agent.run(show=True)`: live steps on standard error, or in a notebook's cell."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tinyfish import AsyncTinyFish, InvalidArgumentError, InvalidArgumentTypeError, TinyFish
from tinyfish.sandbox import Sandbox

URL = "https://shop.example/kettle"


def test_steps_are_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(step_delay=0) as sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(result={"price": 1}, progress=["Opened\x1b[2J", "Read the price"])
        response = client.agent.run(goal="Read the price", url=URL, show=True)
        assert response.result == {"price": 1}
        started = [call for call in sandbox.requests if call.method == "POST"]
        assert [call.operation for call in started] == ["queueRun"]
    out, err = capsys.readouterr()
    assert out == ""
    assert "  Read the price (" in err
    assert "\x1b" not in err
    assert err.splitlines()[-1].startswith("COMPLETED in ")
    assert str(response.run_id) in err.splitlines()[-1]


def test_a_cell_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython: Any = pytest.importorskip("IPython")
    display: Any = pytest.importorskip("IPython.display")
    shown: list[Any] = []

    class Handle:
        def update(self, run: Any) -> None:
            shown.append(run)
            raise RuntimeError("the frontend is gone")  # the run is waited for all the same

    def show(run: Any, *, display_id: bool) -> Handle:
        shown.append(run)
        return Handle()

    monkeypatch.setattr(ipython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    monkeypatch.setattr(display, "display", show)
    with Sandbox(step_delay=0) as sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(result={"price": 1}, progress=["One"])
        assert client.agent.run(goal="Read the price", url=URL, show=True).ok
    assert "One" in shown[-1]._repr_html_()


@pytest.mark.anyio
@pytest.mark.backend("asyncio")
async def test_async_too(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(step_delay=0) as sandbox:
        async with AsyncTinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
            sandbox.on(result={}, progress=["One"])
            assert (await client.agent.run(goal="g", url=URL, show=True)).ok
    assert "  One (" in capsys.readouterr().err


def test_nothing_is_shown_unless_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(step_delay=0) as sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(result={})
        client.agent.run(goal="g", url=URL)
        with pytest.raises((InvalidArgumentTypeError, InvalidArgumentError)):
            client.agent.run(goal="g", url=URL, show="yes")  # type: ignore[call-overload]
        assert [call.operation for call in sandbox.requests] == ["runAgent"]
    assert capsys.readouterr().err == ""
    assert sys.stderr is not None

"""Ctrl-C in real programs: the run is cancelled if requested, otherwise reported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import anyio
import pytest
from asking import statuses, until
from fault_server import Fault, FaultServer, stall
from ways import streaming

PROGRAM = """
import logging, os, signal, sys, threading
from tinyfish import TinyFish
signal.signal(signal.SIGINT, signal.default_int_handler)  # it's ignored if the tests run in a shell's background
logging.basicConfig(level="WARNING", format="%(message)s")
url, goal = sys.argv[1:]
client = TinyFish("key", base_url=url)
try:
    {call}
except KeyboardInterrupt as error:
    print("The error:", *getattr(error, "__notes__", ()))
"""
CALLS = {
    "run": "client.agent.run(goal=goal, url='https://example.com', {options})",
    "queue and wait": "client.runs.wait(client.agent.queue(goal=goal, url='https://example.com'), {options})",
    "wait_many": (
        "list(client.runs.wait_many(client.agent.queue_many([dict(goal=goal, url='https://example.com')]), {options}))"
    ),
    "stream": (
        "with client.agent.stream(goal=goal, url='https://example.com', {options}) as stream:\n"
        "        stream.until_complete()"
    ),
    "handle": (
        "with client.agent.start(goal=goal, url='https://example.com', {options}) as handle:\n        handle.wait()"
    ),
}


def interrupted(server: FaultServer, goal: str, call: str, when: Callable[[], object], options: str) -> str:
    program = textwrap.dedent(PROGRAM).format(call=CALLS[call].format(options=options))
    with subprocess.Popen(
        [sys.executable, "-c", program, server.url, goal],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TINYFISH_LOG": ""},
    ) as process:
        anyio.run(until, when)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    return out


@pytest.mark.parametrize("call", CALLS)
def test_ctrl_c_cancels_what_is_waited_for(slow_server: FaultServer, goal: str, call: str) -> None:
    polled = lambda: slow_server.asked("get") or slow_server.asked("get_many") or streaming(slow_server)  # noqa: E731
    out = interrupted(slow_server, goal, call, polled, "cancel_on_exit=True")
    assert out.startswith("The error:")
    assert statuses(slow_server) == ["CANCELLED"]


@pytest.mark.parametrize("call", ["run", "stream", "handle"])
def test_ctrl_c_cancels_what_is_being_started(slow_server: FaultServer, goal: str, call: str) -> None:
    slow_server.script("stream" if call == "stream" else "queue", Fault(hold=1.0))
    out = interrupted(slow_server, goal, call, slow_server.started, "cancel_on_exit=True")
    assert out.startswith("The error:")
    assert statuses(slow_server) == ["CANCELLED"]


@pytest.mark.parametrize("call", ["queue and wait", "wait_many", "stream"])
def test_ctrl_c_names_what_goes_on(slow_server: FaultServer, goal: str, call: str) -> None:
    polled = lambda: slow_server.asked("get") or slow_server.asked("get_many") or streaming(slow_server)  # noqa: E731
    out = interrupted(slow_server, goal, call, polled, "")
    assert statuses(slow_server) == ["RUNNING"]
    (run,) = slow_server.started()
    log, _, note = out.partition("The error:")
    # A stream may not have said its run's id yet: then the goal is what it is known by.
    assert run.run_id in log or (call == "stream" and goal[:50] in log)
    assert run.run_id in note or (call == "stream" and goal[:50] in note)


def test_sigterm_as_in_the_docs(slow_server: FaultServer, goal: str) -> None:
    program = """
        import signal, sys
        from tinyfish import TinyFish

        signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
        with TinyFish("key", base_url=sys.argv[1]) as client:
            client.agent.run(goal=sys.argv[2], url="https://example.com", cancel_on_exit=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), slow_server.url, goal]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        anyio.run(until, lambda: slow_server.asked("get"))
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "terminated\n")
    assert statuses(slow_server) == ["CANCELLED"]


@pytest.mark.parametrize("interrupts", [1, 2])
def test_ctrl_c_names_a_start_that_nobody_answers(
    slow_server: FaultServer, goal: str, interrupts: int
) -> None:
    slow_server.script("queue", stall(create=True))
    program = textwrap.dedent(PROGRAM).format(call=CALLS["run"].format(options="cancel_on_exit=True"))
    program = "import tinyfish._core.cancellation.run_guard as o; o.EXIT_GRACE_SECONDS = 1.0\n" + program
    command = [sys.executable, "-c", program, slow_server.url, goal]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        anyio.run(until, slow_server.started)
        for _ in range(interrupts):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, _ = process.communicate(timeout=30)
    assert goal[:50] in out
    assert "may have happened" in out

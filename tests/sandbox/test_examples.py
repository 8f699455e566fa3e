"""The examples, run as the demo runs them, but without their pauses."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
HEADLINE = "Lighthouse opens to visitors on Sundays"

# They are processes of their own, since the quickstart leaves its client open to the end of the program.
RUNNER = """
import runpy, sys, time
sys.argv, sleep = sys.argv[1:], time.sleep
time.sleep = lambda seconds: sleep(0.02)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def news() -> Iterator[str]:
    with Site() as running:
        yield running.url + "news/"


def output(example: str, sandbox: Sandbox, *arguments: str) -> str:
    environment = os.environ | {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url}
    command = [sys.executable, "-c", RUNNER, str(EXAMPLES / example), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=40)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("example", ["quickstart_run.py", "queue_and_poll.py", "stream.py"])
def test_a_run_brings_the_headlines(example: str, sandbox: Sandbox, news: str) -> None:
    assert HEADLINE in output(example, sandbox, news)


def test_a_stream_tells_what_happens_in_order(sandbox: Sandbox, news: str) -> None:
    printed = output("stream.py", sandbox, news)
    places = [
        printed.index(text) for text in ("Started: ", "Watch: ", "  > Opened", "Done: COMPLETED", HEADLINE)
    ]
    assert places == sorted(places)


def test_the_runs_are_listed(sandbox: Sandbox, news: str) -> None:
    output("quickstart_run.py", sandbox, news)
    assert output("list_runs.py", sandbox) == f"{sandbox.runs[0].run_id} | Extract the top 5 headlines\n"

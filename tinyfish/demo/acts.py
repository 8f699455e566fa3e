"""The acts. Each is a program that a reader could have written, and what the sandbox has to do wrong for it."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tinyfish import CompleteEvent, ProgressEvent, TinyFish
from tinyfish.demo.prices import read_prices
from tinyfish.sandbox import Sandbox


@dataclass
class Product:
    """What is read from a page of the shop."""

    name: str
    price: float
    price_currency: str


@dataclass
class Act:
    """One act.

    Attributes:
        title: What it shows, in a line.
        text: What happens, in a sentence or two.
        program: The program; its text is shown.
        prepare: Sets the sandbox up.
        shown: Whose text is shown instead, if the program starts another one.
    """

    title: str
    text: str
    program: Callable[[TinyFish, str], object]
    prepare: Callable[[Sandbox], object] = lambda sandbox: None
    shown: Callable[..., object] | None = None

    @property
    def source(self) -> str:
        """The program as it's shown, without what surrounds it."""
        lines = inspect.getsource(self.shown or self.program).split("\n")
        body = [line for line in lines[1:] if not line.strip().startswith('"""')]
        return textwrap.dedent("\n".join(body)).rstrip()


def typed_results(client: TinyFish, site: str) -> None:
    for page in ("kettle", "lamp", "blanket"):
        run = client.agent.run(goal="Read the product", url=f"{site}shop/{page}.html", returns=Product)
        print(run.value)


def cut_stream(client: TinyFish, site: str) -> None:
    with client.agent.stream(goal="Read the headlines", url=f"{site}news/") as events:
        for event in events:
            if isinstance(event, ProgressEvent):
                print("  step:", event.purpose)
            elif isinstance(event, CompleteEvent):
                print(f"{event.status}, although the stream was cut: recovered={event.recovered}")


def lost_answer(client: TinyFish, site: str) -> None:
    queued = client.agent.queue(goal="Read the title", url=f"{site}news/")
    print(f"the answer was lost, the run was found: adopted={queued.adopted}")
    listed = client.runs.list(goal="Read the title").data
    print(f"runs on the server: {len(listed)}; result: {client.runs.wait(queued).status}")


def left_early(client: TinyFish, site: str) -> None:
    handle = client.agent.start(goal="Watch the harbour for an hour", url=f"{site}news/")
    try:
        with handle:
            print("started:", handle.status())
            raise RuntimeError("the program has an error")
    except RuntimeError as error:
        print(f"{error}, so the run is {client.runs.get(handle.run_id).status}")


def killed_job(client: TinyFish, site: str) -> None:
    completed = partial(client.runs.list, goal="Read the article", status="COMPLETED")
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/prices.db", f"{folder}/prices.csv"]
        program = [sys.executable, "-m", "tinyfish.demo.prices", site, *files]
        with subprocess.Popen(program) as first:
            while first.poll() is None and len(completed().data) < 12:
                time.sleep(0.1)
            first.kill()
        print("\n   killed with kill -9, and started again:", flush=True)
        subprocess.run(program, check=True)
        lines = Path(files[1]).read_text(encoding="utf-8").splitlines()
        print(*lines[:3], f"... {len(lines) - 1} rows", sep="\n")


ACTS: Final = [
    Act(
        "Typed results",
        "returns=Product makes the schema, and each result is an instance.",
        typed_results,
    ),
    Act(
        "A stream that is cut still completes",
        "The connection breaks after three events. The client follows the run by polling.",
        cut_stream,
        lambda sandbox: sandbox.fault("streamRun", cut_after=3, times=1),
    ),
    Act(
        "A lost answer is found again, not paid twice",
        "The server starts the run, and the connection breaks before the answer. Sending it again would start another.",
        lost_answer,
        lambda sandbox: sandbox.fault("queueRun", cut=True, when="after", delay=2.5, times=1),
    ),
    Act(
        "A run is cancelled when its block is left",
        "An error, Ctrl-C or a time limit: nothing goes on, and nothing is billed for nobody.",
        left_early,
        lambda sandbox: sandbox.on(goal="Watch the harbour*", hangs=True),
    ),
    Act(
        "A job is killed, and resumes",
        "40 pages into a CSV file: examples/prices.py is this program with options. A ledger records each start before "
        "it's sent. After kill -9, the same program goes on where it was. What was being started at that moment is "
        "looked for, for up to 15 seconds, and not started twice.",
        killed_job,
        shown=read_prices,
    ),
]

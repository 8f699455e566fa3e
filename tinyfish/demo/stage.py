"""Shows the acts: for each a line, the text of its program, and its output."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import threading

from tinyfish import TinyFish
from tinyfish.demo.acts import ACTS, Act
from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

# The time of each step in seconds, so that there is something to watch.
_STEP_SECONDS = 0.2


def show(*, keep: bool = False) -> int:
    """Show all acts; returns the exit status.

    Args:
        keep: Whether to keep the sandbox open at the end, until Ctrl-C, so that its pages can be looked at.
    """
    print(
        "Everything here happens on this machine: a sandbox of the API, and a small shop. No key, no costs."
    )
    print("The sandbox's agent isn't a language model: it opens the page, and returns what it finds there.")
    with Site() as site, Sandbox(step_delay=_STEP_SECONDS) as sandbox:
        # The last act is a program of its own, which finds them in the environment.
        os.environ.update(
            TINYFISH_BASE_URL=sandbox.url,
            TINYFISH_API_KEY=sandbox.api_key,
            NO_PROXY="127.0.0.1",
            TINYFISH_LOG="error",
        )
        for number, act in enumerate(ACTS, 1):
            _show(number, act, sandbox, site.url)
        print(_heading("What next"))
        print(
            f"  Look at the runs:       {sandbox.url}"
            + ("" if keep else "   (gone now; --keep keeps it open)")
        )
        print("  Your own sandbox:       tinyfish sandbox")
        print(
            "  With your key:          tinyfish login, then tinyfish run https://example.com 'Read the title'"
        )
        print("  The guides:             docs/ in the source, README.md first")
        if keep:
            print("\nThe sandbox stays open until Ctrl-C.", flush=True)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                print()
    return 0


def _show(number: int, act: Act, sandbox: Sandbox, site: str) -> None:
    print(_heading(f"{number}. {act.title}"))
    print(textwrap.fill(act.text, min(100, _width())) + "\n")
    print(textwrap.indent(act.source, "    ") + "\n", flush=True)
    act.prepare(sandbox)
    with TinyFish() as client:
        act.program(client, site)
    sys.stdout.flush()


def _heading(text: str) -> str:
    line = ("─" if (sys.stdout.encoding or "").lower().startswith("utf") else "-") * min(100, _width())
    bold = f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
    return f"\n{line}\n{bold}"


def _width() -> int:
    return shutil.get_terminal_size().columns

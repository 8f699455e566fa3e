"""`python -m tinyfish.sandbox`: serve until Ctrl-C or SIGTERM."""

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

_BANNER = """\
The TinyFish sandbox serves {url} (Ctrl-C ends it)
{browser}

Point a client at it with the environment:

    export TINYFISH_BASE_URL={url}
    export TINYFISH_API_KEY={api_key}

or in Python:

    from tinyfish import TinyFish
    client = TinyFish(api_key="{api_key}", base_url="{url}")
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is told to end.

    Args:
        arguments: The command line without the program's name; by default the process's own.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        sandbox = _sandbox(options).start()
    except (OSError, ValueError, sqlite3.Error) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)  # noqa: T201
        return 1
    try:
        banner = _BANNER.format(url=sandbox.url, api_key=sandbox.api_key, browser=_browser(options))
        print(banner, flush=True)  # noqa: T201
        # With a time limit, since Windows lets no signal through a wait without one.
        while not ending.wait(1):
            pass
    finally:
        sandbox.stop()
    return 0


def _sandbox(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        options.port,
        api_key=options.api_key,
        database=options.database,
        step_delay=options.step_delay,
        chromium=False if options.no_chromium else options.chromium,
        max_sessions=options.max_sessions,
        session_latency=options.session_latency,
        rules=options.rules,
        unmatched=options.unmatched,
    )


def _browser(options: argparse.Namespace) -> str:
    """Which browser it has, or why it has none."""
    if options.no_chromium:
        return "It has no browser: pages are read over HTTP, browser sessions are refused."
    try:
        return f"Its browser is {chromium.find(options.chromium)}"
    except chromium.NoChromiumError as error:
        return f"Pages are read over HTTP, browser sessions are refused. {error}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.sandbox",
        description="A local server of the TinyFish API, with real browsers and no charge.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=8787, help="the port; 0 takes a free one")
    add(
        "--api-key",
        metavar="KEY",
        help="the key that calls must carry; by default a random one, which is printed",
    )
    add("--database", default=":memory:", metavar="FILE", help="the SQLite file that keeps the runs")
    add("--rules", metavar="FILE", help="rules and faults, in YAML")
    add(
        "--unmatched",
        choices=["read", "fail"],
        default="read",
        help="what to do with a run that no rule is for",
    )
    add("--step-delay", type=float, default=0.3, metavar="SECONDS", help="the least that a step takes")
    add("--chromium", metavar="PROGRAM", help="the Chromium to use, in place of the first that is found")
    add("--no-chromium", action="store_true", help="use none: read pages over HTTP, refuse browser sessions")
    add("--max-sessions", type=int, default=10, metavar="N", help="how many browser sessions may be open")
    add(
        "--session-latency",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="the least that a creation takes",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

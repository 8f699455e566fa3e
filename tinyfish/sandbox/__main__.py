"""`python -m tinyfish.sandbox` runs a sandbox until Ctrl-C or SIGTERM."""

import argparse
import logging
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from tinyfish._core.addresses import DEFAULT_BASE_URL
from tinyfish.sandbox import RecordingProxy, Sandbox, access_log
from tinyfish.sandbox.browser import chromium
from tinyfish.sandbox.recording import tape

_BANNER = """\
TinyFish sandbox running at {url} (press Ctrl-C to stop)
{browser}
Open {url} in a browser to see its runs.

Configure a client through the environment:

    export TINYFISH_BASE_URL={url}
    export TINYFISH_API_KEY={api_key}

or in Python:

    from tinyfish import TinyFish
    client = TinyFish(api_key="{api_key}", base_url="{url}")
"""

_RECORDING = """\
Recording at {url} (press Ctrl-C to stop)
Every call goes to {upstream}, with your program's own API key. {costs}
The answers are kept in {path}, as rules and without secrets.

Configure a client through the environment, beside TINYFISH_API_KEY:

    export TINYFISH_BASE_URL={url}

Afterwards, play the answers back, without a key and without costs:

    tinyfish sandbox --rules {path}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox until the process gets SIGINT or SIGTERM.

    Args:
        arguments: The command-line arguments, without the program's name. Default: the process's own.

    Returns:
        The exit status: 0, or 1 if it can't start.

    Raises:
        SystemExit: With the status 2, because an argument is wrong.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        server = _sandbox(options) if options.record is None else _recording(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        server.start()
    except (OSError, sqlite3.Error) as error:
        print(f"The sandbox can't start: {error}", file=sys.stderr)  # noqa: T201
        return 1
    try:
        print(_banner(server, options), flush=True)  # noqa: T201
        if not options.quiet:
            _print_calls()
        # With a time limit, because on Windows signals don't interrupt a wait without one:
        # https://github.com/python/cpython/issues/80116
        while not ending.wait(1):
            pass
    finally:
        server.stop()
    return 0


def _banner(server: Sandbox | RecordingProxy, options: argparse.Namespace) -> str:
    if isinstance(server, Sandbox):
        return _BANNER.format(url=server.url, api_key=server.api_key, browser=_browser(options))
    is_real = options.upstream is None
    return _RECORDING.format(
        url=server.url,
        upstream=DEFAULT_BASE_URL if is_real else options.upstream,
        costs="This is the real API: runs cost money."
        if is_real
        else "If that is the real API, runs cost money.",
        path=options.record,
    )


def _print_calls() -> None:
    """Print a line for each call."""
    printer = logging.StreamHandler(sys.stderr)
    printer.setFormatter(logging.Formatter("%(message)s"))
    for logger in (access_log.logger, tape.log):
        logger.addHandler(printer)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _sandbox(options: argparse.Namespace) -> Sandbox:
    if options.upstream is not None:
        raise ValueError("--upstream is the server that --record passes calls to: add --record FILE")
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


def _recording(options: argparse.Namespace) -> RecordingProxy:
    if options.rules is not None:
        raise ValueError("--record writes a file of rules, and --rules plays one back: use only one of them")
    return RecordingProxy(options.record, upstream=options.upstream, port=options.port)


def _browser(options: argparse.Namespace) -> str:
    """The banner's line about the browser, or why there is none."""
    if options.no_chromium:
        return "No browser: pages are read over HTTP, and browser sessions are rejected."
    try:
        return f"Browser: {chromium.find(options.chromium)}"
    except chromium.NoChromiumError as error:
        return f"No browser: pages are read over HTTP, and browser sessions are rejected. {error}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.sandbox",
        description="A local server for the TinyFish API, with real browsers and without costs.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=8787, help="the port; 0 for any free port")
    add(
        "--api-key",
        metavar="KEY",
        help="the API key for calls; by default a random one, which is printed",
    )
    add("--quiet", action="store_true", help="don't print a line for each call")
    add("--database", default=":memory:", metavar="FILE", help="the SQLite file for the runs")
    add("--rules", metavar="FILE", help="a YAML or JSON file with rules and faults")
    add(
        "--record",
        metavar="FILE",
        help="pass all calls to the real API, which costs money, and keep the answers in this new file, as --rules",
    )
    add("--upstream", metavar="URL", help="with --record: the API's base URL, instead of the public hosts")
    add(
        "--unmatched",
        choices=["read", "fail"],
        default="read",
        help="what to do with a run that matches no rule: read its page, or fail it",
    )
    add("--step-delay", type=float, default=0.3, metavar="SECONDS", help="the minimum time of each step")
    add("--chromium", metavar="PROGRAM", help="the Chromium to use, instead of the first one found")
    add(
        "--no-chromium",
        action="store_true",
        help="don't use a browser: read pages over HTTP, reject browser sessions",
    )
    add(
        "--max-sessions",
        type=int,
        default=10,
        metavar="N",
        help="the maximum number of open browser sessions",
    )
    add(
        "--session-latency",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="the minimum time to create a browser session",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

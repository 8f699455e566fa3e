"""`python -m tinyfish.sandbox`: serve until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from tinyfish.sandbox import Sandbox

_BANNER = """\
The TinyFish sandbox serves {url} (Ctrl-C ends it)

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
    sandbox = Sandbox(
        options.port,
        api_key=options.api_key,
        database=options.database,
        step_delay=options.step_delay,
    )
    try:
        sandbox.start()
    except OSError as error:
        print(f"The sandbox cannot serve on port {options.port}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    try:
        print(_BANNER.format(url=sandbox.url, api_key=sandbox.api_key), flush=True)  # noqa: T201
        # With a time limit, since Windows lets no signal through a wait without one.
        while not ending.wait(1):
            pass
    finally:
        sandbox.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tinyfish.sandbox", description="A local server of the TinyFish API."
    )
    parser.add_argument(
        "--port", type=int, default=8787, help="the port; 0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--api-key", default="sandbox-key", help="the key that calls must carry (default: %(default)s)"
    )
    parser.add_argument(
        "--database", default=":memory:", metavar="FILE", help="keep the runs in this SQLite file"
    )
    parser.add_argument(
        "--step-delay",
        type=float,
        default=0.3,
        metavar="SECONDS",
        help="how long every step of a run takes at least (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

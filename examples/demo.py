"""`make demo`: the quickstart against a sandbox and a small site, both on this machine: no key, no network.

Each example runs as it stands, in a process of its own; only the environment says where the API is.
"""

import ast
import os
import pprint
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from examples.site import Site
from tinyfish.sandbox import Sandbox

EXAMPLES = Path(__file__).resolve().parent

# The example, the pages that it is given, and what it shows.
PROGRAMME = [
    ("quickstart_run.py", ["news/"], "agent.run: start a run and wait for its result"),
    ("queue_and_poll.py", ["news/"], "agent.queue and runs.get: start a run, look again every 5 seconds"),
    ("stream.py", ["news/"], "agent.stream: watch a run while it works"),
    (
        "typed_products.py",
        ["shop/kettle.html", "shop/lamp.html", "shop/blanket.html"],
        "returns=Product: read three pages at once, and get objects of a class",
    ),
    ("list_runs.py", [], "runs.list: the runs about headlines, the newest first"),
]

# Seconds that every step of a run takes, so that there is something to watch.
STEP_SECONDS = 0.4


def main() -> int:
    print("A sandbox of the API and a news page on this machine: no key, no network.")
    print("Its agent is no language model: it opens the page and returns what is there.")
    with Site() as site, Sandbox(step_delay=STEP_SECONDS) as sandbox:
        environment = os.environ | {
            "TINYFISH_BASE_URL": sandbox.url,
            "TINYFISH_API_KEY": sandbox.api_key,
            "NO_PROXY": "127.0.0.1",
        }
        for number, (name, pages, title) in enumerate(PROGRAMME, 1):
            arguments = [site.url + page for page in pages]
            print(f"\n{heading(f'{number}. {title}')}")
            print(f"   python {' '.join([f'examples/{name}', *arguments])}\n", flush=True)
            status = run(EXAMPLES / name, arguments, environment)
            if status != 0:
                print(f"\nexamples/{name} ended with status {status}.", file=sys.stderr)
                return 1
        calls = len(sandbox.requests)
    print(f"\n{heading(f'That was {calls} calls of the API, all to this machine.')}")
    python = os.path.relpath(sys.executable)
    print("With a key of yours the same examples call the real one:\n")
    print(f"   TINYFISH_API_KEY=... {python} examples/quickstart_run.py\n")
    print(f"To keep a sandbox open while you build: {python} -m tinyfish.sandbox")
    return 0


def run(example: Path, arguments: list[str], environment: dict[str, str]) -> int:
    """Run an example, show what it prints as it comes, and return its exit status."""
    command = [sys.executable, "-u", str(example), *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(textwrap.indent(laid_out(line.rstrip("\n")), "   "), flush=True)
    return process.returncode


def laid_out(line: str) -> str:
    """A printed dict in lines that fit the terminal; any other line as it is."""
    if not line.startswith("{"):
        return line
    width = min(shutil.get_terminal_size().columns, 110) - 4
    return pprint.pformat(ast.literal_eval(line), width=width, sort_dicts=False)


def heading(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

"""`make demo`: the quickstart against a sandbox and a small site on this machine, without a key or a network.

Each example runs unchanged, in its own process. Only the environment variables point it to the sandbox.
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

# The example, its pages, and what it shows.
PROGRAMME = [
    ("quickstart_run.py", ["news/"], "agent.run: start a run and wait for its result"),
    ("queue_and_poll.py", ["news/"], "agent.queue and runs.get: start a run, and poll it every 5 seconds"),
    ("stream.py", ["news/"], "agent.stream: stream a run's events"),
    (
        "typed_products.py",
        ["shop/kettle.html", "shop/lamp.html", "shop/blanket.html"],
        "returns=Product: read three pages concurrently, and get instances of a class",
    ),
    ("list_runs.py", [], "runs.list: list the runs about headlines, newest first"),
]

# The time of each step in seconds, so that there is something to watch.
STEP_SECONDS = 0.4


def main() -> int:
    print("This runs a sandbox of the API and a news page on this machine, without a key or a network.")
    print("The sandbox's agent isn't a language model: it opens the page and returns its content.")
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
                print(f"\nexamples/{name} exited with status {status}.", file=sys.stderr)
                return 1
        calls = len(sandbox.requests)
    print(f"\n{heading(f'That was {calls} API calls, all to this machine.')}")
    python = os.path.relpath(sys.executable)
    print("With your API key, the same examples call the real API:\n")
    print(f"   TINYFISH_API_KEY=... {python} examples/quickstart_run.py\n")
    print(f"To run a sandbox while you develop: {python} -m tinyfish.sandbox")
    return 0


def run(example: Path, arguments: list[str], environment: dict[str, str]) -> int:
    """Run an example, print its output as it arrives, and return its exit status."""
    command = [sys.executable, "-u", str(example), *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(textwrap.indent(laid_out(line.rstrip("\n")), "   "), flush=True)
    return process.returncode


def laid_out(line: str) -> str:
    """A printed dict, wrapped to fit the terminal; other lines are unchanged."""
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

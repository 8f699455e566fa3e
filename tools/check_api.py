"""Run Schemathesis against a sandbox, to check that the sandbox implements openapi.yaml.

    python tools/check_api.py                           three minutes, with a random seed
    python tools/check_api.py --seconds 30 --seed 4     that long, with that seed

All checks that Schemathesis has on by default are used. Its configuration is schemathesis.toml.
"""

import argparse
import random
import subprocess
import sys
from pathlib import Path

from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Run Schemathesis on openapi.yaml against a sandbox.")
    parser.add_argument("--seconds", type=int, default=180, help="how long to run (default: 180)")
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(1_000_000),
        help="the random seed",
    )
    given = parser.parse_args()
    # Runs end immediately and sessions soon, so that no call waits for a page, and no call is rejected.
    with Sandbox(max_sessions=4, max_session_seconds=1, balance=1_000_000) as sandbox:
        sandbox.on(result={})
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml"),
            *("--url", sandbox.url, "--header", f"X-API-Key: {sandbox.api_key}", "--no-color"),
            *("--max-time", str(given.seconds), "--seed", str(given.seed)),
            *("--generation-database", "none"),
        ]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

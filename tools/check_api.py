"""Run Schemathesis on openapi.yaml against a sandbox of its own: the contract says what the sandbox takes and sends.

    python tools/check_api.py                           three minutes, each time from another seed
    python tools/check_api.py --seconds 30 --seed 4     as long, from that seed

It is Schemathesis' command line, with all that it finds by default; schemathesis.toml is its configuration.
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
    parser.add_argument("--seconds", type=int, default=180, help="how long (default: 180)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of what is random")
    given = parser.parse_args()
    # Runs end at once, and sessions soon: no call waits for a page that does not exist, and there is room for the next.
    with Sandbox(max_sessions=4, max_session_seconds=1) as sandbox:
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

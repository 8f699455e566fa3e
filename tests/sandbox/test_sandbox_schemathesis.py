"""Schemathesis against the sandbox: valid and invalid calls, with all its checks; in `make soak` thousands."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.store import Cursor, RunFilter

SOAK = settings.get_current_profile_name() == "soak"
# The phase "coverage" calls every operation with everything at its bounds.
PHASES = "examples,coverage,fuzzing,stateful" if SOAK else "examples,fuzzing,stateful"

# What it could never guess: a cursor that a listing has returned, and a session that is open.
CONFIGURATION = """
[parameters]
"query.cursor" = "{cursor}"

[[operations]]
include-path = "/sessions/{{session_id}}/pages"
parameters = {{ session_id = "{session_id}" }}
"""

# The rules that no schema expresses are listed in the configuration for everybody.
_WRITTEN = (Path(__file__).parents[2] / "schemathesis.toml").read_text(encoding="utf-8")
EXCEPTIONS = "\n" + _WRITTEN[_WRITTEN.index("[[operations]]") :]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("browser")
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with Sandbox(max_sessions=2, balance=1_000_000) as sandbox:
        sandbox.on(result={})
        session = httpx.post(
            f"{sandbox.url}/v1/browser", headers={"X-API-Key": sandbox.api_key}, timeout=60
        ).json()
        cursor = Cursor("2026-11-01T00:00:00.000Z", 1, RunFilter()).encode()
        configuration = tmp_path / "schemathesis.toml"
        configuration.write_text(
            CONFIGURATION.format(cursor=cursor, session_id=session["session_id"]) + EXCEPTIONS
        )
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)),
            *(
                "run",
                "--phases",
                PHASES,
                f"{sandbox.url}/openapi.json",
                "--header",
                f"X-API-Key: {sandbox.api_key}",
            ),
            *("--checks", "all", "--max-examples", "20" if SOAK else "7", "--seed", "1", "--no-color"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2000:]
        assert len(sandbox.requests) > (1000 if SOAK else 300)

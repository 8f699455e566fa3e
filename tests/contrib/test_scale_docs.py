"""The programs in docs/scale.md run; the first with a real worker, on SQLite."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from docsite.code_blocks import code_blocks
from programs import run_program

from tinyfish.sandbox import Sandbox

DURABLE, CELERY = (block for block in code_blocks() if block.page == "docs/scale.md")


@pytest.mark.soak
@pytest.mark.timeout(150)
def test_durable_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/runs.db"
    with Sandbox(chromium=False) as sandbox:
        sandbox.on(goal="*price*", result={"name": "Kettle", "price": 49})
        monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
        command = [sys.executable, "-m", "tinyfish.contrib.dbos", "worker", url]
        worker = subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.DEVNULL)
        try:
            code = DURABLE.code.replace("postgresql://user@host/name", url)
            run_program(code, DURABLE.page, DURABLE.line)
        finally:
            worker.terminate()
            worker.wait(timeout=30)
        assert len(sandbox.runs) == 2
    assert "Product(name='Kettle', price=49.0)" in capsys.readouterr().out


def test_celery() -> None:
    """The whole program, of which this is a part, is tested in test_celery.py."""
    run_program(CELERY.code, CELERY.page, CELERY.line)

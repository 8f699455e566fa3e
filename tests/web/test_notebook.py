"""examples/web/notebook.ipynb and the program of integrations/notebook.md, in a real kernel."""

import json
from pathlib import Path
from typing import Any

import pytest
from docsite.code_blocks import code_blocks

from tinyfish.sandbox import Sandbox

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROOT = Path(__file__).parents[2]


def test_the_notebook(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    sandbox.on(url="*/shop/*", progress=["Opened the shop"], result={"name": "Kettle", "price": 49.0})
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(ROOT / "examples/web/notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # kept without outputs
    # The program of the page is that of the notebook's first cells.
    (block,) = (block for block in code_blocks() if block.page == "docs/integrations/notebook.md")
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert block.code.split() == "\n".join(sources[:2]).split()

    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown: list[Any] = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    texts = [json.dumps(outputs) for outputs in shown]
    for number, words in {
        1: ["COMPLETED", "Opened the shop", "Kettle"],
        2: ["text/html", "COMPLETED", "Opened the shop"],
        3: ["text/html", "lamp", "blanket"],
        4: ["text/html", "<table", "COMPLETED"],
    }.items():
        for word in words:
            assert word in texts[number]
    assert len(sandbox.runs) == 4

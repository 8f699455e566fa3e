"""What the tests with agent frameworks share."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

URL = "https://shop.example/"
EVERYTHING = ["run", "search", "fetch", "browser"]
RESULT = '{"headlines": ["A"]}'

CALL = {"goal": "headlines", "url": URL}
"""The arguments of a call of `run` that works, and those of one that is refused."""
REFUSED = {"goal": "headlines", "url": "http://169.254.169.254/"}

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "integrations" / "agent-frameworks.md").read_text(encoding="utf-8")


def agent_of_the_docs(framework: str, tools: Any, model: Any) -> Any:
    """The agent that the documentation makes."""
    found = re.search(rf"^### {framework}$.*?^```py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, framework
    names: dict[str, Any] = {"tools": tools, "model": model}
    exec(found[1], names)
    return names["agent"]


def example(name: str) -> dict[str, Any]:
    """The names of an example."""
    return runpy.run_path(str(ROOT / "examples" / "agents" / name))

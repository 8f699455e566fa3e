"""An agent of pydantic-ai that reads a page and returns an instance of a class.

    pip install "pydantic-ai-slim[openai]"    # in an environment that has this package: see docs/start.md
    python examples/agents/pydantic_ai_agent.py "Which product is on https://shop.example/kettle.html?"

It needs TINYFISH_API_KEY and OPENAI_API_KEY.
"""

from __future__ import annotations

import sys
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent

from tinyfish import TinyFish
from tinyfish.tools import toolset


class Product(BaseModel):
    name: str
    price: float


def answer(question: str, model: Any = "openai:gpt-5-mini") -> Product:
    # The model can name pages of this shop only.
    with TinyFish() as client, toolset(client, ["run", "fetch"], allowed_hosts=["shop.example"]) as tools:
        agent = Agent(model, tools=list(tools), output_type=Product)
        return agent.run_sync(question).output


if __name__ == "__main__":
    print(answer(sys.argv[1]))

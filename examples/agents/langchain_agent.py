"""An agent of LangChain that waits for long runs.

    pip install langchain langchain-openai    # in an environment that has this package: see docs/start.md
    python examples/agents/langchain_agent.py "Compare the prices on https://shop.example/"

It needs TINYFISH_API_KEY and OPENAI_API_KEY.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langchain.agents import create_agent

from tinyfish import AsyncTinyFish
from tinyfish.tools import toolset


async def answer(question: str, model: Any = "openai:gpt-5-mini", patience: float = 60) -> str:
    # A run that takes longer than `patience` goes on; the model calls `get_run` until it has ended.
    async with AsyncTinyFish() as client, toolset(client, patience=patience) as tools:
        agent = create_agent(model, tools=list(tools))
        state = await agent.ainvoke({"messages": [{"role": "user", "content": question}]})
        for run in tools.runs:
            print(f"Run {run.run_id} {'has ended' if run.is_finished else 'goes on'}", file=sys.stderr)
        return str(state["messages"][-1].content)


if __name__ == "__main__":
    print(asyncio.run(answer(sys.argv[1])))

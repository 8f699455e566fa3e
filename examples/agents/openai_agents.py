"""An agent of OpenAI Agents that can use the web.

    pip install openai-agents    # in an environment that has this package: see docs/start.md
    python examples/agents/openai_agents.py "What are the headlines of https://example.com/news/?"

It needs TINYFISH_API_KEY and OPENAI_API_KEY.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from agents import Agent, Runner, function_tool

from tinyfish import AsyncTinyFish, Budget
from tinyfish.tools import toolset


async def answer(question: str, model: Any = "gpt-5-mini") -> str:
    budget = Budget(runs=10)  # so that no loop of the model gets expensive
    async with AsyncTinyFish() as client, toolset(client, budget=budget) as tools:
        agent = Agent(
            name="Researcher",
            instructions="Answer from the web, and name the pages that you used.",
            model=model,
            tools=[function_tool(tool) for tool in tools],
        )
        result = await Runner.run(agent, question)
        return str(result.final_output)


if __name__ == "__main__":
    print(asyncio.run(answer(sys.argv[1])))

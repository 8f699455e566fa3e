"""CrewAI, with a model of its own base class. It has an environment of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, agent_of_the_docs
from crewai import Crew, Task
from crewai.llms.base_llm import BaseLLM
from crewai.tools import tool

from tinyfish.sandbox import Sandbox
from tinyfish.tools import Toolset


class Scripted(BaseLLM):
    """Calls a tool, and then answers with what it was told."""

    arguments: dict[str, Any] = {}  # noqa: RUF012 - a pydantic field

    def call(self, messages: Any, *_: Any, **__: Any) -> str:
        said = [str(message["content"]) for message in messages if message["role"] != "system"]
        for text in reversed(said):
            if "Observation:" in text:
                return f"Thought: I have it.\nFinal Answer: {text.rpartition('Observation:')[2]}"
        return f"Thought: I look.\nAction: run\nAction Input: {json.dumps(self.arguments)}"

    def supports_function_calling(self) -> bool:
        return False


@pytest.mark.parametrize(("arguments", "says"), [(CALL, RESULT), (REFUSED, "private address")])
def test_a_crew(tools: Toolset, sandbox: Sandbox, arguments: dict[str, Any], says: str) -> None:
    agent = agent_of_the_docs("CrewAI", tools, Scripted(model="scripted", arguments=arguments))
    task = Task(description="Read the headlines", expected_output="Headlines", agent=agent)
    assert says in str(Crew(agents=[agent], tasks=[task]).kickoff())
    assert len(sandbox.runs) == (arguments is CALL)


def test_what_the_model_is_told(tools: Toolset) -> None:
    made = [tool(one) for one in tools]
    assert [one.name for one in made] == [one.__name__ for one in tools]
    assert "Let a web agent do a task" in made[0].description
    assert RESULT in made[0].run(**CALL)

"""smolagents, with a model of its own base class. It calls functions from threads, so it takes the sync ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, agent_of_the_docs
from smolagents import ChatMessage, CodeAgent, MessageRole, Model, tool
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction

from tinyfish.sandbox import Sandbox
from tinyfish.tools import Toolset


class Calls(Model):
    """Calls a tool, and then gives its answer as the final one."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(model_id="scripted")
        self.arguments = arguments
        self.seen = ""

    def generate(self, messages: Any, **_: Any) -> ChatMessage:
        said = json.dumps(
            [message.content for message in messages if message.role == MessageRole.TOOL_RESPONSE]
        )
        name, arguments = ("run", self.arguments) if said == "[]" else ("final_answer", {"answer": said})
        function = ChatMessageToolCallFunction(name=name, arguments=arguments)
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            tool_calls=[ChatMessageToolCall(function=function, id="1", type="function")],
        )


class Writes(Model):
    """Writes a program that calls a tool."""

    def generate(self, messages: Any, **_: Any) -> ChatMessage:
        code = f"final_answer(run(goal={CALL['goal']!r}, url={CALL['url']!r}))"
        return ChatMessage(role=MessageRole.ASSISTANT, content=f"<code>\n{code}\n</code>")


@pytest.mark.parametrize(("arguments", "says"), [(CALL, "headlines"), (REFUSED, "private address")])
def test_an_agent_that_calls_tools(tools: Toolset, arguments: dict[str, Any], says: str) -> None:
    agent = agent_of_the_docs("smolagents", tools, Calls(arguments))
    assert says in str(agent.run("Read the headlines"))


def test_an_agent_that_writes_code(tools: Toolset, sandbox: Sandbox) -> None:
    agent = CodeAgent(tools=[tool(one) for one in tools], model=Writes(), verbosity_level=0)
    assert RESULT in str(agent.run("Read the headlines"))
    assert len(sandbox.runs) == 1


def test_what_the_model_is_told(tools: Toolset) -> None:
    run = tool(tools[0])
    assert run.name == "run"
    assert "plain sentences" in run.inputs["goal"]["description"]
    assert run.inputs["stealth"]["nullable"]

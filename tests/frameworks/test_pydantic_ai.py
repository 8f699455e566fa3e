"""pydantic-ai, with its own model for tests."""

from __future__ import annotations

from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, URL, agent_of_the_docs, example
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset

pytestmark = pytest.mark.anyio


async def told(tools: Any, arguments: dict[str, Any]) -> str:
    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        last = messages[-1].parts[-1]
        if isinstance(last, ToolReturnPart):
            return ModelResponse(parts=[TextPart(str(last.content))])
        offered = {tool.name: tool for tool in info.function_tools}
        assert len(offered) == 8
        properties = offered["run"].parameters_json_schema["properties"]
        assert "plain sentences" in properties["goal"]["description"]
        assert "Let a web agent do a task" in (offered["run"].description or "")
        return ModelResponse(parts=[ToolCallPart("run", arguments)])

    agent = agent_of_the_docs("pydantic-ai", tools, FunctionModel(model))
    return str((await agent.run("Read the headlines")).output)


async def test_sync_and_async_functions(sandbox: Sandbox, tools: Toolset, async_tools: AsyncToolset) -> None:
    assert RESULT in await told(tools, CALL)
    assert RESULT in await told(async_tools, CALL)
    assert len(sandbox.runs) == 2


async def test_a_refusal_is_a_sentence(sandbox: Sandbox, async_tools: AsyncToolset) -> None:
    assert "private address" in await told(async_tools, REFUSED)
    assert sandbox.runs == []


@pytest.mark.usefixtures("environment")
def test_the_example(sandbox: Sandbox) -> None:
    sandbox.on(product="fetch", url=URL, html="<h1>Copper kettle</h1>49.00")

    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        last = messages[-1].parts[-1]
        if isinstance(last, ToolReturnPart):
            assert "Copper kettle" in str(last.content)
            return ModelResponse(
                parts=[ToolCallPart(info.output_tools[0].name, {"name": "Copper kettle", "price": 49})]
            )
        return ModelResponse(parts=[ToolCallPart("fetch", {"urls": [URL]})])

    product = example("pydantic_ai_agent.py")["answer"]("Which product is it?", model=FunctionModel(model))
    assert (product.name, product.price) == ("Copper kettle", 49.0)

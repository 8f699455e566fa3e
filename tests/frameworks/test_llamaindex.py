"""LlamaIndex, with the function-calling model that it has for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, agent_of_the_docs
from llama_index.core.base.llms.types import ChatMessage, MessageRole, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.tools import FunctionTool

from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset

pytestmark = pytest.mark.anyio


async def told(tools: Any, arguments: dict[str, Any]) -> str:
    def answer(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        last = messages[-1]
        if last.role == MessageRole.TOOL:
            return ChatMessage(role="assistant", content=last.content)
        block = ToolCallBlock(tool_call_id="1", tool_name="run", tool_kwargs=arguments)
        return ChatMessage(role="assistant", blocks=[block])

    llm = MockFunctionCallingLLM(response_generator=answer, is_chat_model=True)
    agent = agent_of_the_docs("LlamaIndex", tools, llm)
    agent.streaming = False  # the scripted model doesn't stream tool calls
    return str(await agent.run("Read the headlines"))


async def test_sync_and_async_functions(sandbox: Sandbox, tools: Toolset, async_tools: AsyncToolset) -> None:
    assert RESULT in await told(tools, CALL)
    assert RESULT in await told(async_tools, CALL)
    assert len(sandbox.runs) == 2


async def test_a_refusal_is_a_sentence(sandbox: Sandbox, async_tools: AsyncToolset) -> None:
    assert "private address" in await told(async_tools, REFUSED)
    assert sandbox.runs == []


async def test_what_the_model_is_told(tools: Toolset, async_tools: AsyncToolset) -> None:
    for one, other in zip(tools, async_tools, strict=True):
        made = FunctionTool.from_defaults(one, async_fn=other)
        assert made.metadata.name == one.__name__
        assert made.metadata.get_parameters_dict()["properties"].keys() == one.__annotations__.keys() - {
            "return"
        }
    run = FunctionTool.from_defaults(tools[0]).metadata
    assert "Let a web agent do a task" in run.description
    assert RESULT in str((await FunctionTool.from_defaults(async_fn=async_tools[0]).acall(**CALL)).content)

"""LangChain, with a fake chat model that it has for tests."""

from __future__ import annotations

from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, URL, agent_of_the_docs, example
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import StructuredTool, tool

from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset

pytestmark = pytest.mark.anyio


class Scripted(GenericFakeChatModel):
    """A fake model that is offered tools."""

    offered: list[Any] = []  # noqa: RUF012 - a pydantic field

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        self.offered = list(tools)
        return self


def calling(tool: str, arguments: dict[str, Any]) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": "1", "type": "tool_call"}])


def scripted(arguments: dict[str, Any]) -> Scripted:
    return Scripted(messages=iter([calling("run", arguments), AIMessage("Done")]))


def told(state: dict[str, Any]) -> str:
    return str(state["messages"][-2].content)


ASK = {"messages": [{"role": "user", "content": "Read the headlines"}]}


async def test_sync_and_async_functions(sandbox: Sandbox, tools: Toolset, async_tools: AsyncToolset) -> None:
    model = scripted(CALL)
    assert RESULT in told(agent_of_the_docs("LangChain", tools, model).invoke(ASK))
    assert len(model.offered) == 8
    assert RESULT in told(await agent_of_the_docs("LangChain", async_tools, scripted(CALL)).ainvoke(ASK))
    assert len(sandbox.runs) == 2


async def test_a_refusal_is_a_sentence(sandbox: Sandbox, async_tools: AsyncToolset) -> None:
    agent = agent_of_the_docs("LangChain", async_tools, scripted(REFUSED))
    assert "private address" in told(await agent.ainvoke(ASK))
    assert sandbox.runs == []


async def test_as_a_structured_tool(tools: Toolset, async_tools: AsyncToolset) -> None:
    made = StructuredTool.from_function(tools[0], coroutine=async_tools[0], parse_docstring=True)
    assert made.name == "run"
    assert "plain sentences" in made.args["goal"]["description"]
    assert RESULT in made.invoke(CALL)
    assert all(tool(one).args for one in tools)


@pytest.mark.usefixtures("environment")
async def test_the_example_waits_for_a_long_run(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """The model calls `run`, whose run takes longer than the patience, and then `get_run` with its id."""
    sandbox.on(goal="long", latency=0.8, result={"headlines": ["A"]})

    class Looks(Scripted):
        def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
            said = str(messages[-1].content)
            if messages[-1].type == "human":
                message = calling("run", {"goal": "long", "url": URL})
            elif "has not ended" in said:
                message = calling("get_run", {"run_id": sandbox.runs[0].run_id})
            else:
                message = AIMessage(said)
            return ChatResult(generations=[ChatGeneration(message=message)])

    answer = example("langchain_agent.py")["answer"]
    assert RESULT in await answer("Read", model=Looks(messages=iter([])), patience=0.3)
    assert "has ended" in capsys.readouterr().err
    assert len(sandbox.runs) == 1

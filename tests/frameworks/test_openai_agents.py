"""OpenAI Agents, with its own client against a scripted server; and the loop with `for_openai()`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from agents import OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from cases import CALL, REFUSED, RESULT, agent_of_the_docs, example
from openai import AsyncOpenAI, OpenAI
from scripted import ScriptedModel, scripted_model

from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset

pytestmark = pytest.mark.anyio
set_tracing_disabled(True)


async def told(model: ScriptedModel, tools: Any) -> str:
    chat = OpenAIChatCompletionsModel("scripted", AsyncOpenAI(base_url=model.url, api_key="none"))
    agent = agent_of_the_docs("OpenAI Agents", tools, chat)
    return str((await Runner.run(agent, "Read the headlines")).final_output)


async def test_sync_and_async_functions(sandbox: Sandbox, tools: Toolset, async_tools: AsyncToolset) -> None:
    for made in (tools, async_tools):
        with scripted_model("run", CALL) as model:
            assert RESULT in await told(model, made)
    offered = {tool["function"]["name"]: tool["function"] for tool in model.offered}
    assert len(offered) == 8
    assert offered["run"]["description"].startswith("Let a web agent do a task")
    properties = offered["run"]["parameters"]["properties"]
    assert "plain sentences" in properties["goal"]["description"]
    assert len(sandbox.runs) == 2


async def test_a_refusal_is_a_sentence(sandbox: Sandbox, async_tools: AsyncToolset) -> None:
    with scripted_model("run", REFUSED) as model:
        assert "private address" in await told(model, async_tools)
    assert sandbox.runs == []


@pytest.mark.parametrize("arguments", [CALL, REFUSED])
def test_a_loop_with_the_definitions(tools: Toolset, arguments: dict[str, Any]) -> None:
    with scripted_model("run", arguments) as model, OpenAI(base_url=model.url, api_key="none") as openai:
        definitions: Any = tools.for_openai()
        messages: list[Any] = [{"role": "user", "content": "Read the headlines"}]
        for _ in range(2):
            answer = openai.chat.completions.create(model="m", messages=messages, tools=definitions)
            message = answer.choices[0].message
            messages.append(message)
            for call in message.tool_calls or []:
                assert call.type == "function"
                said = tools.call(call.function.name, call.function.arguments)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": said})
    assert (RESULT if arguments is CALL else "private address") in (message.content or "")
    assert json.dumps(model.offered) == json.dumps(definitions)


@pytest.mark.usefixtures("environment")
async def test_the_example(sandbox: Sandbox) -> None:
    with scripted_model("run", CALL) as model:
        chat = OpenAIChatCompletionsModel("scripted", AsyncOpenAI(base_url=model.url, api_key="none"))
        assert RESULT in await example("openai_agents.py")["answer"]("Read the headlines", model=chat)
    assert len(sandbox.runs) == 1

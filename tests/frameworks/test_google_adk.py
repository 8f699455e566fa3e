"""Google's Agent Development Kit, with a model of its own base class."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from cases import CALL, REFUSED, RESULT, agent_of_the_docs
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.runners import InMemoryRunner
from google.genai import types

from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset

pytestmark = pytest.mark.anyio


class Scripted(BaseLlm):
    arguments: dict[str, Any]
    offered: list[Any] = []  # noqa: RUF012 - a pydantic field

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        parts = llm_request.contents[-1].parts or []
        answer = parts[-1].function_response
        if answer is not None:
            part = types.Part(text=str((answer.response or {}).get("result")))
        else:
            assert llm_request.config.tools is not None
            self.offered = [
                one
                for tool in llm_request.config.tools
                for one in getattr(tool, "function_declarations", None) or []
            ]
            part = types.Part(function_call=types.FunctionCall(name="run", args=self.arguments))
        yield LlmResponse(content=types.Content(role="model", parts=[part]))


async def told(model: Scripted, tools: Any) -> str:
    agent = agent_of_the_docs("Google ADK", tools, model)
    runner = InMemoryRunner(agent, app_name="reading")
    session = await runner.session_service.create_session(app_name="reading", user_id="u")
    message = types.Content(role="user", parts=[types.Part(text="Read the headlines")])
    said = ""
    async for event in runner.run_async(user_id="u", session_id=session.id, new_message=message):
        for part in (event.content and event.content.parts) or []:
            said = part.text or said
    await runner.close()
    return said


async def test_sync_and_async_functions(sandbox: Sandbox, tools: Toolset, async_tools: AsyncToolset) -> None:
    for made in (tools, async_tools):
        model = Scripted(model="scripted", arguments=CALL)
        assert RESULT in await told(model, made)
    offered = {one.name: one for one in model.offered}
    assert len(offered) == 8
    assert "plain sentences" in offered["run"].description
    assert len(sandbox.runs) == 2


async def test_a_refusal_is_a_sentence(sandbox: Sandbox, async_tools: AsyncToolset) -> None:
    assert "private address" in await told(Scripted(model="scripted", arguments=REFUSED), async_tools)
    assert sandbox.runs == []

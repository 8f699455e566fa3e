"""Fixtures for the tests with real agent frameworks: `make frameworks` runs them in environments of their own.

Every test uses the real library with a model that follows a script: it calls a tool, and answers with what it was told.
A library that isn't installed fails the tests. CrewAI has an environment of its own: it pins what others refuse.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

# Before any framework is imported: they would report to their makers.
os.environ.update(
    OPENAI_AGENTS_DISABLE_TRACING="1",
    LANGSMITH_TRACING="false",
    LANGCHAIN_TRACING_V2="false",
    CREWAI_DISABLE_TELEMETRY="true",
    CREWAI_DISABLE_TRACKING="true",
    CREWAI_TRACING_ENABLED="false",
    OTEL_SDK_DISABLED="true",
    ANONYMIZED_TELEMETRY="False",
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    DO_NOT_TRACK="1",
    NO_PROXY="127.0.0.1",
)

import pytest
from cases import EVERYTHING

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.tools import AsyncToolset, Toolset, toolset


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(chromium=False) as running:
        running.on(goal="headlines", result={"headlines": ["A"]})
        yield running


@pytest.fixture
def tools(sandbox: Sandbox) -> Iterator[Toolset]:
    with TinyFish(sandbox.api_key, base_url=sandbox.url) as client, toolset(client, EVERYTHING) as made:
        yield made


@pytest.fixture
async def async_tools(sandbox: Sandbox) -> AsyncIterator[AsyncToolset]:
    async with (
        AsyncTinyFish(sandbox.api_key, base_url=sandbox.url) as client,
        toolset(client, EVERYTHING) as made,
    ):
        yield made


@pytest.fixture
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the examples read."""
    monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)

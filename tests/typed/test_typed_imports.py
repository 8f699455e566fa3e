"""Programs that don't use `returns=` don't load its code."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from plain_server import PlainServer
from typed_runs import api

# Prints which of these modules the program has loaded at its end.
REPORT = """
import sys
names = ("tinyfish.typed", "pydantic", "msgspec", "cattrs")
print(*sorted(name for name in sys.modules if name.startswith(names)))
"""

CALLS = """
import asyncio
from tinyfish import AsyncTinyFish, TinyFish

run = {"goal": "g", "url": "https://example.com"}

with TinyFish() as client:
    assert client.agent.run(**run, output_schema={"type": "object"}).value == {"a": 1}
    assert client.runs.wait(client.agent.queue(**run, schema_in_goal=True)).value == {"a": 1}
    assert client.agent.start(**run).value() == {"a": 1}
    with client.agent.stream(**run) as stream:
        assert stream.until_complete().repairs == ()
    assert [each.value for each in client.runs.wait_many(client.agent.queue_many([run]))] == [{"a": 1}]

async def main():
    async with AsyncTinyFish() as client:
        assert (await client.agent.run(**run)).value == {"a": 1}

asyncio.run(main())
"""

TYPED = """
from dataclasses import dataclass
from tinyfish import TinyFish

@dataclass
class A:
    a: int

with TinyFish() as client:
    assert client.agent.run(goal="g", url="https://example.com", returns=A).value == A(1)
"""


def loaded_by(program: str, server: PlainServer) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program + REPORT],
        env={"TINYFISH_API_KEY": "key", "TINYFISH_BASE_URL": server.url, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_import_loads_nothing_of_it(plain_server: PlainServer) -> None:
    assert loaded_by("import tinyfish", plain_server) == []


def test_calls_without_a_type_load_nothing_of_it(plain_server: PlainServer) -> None:
    plain_server.route = api({"a": 1})
    assert loaded_by(CALLS, plain_server) == []


def test_calls_with_a_type_load_no_other_package(plain_server: PlainServer) -> None:
    plain_server.route = api({"a": 1})
    loaded = loaded_by(TYPED, plain_server)
    assert "tinyfish.typed" in loaded
    assert [name for name in loaded if not name.startswith("tinyfish.")] == []


@pytest.mark.parametrize(
    "name", ["Problem", "Repair", "ResultMismatchError", "SchemaError", "read_as", "schema_for"]
)
def test_the_public_names_are_loaded_when_first_used(name: str, plain_server: PlainServer) -> None:
    import tinyfish
    import tinyfish.typed

    assert name in tinyfish.__all__
    assert name in dir(tinyfish)
    value: Any = getattr(tinyfish, name)
    assert value is getattr(tinyfish.typed, name)
    assert "tinyfish.typed" in loaded_by(f"from tinyfish import {name}", plain_server)


def test_a_name_that_does_not_exist_still_does_not() -> None:
    import tinyfish

    with pytest.raises(AttributeError, match="module 'tinyfish' has no attribute 'reed_as'"):
        getattr(tinyfish, "reed_" + "as")

"""Shapes of code that people have written for this API, each before and after. `task` runs it."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """A program before and after, which defines `task(goal, url)`; and whether that is async."""

    before: str
    after: str
    is_async: bool = False


SHAPES = {
    "a stream, with requests": Shape(
        '''"""Reads a page."""
import json
import os

import requests

API_KEY = os.environ["TINYFISH_API_KEY"]
BASE = "https://agent.tinyfish.ai"
HEADERS = {"X-API-Key": API_KEY, "Content-Type": "application/json"}


def task(goal, url):
    # Start it.
    response = requests.post(
        f"{BASE}/v1/automation/run-sse",
        headers=HEADERS,
        json={"goal": goal, "url": url},  # no options
        stream=True,
        timeout=300,
    )
    response.raise_for_status()
    # Read it.
    for line in response.iter_lines():
        if not line:
            continue
        text = line.decode("utf-8")
        if text.startswith("data: "):
            event = json.loads(text[6:])
            if event["type"] == "COMPLETE":  # the end
                return event.get("result")
    return None
''',
        '''"""Reads a page."""
import os
from tinyfish import TinyFish

API_KEY = os.environ["TINYFISH_API_KEY"]
BASE = "https://agent.tinyfish.ai"
HEADERS = {"X-API-Key": API_KEY, "Content-Type": "application/json"}


def task(goal, url):
    # Start it.
    # no options
    with TinyFish(api_key=API_KEY) as client:
        with client.agent.stream(goal=goal, url=url, timeout=None, idle_timeout=300) as stream:
            # Read it.
            for item in stream:
                event = item.to_dict()
                if event["type"] == "COMPLETE":  # the end
                    return event.get("result")
    return None
''',
    ),
    "a stream, with httpx": Shape(
        """import json
import os

import httpx


async def task(goal, url):
    result = None
    async with httpx.AsyncClient(timeout=None) as http:
        async with http.stream(
            "POST",
            "https://agent.tinyfish.ai/v1/automation/run-sse",
            headers={"X-API-Key": os.environ["TINYFISH_API_KEY"]},
            json={"goal": goal, "url": url, "browser_profile": "lite"},
        ) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data:"):
                    continue
                payload = line[5:].strip()
                try:
                    event = json.loads(payload)
                except json.JSONDecodeError:
                    continue
                if event["type"] == "COMPLETE":
                    result = event["result"]
                    break
    return result
""",
        """import os

import httpx
from tinyfish import AsyncTinyFish


async def task(goal, url):
    result = None
    async with httpx.AsyncClient(timeout=None) as http:
        async with AsyncTinyFish() as client:
            async with client.agent.stream(goal=goal, url=url, browser_profile="lite") as stream:
                async for item in stream:
                    event = item.to_dict()
                    if event["type"] == "COMPLETE":
                        result = event["result"]
                        break
    return result
""",
        is_async=True,
    ),
    "a stream, with aiohttp": Shape(
        """import json
import os

import aiohttp

URL = "https://agent.tinyfish.ai/v1/automation/run-sse"


async def task(goal, url):
    headers = {"X-API-Key": os.getenv("TINYFISH_API_KEY")}
    steps = []
    async with aiohttp.ClientSession() as session:
        async with session.post(URL, headers=headers, json={"goal": goal, "url": url}) as response:
            response.raise_for_status()
            async for raw in response.content:
                line = raw.decode().strip()
                if line and line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    if event["type"] == "PROGRESS":
                        steps.append(event["purpose"])
            print("done")
    return len(steps) > 0
""",
        """import os

import aiohttp
from tinyfish import AsyncTinyFish

URL = "https://agent.tinyfish.ai/v1/automation/run-sse"


async def task(goal, url):
    headers = {"X-API-Key": os.getenv("TINYFISH_API_KEY")}
    steps = []
    async with aiohttp.ClientSession() as session:
        async with AsyncTinyFish() as client:
            async with client.agent.stream(goal=goal, url=url) as stream:
                async for item in stream:
                    event = item.to_dict()
                    if event["type"] == "PROGRESS":
                        steps.append(event["purpose"])
                print("done")
    return len(steps) > 0
""",
        is_async=True,
    ),
    "a poll, with requests": Shape(
        """import os
import time

import requests

API = "https://agent.tinyfish.ai/v1"
HEADERS = {"X-API-Key": os.environ["TINYFISH_API_KEY"]}


def task(goal, url):
    payload = {"goal": goal, "url": url}
    started = requests.post(f"{API}/automation/run-async", json=payload, headers=HEADERS, timeout=30)
    started.raise_for_status()
    run_id = started.json()["run_id"]

    # Wait for it.
    while True:
        response = requests.get(f"{API}/runs/{run_id}", headers=HEADERS)
        response.raise_for_status()
        run = response.json()
        status = run["status"]
        if status == "COMPLETED":
            break
        if status in ("FAILED", "CANCELLED"):
            raise RuntimeError(run["error"])
        time.sleep(0.05)
    return run["result"]
""",
        """import os
from tinyfish import TinyFish

API = "https://agent.tinyfish.ai/v1"
HEADERS = {"X-API-Key": os.environ["TINYFISH_API_KEY"]}


def task(goal, url):
    payload = {"goal": goal, "url": url}
    with TinyFish() as client:
        run_id = client.agent.queue(**payload, timeout=30).to_dict()["run_id"]

    # Wait for it.
    with TinyFish() as client:
        run = client.runs.wait(run_id, timeout=None, poll_interval=0.05).to_dict()
    status = run["status"]
    if status in ("FAILED", "CANCELLED"):
        raise RuntimeError(run["error"])
    return run["result"]
""",
    ),
    "a poll, with httpx": Shape(
        """import asyncio
import os

import httpx

HEADERS = {"X-API-Key": os.environ.get("TINYFISH_API_KEY")}


async def task(goal, url):
    async with httpx.AsyncClient() as http:
        response = await http.post(
            "https://agent.tinyfish.ai/v1/automation/run-async", json={"goal": goal, "url": url}, headers=HEADERS
        )
        response.raise_for_status()
        run_id = response.json()["run_id"]
        while True:
            run = (await http.get(f"https://agent.tinyfish.ai/v1/runs/{run_id}", headers=HEADERS)).json()
            if run["status"] in ["COMPLETED", "FAILED"]:
                return run.get("result")
            await asyncio.sleep(0.05)
""",
        """import os

import httpx
from tinyfish import AsyncTinyFish

HEADERS = {"X-API-Key": os.environ.get("TINYFISH_API_KEY")}


async def task(goal, url):
    async with httpx.AsyncClient() as http:
        async with AsyncTinyFish() as client:
            run_id = (await client.agent.queue(goal=goal, url=url)).to_dict()["run_id"]
        async with AsyncTinyFish() as client:
            run = (await client.runs.wait(run_id, timeout=None, poll_interval=0.05)).to_dict()
        if run["status"] in ["COMPLETED", "FAILED"]:
            return run.get("result")
""",
        is_async=True,
    ),
    "one request, in one line": Shape(
        '''import os
import requests

BASE_URL = os.environ.get("TINYFISH_BASE_URL", "https://agent.tinyfish.ai")
client = "taken"


def task(goal, url):
    """Read a page."""
    headers = {"x-api-key": os.environ["TINYFISH_API_KEY"]}
    return requests.post(BASE_URL + "/v1/automation/run", headers=headers, json={"goal": goal, "url": url}).json()["result"]
''',
        '''import os
from tinyfish import TinyFish

BASE_URL = os.environ.get("TINYFISH_BASE_URL", "https://agent.tinyfish.ai")
client = "taken"


def task(goal, url):
    """Read a page."""
    headers = {"x-api-key": os.environ["TINYFISH_API_KEY"]}
    with TinyFish(base_url=BASE_URL) as tinyfish_client:
        return tinyfish_client.agent.run(goal=goal, url=url, timeout=None).to_dict()["result"]
''',
    ),
    "one request, with aiohttp": Shape(
        """import json
import os

import aiohttp


async def task(goal, url):
    async with aiohttp.ClientSession() as session:
        async with session.post(
            "https://agent.tinyfish.ai/v1/automation/run",
            headers={"X-API-Key": os.environ["TINYFISH_API_KEY"], "Content-Type": "application/json"},
            data=json.dumps({"goal": goal, "url": url}),
        ) as response:
            response.raise_for_status()
            data = await response.json()
            return data["result"]
""",
        """import os

import aiohttp
from tinyfish import AsyncTinyFish


async def task(goal, url):
    async with aiohttp.ClientSession() as session:
        async with AsyncTinyFish() as client:
            data = (await client.agent.run(goal=goal, url=url)).to_dict()
        return data["result"]
""",
        is_async=True,
    ),
    "the published SDK": Shape(
        """from tinyfish import TinyFish
from tinyfish.agent.types import CompleteEvent, ErrorCategory

FAULTS = {ErrorCategory.SYSTEM_FAILURE: "again"}


def task(goal, url):
    result = None
    with TinyFish() as client:
        with client.agent.stream(goal=goal, url=url) as stream:
            for event in stream:
                if event.type.value == "COMPLETE" and isinstance(event, CompleteEvent):
                    result = event.result_json
    return result
""",
        """from tinyfish import TinyFish
from tinyfish import CompleteEvent, RunErrorCategory

FAULTS = {RunErrorCategory.SYSTEM_FAILURE: "again"}


def task(goal, url):
    result = None
    with TinyFish() as client:
        with client.agent.stream(goal=goal, url=url) as stream:
            for event in stream:
                if event.type == "COMPLETE" and isinstance(event, CompleteEvent):
                    result = event.result_json
    return result
""",
    ),
}

_HEAD = """import asyncio, json, os, time
import httpx, requests
BASE = "https://agent.tinyfish.ai"
HEADERS = {"X-API-Key": os.environ["TINYFISH_API_KEY"]}
"""

# What is left to a person: a program, and what the report says of it.
LEFT = {
    "a start that is sent again": (
        _HEAD
        + """
def task(goal, url):
    for attempt in range(3):
        try:
            response = requests.post(f"{BASE}/v1/automation/run", headers=HEADERS, json={"goal": goal, "url": url})
            return response.json()
        except requests.RequestException:
            time.sleep(2 ** attempt)
""",
        "a second run, paid for twice",
    ),
    "chunks that are split without a buffer": (
        _HEAD
        + """
async def task(goal, url):
    async with httpx.AsyncClient() as http:
        async with http.stream("POST", f"{BASE}/v1/automation/run-sse", headers=HEADERS, json={"goal": goal, "url": url}) as r:
            async for chunk in r.aiter_text():
                for line in chunk.split("\\n"):
                    print(json.loads(line[6:]))
""",
        "cuts events anywhere",
    ),
    "a stream that is read as one body": (
        _HEAD
        + """
def task(goal, url):
    response = requests.post(f"{BASE}/v1/automation/run-sse", headers=HEADERS, json={"goal": goal, "url": url})
    for line in response.text.split("\\n"):
        print(line)
""",
        "the loop isn't over the lines of response",
    ),
    "events that don't exist": (
        _HEAD + 'def seen(event):\n    return event["type"] == "ERROR" and "/automation/run-sse"\n',
        "no event of a run has the type ERROR",
    ),
    "a poll with an end of its own": (
        _HEAD
        + """
def task(run_id):
    for _ in range(60):
        run = requests.get(f"{BASE}/v1/runs/{run_id}", headers=HEADERS).json()
        if run["status"] == "COMPLETED":
            return run
        time.sleep(5)
""",
        "client.runs.wait(run_id, timeout=...)",
    ),
    "a poll that takes all else for pending": (
        _HEAD
        + """
def task(run_id):
    while True:
        response = requests.get(f"{BASE}/v1/runs/{run_id}", headers=HEADERS)
        if response.status_code == 200 and response.json()["status"] == "COMPLETED":
            return response.json()
        time.sleep(5)
""",
        "response is used for more than response.json()",
    ),
    "a status that is read by hand": (
        _HEAD
        + """
def task(goal, url):
    response = requests.post(f"{BASE}/v1/automation/run", headers=HEADERS, json={"goal": goal, "url": url})
    if response.status_code != 200:
        return None
    return response.json()
""",
        "response is used for more than response.json()",
    ),
    "an option that doesn't exist": (
        _HEAD
        + """
def task(goal, url):
    return requests.post(f"{BASE}/v1/automation/run", headers=HEADERS, json={"goal": goal, "url": url, "speed": 9}).json()
""",
        "has 'speed', which is no option of a run",
    ),
    "a time limit of httpx": (
        _HEAD
        + """
LIMIT = httpx.Timeout(10)

def task(goal, url):
    return httpx.post(f"{BASE}/v1/automation/run", headers=HEADERS, json={"goal": goal, "url": url}, timeout=LIMIT).json()
""",
        "its timeout is LIMIT",
    ),
    "a body that is changed": (
        _HEAD
        + """
def task(goal, url, speed):
    payload = {"goal": goal, "url": url}
    payload["speed"] = speed
    return requests.post(f"{BASE}/v1/automation/run", headers=HEADERS, json=payload).json()
""",
        "what its body has isn't visible here",
    ),
    "a URL that is a name of something else too": (
        _HEAD
        + """
url = f"{BASE}/v1/automation/run"

def task(session, urls):
    for url in urls:
        print(session.get(url).json())
    return requests.post(url, headers={}, json={}).status_code, "/automation/run", {"type": "ERROR"}["type"] == "ERROR"
""",
        "no event of a run has the type ERROR",
    ),
    "a key from somewhere": (
        _HEAD
        + """
def task(session, goal, url):
    return session.post(f"{BASE}/v1/automation/run", json={"goal": goal, "url": url}).json()
""",
        "where its X-API-Key comes from isn't visible here",
    ),
    "a time limit around a run": (
        "import asyncio\nfrom tinyfish import AsyncTinyFish\n\n\nasync def task(client: AsyncTinyFish):\n"
        '    return await asyncio.wait_for(client.agent.run(goal="g", url="https://example.com"), 60)\n',
        "at the limit the run goes on, and goes on billing",
    ),
    "an invented import": ("from tinyfish import TinyFishClient\n", "did you mean TinyFish?"),
    "a former name of the result": (
        'import tinyfish\n\n\ndef result(event):\n    return event["resultJson"]\n',
        "'resultJson' is a former name",
    ),
    "a key in the source": (
        'from tinyfish import TinyFish\n\nclient = TinyFish(api_key="sk-secret")\n',
        "the API key is in the source",
    ),
    "a client for each call": (
        "from tinyfish import TinyFish\n\n\ndef task(goal, url):\n    client = TinyFish()\n"
        "    return client.agent.run(goal=goal, url=url)\n",
        "which is never closed",
    ),
    "the shape in the goal": (
        "from tinyfish import TinyFish\n\n\ndef task(client: TinyFish, url):\n"
        "    return client.agent.run(goal='Read it. Return JSON: {\"price\": number}', url=url)\n",
        "Pass a class as returns=",
    ),
}

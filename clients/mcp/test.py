"""The tasks of clients/run.py, with the tools of an MCP server that FastMCP makes of the documents.

python test.py every-tool     call every tool of all products, and check that together they're short enough
python test.py sizes          print the length of the tools of each product
python test.py TASK           do a task
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import product_calls
import yaml
from fastmcp import Client, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.providers.openapi import MCPType, OpenAPITool, RouteMap
from fastmcp.utilities.openapi import HTTPRoute
from mcp_types import Tool, ToolAnnotations

from tinyfish.sandbox import Sandbox

SPEC, SESSION_SPEC = os.environ["SPEC"], os.environ["SESSION_SPEC"]
# Of the tools of these products, and of all products, together.
DEFAULT_TOKENS, ALL_TOKENS = 7_500, 16_000


# The server, as shown in docs/other-languages.md.
PRODUCTS = ("agent", "runs", "browser")


def server(base_url: str, api_key: str, products: Collection[str] = PRODUCTS) -> FastMCP:
    # A run takes minutes. If a call times out too early, the agent repeats it, and the run is billed twice.
    api = httpx2.AsyncClient(base_url=base_url, headers={"X-API-Key": api_key}, timeout=900)
    session = httpx2.AsyncClient()  # without the key, because it's another host

    async def follow(response: httpx2.Response) -> None:
        if response.request.url.path == "/v1/browser" and response.status_code == 201:
            session.base_url = json.loads(await response.aread())["base_url"]

    api.event_hooks = {"response": [follow]}
    tools = tools_of(SPEC, api, products)
    if "browser" in products:
        tools.mount(tools_of(SESSION_SPEC, session, ["session"]))
    return tools


def tools_of(document: str, client: httpx2.AsyncClient, tags: Iterable[str]) -> FastMCP:
    spec = yaml.safe_load(Path(document).read_text(encoding="utf-8"))
    routes = [RouteMap(tags={tag}, mcp_type=MCPType.TOOL) for tag in tags]
    routes.append(RouteMap(mcp_type=MCPType.EXCLUDE))  # all others
    # Without the response schemas, which are as long as everything else.
    return FastMCP.from_openapi(
        spec, client, route_maps=routes, mcp_component_fn=as_tool, validate_output=False
    )


def as_tool(route: HTTPRoute, tool: OpenAPITool) -> None:
    tool.annotations = ToolAnnotations(
        read_only_hint=route.method == "GET", idempotent_hint=route.extensions.get("x-safe-to-repeat", False)
    )
    tool.parameters = brief(tool.parameters)
    if any("text/event-stream" in answer.content_schema for answer in route.responses.values()):
        tool.output_schema = None  # its response is text, not JSON


def brief(schema: Any) -> Any:
    """The parts of a schema that a model needs. The API checks the rest."""
    if isinstance(schema, list):
        return [brief(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if len(schema.get("allOf", [])) == 1:  # a reference with a description of its own
        schema = {**schema["allOf"][0], **{key: value for key, value in schema.items() if key != "allOf"}}
    return {
        key: {name: brief(one) for name, one in value.items()}
        if key in ("properties", "$defs")
        else brief(value)
        for key, value in schema.items()
        if key in KEYWORDS
    }


KEYWORDS = {"type", "properties", "required", "items", "enum", "minimum", "maximum", "minItems", "maxItems"}
KEYWORDS |= {"description", "allOf", "anyOf", "$ref", "$defs"}


# The server for the previous contract, which is one document.
def stock_server(base_url: str, api_key: str, _: object = None) -> FastMCP:
    client = httpx2.AsyncClient(base_url=base_url, headers={"X-API-Key": api_key}, timeout=60)
    return FastMCP.from_openapi(yaml.safe_load(Path(SPEC).read_text(encoding="utf-8")), client)


MADE = stock_server if "STOCK" in os.environ else server


class Tools:
    """The tools, as an agent calls them."""

    def __init__(self, client: Client[Any]) -> None:
        self._client = client
        self.answered: dict[str, str] = {}  # by tool: "yes", or why not

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """What a tool answers: JSON, or text if it is none."""
        try:
            answer = await self._client.call_tool(name, arguments)
        except (ToolError, RuntimeError) as error:
            self.answered[name] = str(error)
            raise ToolError(str(error)) from error
        self.answered[name] = "yes"
        if answer.structured_content is not None:
            return answer.structured_content
        return "".join(block.text for block in answer.content)

    async def start(self, goal: str, tool: str = "queueRun", **more: Any) -> Any:
        return await self.call(tool, goal=goal, url="https://shop.example/", **more)

    async def wait_for(self, run_id: str) -> str:
        run = await self.call("getRun", run_id=run_id)
        if run["status"] in ("PENDING", "RUNNING"):
            await asyncio.sleep(0.02)
            return await self.wait_for(run_id)
        return f"{run['status']} {run['result']['headlines'][0]}"


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]


async def run(tools: Tools) -> str:
    found = await tools.start("headlines", "runAgent")
    return f"{found['status']} {found['result']['headlines'][0]}"


async def poll(tools: Tools) -> str:
    return await tools.wait_for((await tools.start("headlines"))["run_id"])


async def listing(tools: Tools) -> str:
    seen, more = 0, {}
    while True:
        page = await tools.call("listRuns", limit=2, **more)
        seen += len(page["data"])
        more = {"cursor": page["pagination"]["next_cursor"]}
        if not page["pagination"]["has_more"]:
            return str(seen)


async def batch(tools: Tools) -> str:
    item = {"goal": "headlines", "url": "https://shop.example/"}
    ids = (await tools.call("queueRuns", runs=[item, item]))["run_ids"]
    await tools.call("cancelRunsBatch", run_ids=ids)
    found = await tools.call("getRunsBatch", run_ids=[*ids, "unknown"])
    return f"{len(found['data'])} found, {len(found['not_found'])} not"


async def cancel(tools: Tools) -> str:
    run_id = (await tools.start("endless"))["run_id"]
    return str((await tools.call("cancelRun", run_id=run_id))["status"])


async def session(tools: Tools) -> str:
    session_id = (await tools.call("createBrowserSession", timeout_seconds=60))["session_id"]
    usage = await tools.call("listBrowserUsage", session_id=session_id)
    await tools.call("deleteBrowserSession", session_id=session_id)
    return f"{len(usage['items'])} in use, deleted"


async def pages(tools: Tools) -> str:
    await tools.call("createBrowserSession")
    return str((await tools.call("listSessionPages"))["result"][0]["url"])


async def streamed(tools: Tools) -> str:
    text = await tools.start("headlines", "streamRun")
    return " ".join(event["type"] for event in events(text))


async def broken_stream(tools: Tools) -> str:
    since = datetime.now(UTC).isoformat()
    with suppress(ToolError):  # the run goes on: find it
        return f"not broken: {await tools.start('headlines', 'streamRun')}"
    found = await tools.call("listRuns", goal="headlines", created_after=since)
    return await tools.wait_for(found["data"][0]["run_id"])


async def lost_answer(tools: Tools) -> str:
    with suppress(ToolError):
        return str((await tools.start("headlines"))["run_id"])
    return "error"


async def status(tools: Tools) -> str:
    return str((await tools.call("getRun", run_id="any"))["status"])


async def list_result(tools: Tools) -> str:
    return ",".join((await tools.start("list", "runAgent"))["result"])


async def error(call: Awaitable[object]) -> str:
    try:
        await call
    except ToolError as failure:
        said = str(failure)
        return (
            f"{said.partition('HTTP error ')[2][:3]} {json.loads(said.partition(' - ')[2])['error']['code']}"
        )
    return "no error"


TASKS: dict[str, Callable[[Tools], Awaitable[str]]] = {
    "run": run,
    "poll": poll,
    "list": listing,
    "batch": batch,
    "cancel": cancel,
    "session": session,
    "pages": pages,
    "events": streamed,
    "broken-stream": broken_stream,
    "lost-answer": lost_answer,
    "error-400": lambda tools: error(
        tools.start("headlines", proxy_config={"enabled": True, "type": "custom"})
    ),
    "error-401": lambda tools: error(tools.call("listRuns")),
    "error-404": lambda tools: error(tools.call("getRun", run_id="unknown")),
    "unknown-status": status,
    "unknown-field": status,
    "list-result": list_result,
}
# Together, these tasks call every tool for runs and browser sessions.
EVERY_TOOL = (run, poll, listing, batch, cancel, session, pages, streamed)


async def task(name: str) -> str:
    made = MADE(os.environ["TINYFISH_BASE_URL"], os.environ["TINYFISH_API_KEY"])
    async with Client(made) as client:
        return await TASKS[name](Tools(client))


async def every_tool() -> list[str]:
    """Call the tool of every operation, and return the names of those that don't work, with the reasons."""
    with Sandbox() as sandbox:
        sandbox.on(goal="headlines", result={"headlines": ["A", "B"]})
        sandbox.on(goal="endless", hangs=True)
        product_calls.prepare(sandbox)
        async with Client(MADE(sandbox.url, sandbox.api_key, operations().values())) as client:
            tools = Tools(client)
            for calls in EVERY_TOOL:
                with suppress(ToolError):
                    await calls(tools)
            for calls in product_calls.ALL:
                with suppress(ToolError):
                    await calls(tools.call)
            names = operations().keys() | {tool.name for tool in await client.list_tools()}
    answers = {name: tools.answered.get(name, "not called") for name in sorted(names)}
    return [f"{name} ({answer})" for name, answer in answers.items() if answer != "yes"]


def operations() -> dict[str, str]:
    """The product of each operation of the documents: its tag."""
    paths = [
        path
        for document in (SPEC, SESSION_SPEC)
        for path in yaml.safe_load(Path(document).read_text(encoding="utf-8"))["paths"].values()
    ]
    return {
        operation["operationId"]: operation["tags"][0]
        for path in paths
        for operation in path.values()
        if "operationId" in operation
    }


async def sizes() -> dict[str, int]:
    """About how many tokens the tools of each product take."""
    found: dict[str, int] = {}
    async with Client(MADE("http://sandbox.invalid", "none", operations().values())) as client:
        for tool in await client.list_tools():
            product = operations()[tool.name]
            found[product] = found.get(product, 0) + length(tool)
    return found


def length(tool: Tool) -> int:
    """About how many tokens everything that the server says of a tool takes: four characters each."""
    said = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    return len(json.dumps(said, ensure_ascii=False)) // 4


def main(name: str) -> str | None:
    """Run the command line; returns what goes wrong."""
    logging.disable()  # failures are returned instead
    if name in TASKS:
        print(asyncio.run(task(name)))
        return None
    found = asyncio.run(sizes())
    default = sum(found.get(product, 0) for product in (*PRODUCTS, "session"))
    everything = sum(found.values())
    if name == "sizes":
        for product, tokens in {**found, "default": default, "all": everything}.items():
            print(f"{tokens:6,} {product}")
        return None
    wrong = asyncio.run(every_tool())
    if default > DEFAULT_TOKENS or everything > ALL_TOKENS:
        wrong.append(
            f"{default:,} and {everything:,} tokens, more than {DEFAULT_TOKENS:,} and {ALL_TOKENS:,}"
        )
    return f"error: {', '.join(wrong)}" if wrong else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

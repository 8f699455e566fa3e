"""The sandbox's own paths, for tests in any language: its rules and faults, and what it has recorded.

GET     /_sandbox             rules, faults, and the number of requests, runs and sessions
POST    /_sandbox/rules       add a rule
DELETE  /_sandbox/rules       delete all rules
POST    /_sandbox/faults      add a fault
DELETE  /_sandbox/faults      delete all faults
GET     /_sandbox/requests    the calls that it received
GET     /_sandbox/runs        its runs, with their requests
GET     /_sandbox/sessions    its browser sessions
POST    /_sandbox/reset       reset, as if it had just been started
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from tinyfish.sandbox.browser.usage import SessionStore
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject, is_object
from tinyfish.sandbox.recorder import Recorder
from tinyfish.sandbox.request_body import check_key, json_body
from tinyfish.sandbox.script.faults import Faults
from tinyfish.sandbox.script.rules import Rules
from tinyfish.sandbox.store import RunStore


class Controlled(Protocol):
    """The objects that the control paths read and change."""

    rules: Rules
    faults: Faults
    recorder: Recorder
    store: RunStore
    session_store: SessionStore

    async def reset(self) -> None:
        """Delete everything."""
        ...


def add_routes(app: web.Application, server: Controlled, *, api_key: str) -> None:
    """Serve the control paths. They need the API key, because otherwise a web page could reach them."""

    async def overview() -> JsonObject:
        return {
            "rules": server.rules.all(),
            "faults": server.faults.all(),
            "requests": len(server.recorder.all()),
            "runs": len(server.store.all()),
            "sessions": len(server.session_store.all()),
        }

    async def requests() -> JsonObject:
        return {"data": [dataclasses.asdict(request) for request in server.recorder.all()]}

    async def runs() -> JsonObject:
        return {"data": [dataclasses.asdict(record) for record in server.store.all()]}

    async def sessions() -> JsonObject:
        return {"data": [dataclasses.asdict(record) for record in server.session_store.all()]}

    def answering(question: Callable[[], Awaitable[JsonObject]]) -> Any:
        async def answer(request: web.Request) -> web.Response:
            check_key(request, api_key)
            return web.json_response(await question())

        return answer

    def doing(work: Callable[[], Awaitable[None] | None]) -> Any:
        async def do(request: web.Request) -> web.Response:
            check_key(request, api_key)
            done = work()
            if done is not None:
                await done
            return web.Response(status=204)

        return do

    def adding(add: Callable[[Mapping[str, Any]], None]) -> Any:
        async def take(request: web.Request) -> web.Response:
            check_key(request, api_key)
            given = await json_body(request)
            if not is_object(given):
                raise InvalidInputError([issue("invalid_type", [], "Expected object", expected="object")])
            add(given)
            return web.json_response(given, status=201)

        return take

    app.router.add_get("/_sandbox", answering(overview))
    app.router.add_get("/_sandbox/requests", answering(requests))
    app.router.add_get("/_sandbox/runs", answering(runs))
    app.router.add_get("/_sandbox/sessions", answering(sessions))
    app.router.add_post("/_sandbox/rules", adding(server.rules.add))
    app.router.add_delete("/_sandbox/rules", doing(server.rules.clear))
    app.router.add_post("/_sandbox/faults", adding(server.faults.add))
    app.router.add_delete("/_sandbox/faults", doing(server.faults.clear))
    app.router.add_post("/_sandbox/reset", doing(server.reset))

"""The sandbox's web application: the contract's operations, and what every call of them goes through."""

import json
import logging
import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from tinyfish.sandbox import contract, live_page
from tinyfish.sandbox.contract import Operation
from tinyfish.sandbox.errors import ApiError, InvalidInputError, code_for, envelope, issue
from tinyfish.sandbox.handlers import HANDLERS
from tinyfish.sandbox.recorder import RecordedRequest, Recorder, masked
from tinyfish.sandbox.service import Call, Handler, Service
from tinyfish.sandbox.validation import RequestCheck

_log = logging.getLogger("tinyfish.sandbox")

_MAX_BODY = 16 * 1024 * 1024

_HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(service: Service, recorder: Recorder, *, api_key: str) -> web.Application:
    """Build the application.

    Args:
        service: The parts of the sandbox that its handlers work with.
        recorder: Keeps every call.
        api_key: The key that calls must carry.
    """
    app = web.Application(middlewares=[_unknown_paths(recorder), _errors], client_max_size=_MAX_BODY)
    app.on_response_prepare.append(_mark)
    for operation in contract.operations():
        endpoint = _endpoint(operation, HANDLERS[operation.operation_id], service, recorder, api_key)
        app.router.add_route(operation.method, operation.path, endpoint)
    live_page.add_routes(app, service)
    return app


def _endpoint(
    operation: Operation, handler: Handler, service: Service, recorder: Recorder, api_key: str
) -> _HttpHandler:
    """What serves one operation: the key, then the contract, then the handler."""
    check = RequestCheck(operation)

    async def serve(request: web.Request, record: RecordedRequest) -> web.StreamResponse:
        if operation.needs_key:
            _check_key(request, api_key)
        values = check.parameters(request.match_info, request.query)
        body = None
        if operation.body is not None:
            body = await _body(operation, request, record)
            check.body(body)
        return await handler(Call(service=service, http=request, body=body, values=values))

    async def endpoint(request: web.Request) -> web.StreamResponse:
        record = recorder.add(request.method, request.path, request.query, request.headers)
        record.operation = operation.operation_id
        record.status = 500
        try:
            response = await serve(request, record)
        except ApiError as error:
            record.status = error.status
            raise
        record.status = response.status
        return response

    return endpoint


def _unknown_paths(recorder: Recorder) -> Middleware:
    """Records the calls that the contract has no operation for."""

    @web.middleware
    async def record(request: web.Request, handler: _HttpHandler) -> web.StreamResponse:
        unknown = request.match_info.http_exception
        if unknown is not None:
            recorder.add(request.method, request.path, request.query, request.headers).status = unknown.status
        return await handler(request)

    return record


def _check_key(http: web.Request, api_key: str) -> None:
    given = http.headers.get("X-API-Key", "")
    if not given:
        raise ApiError(401, "The X-API-Key header is missing", code="MISSING_API_KEY")
    if not secrets.compare_digest(given.encode(), api_key.encode()):
        raise ApiError(401, "This is not the sandbox's API key", code="INVALID_API_KEY")


async def _body(operation: Operation, request: web.Request, record: RecordedRequest) -> Any:
    """The call's JSON body; an empty object when it may be left out and is."""
    raw = await request.read()
    if not raw and not operation.body_required:
        return {}
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        # Half a surrogate pair can be written in JSON, and nowhere else.
        json.dumps(body, ensure_ascii=False).encode()
        record.body = masked(body)
    except (ValueError, RecursionError):
        raise InvalidInputError([issue("custom", [], "The body is not JSON")]) from None
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@web.middleware
async def _errors(request: web.Request, handler: _HttpHandler) -> web.StreamResponse:
    """Every error in the API's envelope."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body(), status=error.status)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        body = envelope(code_for(error.status), f"{error.reason}: {request.method} {request.path}")
        return web.json_response(body, status=error.status, headers=headers)
    except Exception as error:  # noqa: BLE001 - a defect of the sandbox must look like a server's, and be told
        _log.exception("%s %s", request.method, request.path)
        return web.json_response(envelope("INTERNAL_ERROR", f"The sandbox failed: {error!r}"), status=500)


async def _mark(http: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-TinyFish-Sandbox"] = "1"
    response.headers.setdefault("X-Request-Id", str(uuid.uuid4()))

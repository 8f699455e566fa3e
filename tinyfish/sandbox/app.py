"""The sandbox's web application: the contract's operations, and the steps of every call."""

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from tinyfish.sandbox import contract, served_contract, views
from tinyfish.sandbox.access_log import CutOff
from tinyfish.sandbox.callers import refuse_foreign_name, refuse_foreign_origin
from tinyfish.sandbox.contract import Operation
from tinyfish.sandbox.errors import ApiError, code_for, envelope
from tinyfish.sandbox.handlers import HANDLERS
from tinyfish.sandbox.recorder import RecordedRequest, Recorder, masked
from tinyfish.sandbox.request_body import check_key, json_body
from tinyfish.sandbox.script.faults import AnsweredError, CutError
from tinyfish.sandbox.script.rules import Rules
from tinyfish.sandbox.script.slowness import send_slowly
from tinyfish.sandbox.service import Call, Handler, Service
from tinyfish.sandbox.validation import RequestCheck

_log = logging.getLogger("tinyfish.sandbox")

_MAX_BODY = 16 * 1024 * 1024

_HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(service: Service, recorder: Recorder, rules: Rules, *, api_key: str) -> web.Application:
    """Build the application.

    Args:
        service: The parts of the sandbox that its handlers work with.
        recorder: Records every call.
        rules: The rules, for the page that lists them.
        api_key: The API key for calls.
    """
    app = web.Application(middlewares=[_unknown_paths(recorder), _errors], client_max_size=_MAX_BODY)
    app.on_response_prepare.append(_mark)
    for operation in contract.operations():
        endpoint = _endpoint(operation, HANDLERS[operation.operation_id], service, recorder, api_key)
        for path in operation.paths:
            app.router.add_route(operation.method, path, endpoint)
    # Before the next routes, because / is also the path of products that have a host of their own.
    views.add_routes(app, service, rules)
    # Without these, a wrong method on /v1/runs/batch would match the path of a run with that id.
    for path, methods in contract.methods().items():
        app.router.add_route("*", path, _refuse_method(methods, recorder))
    app.router.add_get("/openapi.json", _contract)
    return app


def _refuse_method(methods: list[str], recorder: Recorder) -> _HttpHandler:
    async def refuse(request: web.Request) -> web.StreamResponse:
        recorder.add(request.method, request.path, request.query, request.headers).status = 405
        raise web.HTTPMethodNotAllowed(request.method, methods)

    return refuse


async def _contract(request: web.Request) -> web.Response:
    return web.json_response(served_contract.document(str(request.url.origin())))


def _endpoint(
    operation: Operation, handler: Handler, service: Service, recorder: Recorder, api_key: str
) -> _HttpHandler:
    """Serves one operation: checks the key, applies faults, checks the contract, then calls the handler."""
    check = RequestCheck(operation)

    async def serve(request: web.Request, record: RecordedRequest) -> web.StreamResponse:
        if operation.needs_key:
            check_key(request, api_key)
        effect = service.faults.effect(operation.operation_id)
        body: Any = None
        if operation.body is not None:
            body = {}
            if operation.body_required or await request.read():
                body = await json_body(request)
            record.body = masked(body)
        await effect.strike(request, "before")
        values = check.parameters(request.match_info, request.query, request.headers)
        if operation.body is not None:
            check.body(body)
        service.wallet.pay(operation.operation_id)
        call = Call(service=service, http=request, body=body, values=values, effect=effect, record=record)
        response = await handler(call)
        await effect.strike(request, "after")
        rate = effect.get("bytes_per_second")
        if rate is not None and isinstance(response, web.Response):
            record.status = response.status  # even while it's being sent
            return await send_slowly(request, response, rate)
        return response

    async def endpoint(request: web.Request) -> web.StreamResponse:
        record = recorder.add(request.method, request.path, request.query, request.headers)
        record.operation = operation.operation_id
        try:
            response = await serve(request, record)
        except AnsweredError as answered:
            response = answered.response
        except CutError:
            record.status = None
            return CutOff()
        except Exception as error:
            record.status = error.status if isinstance(error, ApiError) else 500
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


@web.middleware
async def _errors(request: web.Request, handler: _HttpHandler) -> web.StreamResponse:
    """Every error in the API's envelope."""
    try:
        refuse_foreign_name(request)
        refuse_foreign_origin(request)
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body(), status=error.status)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        body = envelope(code_for(error.status), f"{error.reason}: {request.method} {request.path}")
        return web.json_response(body, status=error.status, headers=headers)
    except ConnectionError as error:
        if request.transport is None or request.transport.is_closing():
            return web.Response()  # the client has disconnected; nobody gets this
        return _defect(request, error)
    except Exception as error:  # noqa: BLE001 - a bug in the sandbox must look like a server error, and be reported
        return _defect(request, error)


def _defect(request: web.Request, error: Exception) -> web.Response:
    _log.error("%s %s", request.method, request.path, exc_info=error)
    return web.json_response(envelope("INTERNAL_ERROR", f"The sandbox failed: {error!r}"), status=500)


async def _mark(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-TinyFish-Sandbox"] = "1"
    response.headers.setdefault("X-Request-Id", str(uuid.uuid4()))

"""Requests to the API that are sent by requests, httpx or aiohttp, and the methods that take their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import libcst as cst

from tinyfish.migrate.context import API_HOST, Context
from tinyfish.migrate.syntax import code_of, dotted, text_of
from tinyfish.options import RunOptions

_PATHS: Final = {
    "run": ("post", r"automation/run"),
    "queue": ("post", r"automation/run-async"),
    "stream": ("post", r"automation/run-sse"),
    "cancel": ("post", r"runs/(?P<id>[^/?]+)/cancel"),
    "get": ("get", r"runs/(?P<id>[^/?]+)"),
}
STARTS: Final = ("run", "queue", "stream")
_OPTIONS: Final = {*RunOptions.__annotations__, "goal", "url"} - {
    "strict",
    "returns",
    "timeout",
    "max_retries",
}
_KEY_IN_ENVIRONMENT: Final = re.compile(
    r"""os\.(environ\[|environ\.get\(|getenv\()["']TINYFISH_API_KEY["'][\])]$"""
)
# A part of an address that isn't known: the number of its expression.
_HOLE: Final = re.compile("\0(\\d+)\0")


class UncertainRewriteError(Exception):
    """Why a request can't be rewritten."""


class ApiCall(NamedTuple):
    """A request to the API.

    Attributes:
        operation: `run`, `queue`, `stream`, `get` or `cancel`.
        arguments: Those of the method, as code.
        client: Those of the client, as code.
        is_async: Whether it is sent by an async library.
    """

    operation: str
    arguments: str
    client: str
    is_async: bool

    @property
    def class_name(self) -> str:
        """The class of the client."""
        return "AsyncTinyFish" if self.is_async else "TinyFish"

    def method(self, client: str) -> str:
        """The call of the method, as code.

        Args:
            client: The client's name.
        """
        owner = "agent" if self.operation in STARTS else "runs"
        return f"{client}.{owner}.{self.operation}({self.arguments})"

    def header(self, client: str) -> str:
        """The `with` statement that makes the client, up to its colon."""
        return f"{'async ' if self.is_async else ''}with {self.class_name}({self.client}) as {client}"


def api_call(node: cst.BaseExpression, context: Context, *, is_async: bool) -> ApiCall | None:
    """The request that an expression sends; None if it is something else.

    Args:
        node: The expression.
        context: The file.
        is_async: Whether it is awaited, or the subject of an `async with`.

    Raises:
        UncertainRewriteError: It is a request to the API, but how to rewrite it isn't certain.
    """
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    method = node.func.attr.value
    arguments = list(node.args)
    if method in ("stream", "request"):
        verb = text_of(arguments[0].value) if arguments else None
        if verb is None:
            return None
        method, arguments = verb.lower(), arguments[1:]
    if method not in ("get", "post") or any(each.star for each in arguments):
        return None
    named = {each.keyword.value: each.value for each in arguments if each.keyword}
    positional = [each.value for each in arguments if each.keyword is None]
    address = positional[0] if positional else named.get("url")
    found = _operation(address, method, context) if address is not None else None
    if found is None:
        return None
    operation, base, run_id = found
    if len(positional) > 1:
        raise UncertainRewriteError("it has positional arguments after the URL")
    wanted = [f"api_key={key}"] if (key := _key(named.get("headers"), context)) else []
    client = ", ".join([*wanted, *([f"base_url={base}"] if base else [])])
    if operation in STARTS:
        parts = [_body(named, context), *_time_limits(operation, named, dotted(node.func), context)]
    else:
        parts = [run_id]
    unknown = set(named) - {"url", "headers", "json", "data", "content", "timeout", "stream"}
    if unknown:
        raise UncertainRewriteError(f"it has the argument {sorted(unknown)[0]}")
    return ApiCall(operation, ", ".join(part for part in parts if part), client, is_async)


def _operation(address: cst.BaseExpression, method: str, context: Context) -> tuple[str, str, str] | None:
    """The operation, the base URL as code (empty if it is the API's own), and the run's id as code."""
    holes: list[cst.BaseExpression] = []
    text = _address(address, context, holes)
    for operation, (verb, path) in _PATHS.items():
        match = re.fullmatch(rf"(?P<base>.*?)(?P<version>/v1)?/{path}/?", text)
        if verb != method or match is None:
            continue
        base = match["base"]
        hole = _HOLE.fullmatch(base)
        if API_HOST not in base and (operation in ("get", "cancel") and not context.calls_tinyfish):
            return None
        if not match["version"]:
            raise UncertainRewriteError("whether its URL ends with /v1 before the path isn't visible here")
        given = match.groupdict().get("id") or ""
        id_hole = _HOLE.fullmatch(given)
        run_id = code_of(holes[int(id_hole[1])]) if id_hole else repr(given)
        if base == f"https://{API_HOST}":
            return operation, "", run_id
        if hole:
            return operation, code_of(holes[int(hole[1])]), run_id
        if _HOLE.search(base):
            raise UncertainRewriteError("its URL is put together of several parts")
        return operation, repr(base), run_id
    return None


def _address(node: cst.BaseExpression, context: Context, holes: list[cst.BaseExpression]) -> str:
    text = text_of(node)
    if text is not None:
        return text
    if isinstance(node, cst.FormattedString):
        return "".join(
            part.value
            if isinstance(part, cst.FormattedStringText)
            else _address(part.expression, context, holes)
            for part in node.parts
            if isinstance(part, cst.FormattedStringText | cst.FormattedStringExpression)
        )
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _address(node.left, context, holes) + _address(node.right, context, holes)
    if isinstance(node, cst.Name):
        value = context.constant(node.value)
        if isinstance(value, cst.SimpleString | cst.FormattedString | cst.BinaryOperation):
            return _address(value, context, holes)
    holes.append(node)
    return f"\0{len(holes) - 1}\0"


def _dict(node: cst.BaseExpression | None, context: Context) -> Mapping[str, cst.BaseExpression] | None:
    """The entries of a dict display, here or in a constant."""
    if isinstance(node, cst.Name):
        node = context.constant(node.value)
    if not isinstance(node, cst.Dict):
        return None
    found: dict[str, cst.BaseExpression] = {}
    for element in node.elements:
        name = text_of(element.key) if isinstance(element, cst.DictElement) else None
        if name is None:
            return None
        found[name] = element.value
    return found


def _key(headers: cst.BaseExpression | None, context: Context) -> str:
    """The API key as code; empty if it is the one of the environment."""
    entries = _dict(headers, context)
    key = next((value for name, value in (entries or {}).items() if name.lower() == "x-api-key"), None)
    if key is None:
        raise UncertainRewriteError("where its X-API-Key comes from isn't visible here")
    code = code_of(key)
    return "" if _KEY_IN_ENVIRONMENT.match(code) else code


def _body(named: Mapping[str, cst.BaseExpression], context: Context) -> str:
    """The options of the run, as arguments."""
    body = named.get("json")
    if body is None:
        dumped = named.get("data") or named.get("content")
        if isinstance(dumped, cst.Call) and dotted(dumped.func) == "json.dumps" and len(dumped.args) == 1:
            body = dumped.args[0].value
    entries = _dict(body, context)
    if entries is None:
        raise UncertainRewriteError("what its body has isn't visible here")
    unknown = set(entries) - _OPTIONS
    if unknown or not {"goal", "url"} <= set(entries):
        named_wrong = (
            f"has {sorted(unknown)[0]!r}, which is no option of a run" if unknown else "lacks goal or url"
        )
        raise UncertainRewriteError(f"its body {named_wrong}")
    if isinstance(body, cst.Name):
        return f"**{body.value}"
    return ", ".join(f"{name}={code_of(value)}" for name, value in entries.items())


def _time_limits(
    operation: str, named: Mapping[str, cst.BaseExpression], function: str, context: Context
) -> list[str]:
    """The same time limits: those of requests and httpx hold for each read from the connection."""
    timeout = named.get("timeout")
    if timeout is None:
        return ["timeout=None"] if function.startswith("requests.") else []
    if isinstance(timeout, cst.Tuple) and len(timeout.elements) == 2:
        timeout = timeout.elements[1].value
    code = code_of(timeout)
    value = timeout if code == "None" or not isinstance(timeout, cst.Name) else context.constant(code)
    if not isinstance(value, cst.Integer | cst.Float) and code != "None":
        raise UncertainRewriteError(f"its timeout is {code}")
    if operation == "stream":
        return ["timeout=None", *([] if code == "None" else [f"idle_timeout={code}"])]
    return [f"timeout={code}"]

"""A hand-made loop over an event stream: `for line in response.iter_lines()`, `json.loads(line[6:])`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import libcst as cst
import libcst.matchers as m

from tinyfish.migrate.api_calls import ApiCall, UncertainRewriteError, api_call
from tinyfish.migrate.rewriter import Place, Replacement
from tinyfish.migrate.rules.requests import check_handlers, is_status_check, report_left
from tinyfish.migrate.syntax import (
    assigned,
    code_of,
    commented,
    single,
    statements_of,
    unawaited,
    uses,
    with_block,
)

RULE: Final = "stream"
_LINES: Final = ("iter_lines", "aiter_lines")
_CHUNKS: Final = (
    "iter_content",
    "aiter_bytes",
    "iter_bytes",
    "aiter_text",
    "iter_text",
    "iter_any",
    "iter_chunked",
)
_JSON_ERRORS: Final = (
    "json.JSONDecodeError",
    "JSONDecodeError",
    "ValueError",
    "(json.JSONDecodeError, ValueError)",
)


def rewrite(place: Place) -> Replacement | None:
    """Rewrite the loop, and the request before or around it."""
    try:
        return _assigned(place) or _with(place)
    except UncertainRewriteError as reason:
        report_left(place, reason)
        return None


def _assigned(place: Place) -> Replacement | None:
    """`response = requests.post(..., stream=True)`, and the loop."""
    pair = assigned(place.statements[0])
    if pair is None:
        return None
    response, value = pair
    call, is_async = unawaited(value)
    found = api_call(call, place.context, is_async=is_async)
    if found is None or found.operation != "stream":
        return None
    check_handlers(found, place.context)
    count = 1 + (len(place.statements) > 1 and is_status_check(place.statements[1], response))
    loop = place.statements[count] if len(place.statements) > count else None
    if uses(place.statements[count + 1 :], response) or place.context.is_used_outside(response, place.block):
        raise UncertainRewriteError(f"{response} is used after the loop too")
    return _replacement(place, found, place.statements[: count + 1], loop, response, [], [])


def _with(place: Place) -> Replacement | None:
    """`with requests.post(..., stream=True) as response:`, or `async with client.stream(...) as response:`."""
    block = place.statements[0]
    if not isinstance(block, cst.With):
        return None
    *outer, item = block.items
    found = api_call(item.item, place.context, is_async=block.asynchronous is not None)
    if found is None or found.operation != "stream":
        return None
    check_handlers(found, place.context)
    name = item.asname.name if item.asname else None
    if not isinstance(name, cst.Name):
        raise UncertainRewriteError("the response has no name")
    body = statements_of(block.body)
    while body and is_status_check(body[0], name.value):
        body = body[1:]
    if uses(body[1:], name.value) or place.context.is_used_outside(name.value, place.block):
        raise UncertainRewriteError(f"{name.value} is used after the loop too")
    return _replacement(place, found, [block], body[0] if body else None, name.value, body[1:], outer)


def _replacement(
    place: Place,
    found: ApiCall,
    old: Sequence[cst.BaseStatement],
    loop: cst.BaseStatement | None,
    response: str,
    rest: list[cst.BaseStatement],
    outer: list[cst.WithItem],
) -> Replacement:
    context = place.context
    if not isinstance(loop, cst.For) or loop.orelse is not None:
        raise UncertainRewriteError(f"no loop over the lines of {response} follows")
    event, body = _events(loop, response)
    client, stream, item = (
        context.fresh("client", "tinyfish_client"),
        context.fresh("stream", "run_stream"),
        context.fresh("item", "each_event"),
    )
    convert = cst.parse_statement(f"{event} = {item}.to_dict()")
    new = loop.with_changes(
        target=cst.Name(item),
        iter=cst.Name(stream),
        body=cst.IndentedBlock(body=[convert, *body]),
        leading_lines=[line for line in loop.leading_lines if line.comment],
    )
    kind = "async with" if found.is_async else "with"
    headers = [f"{kind} {code_of(each).rstrip(', ')}" for each in outer]
    headers += [found.header(client), f"{kind} {found.method(client)} as {stream}"]
    written: list[cst.BaseStatement] = [new, *rest]
    for header in reversed(headers):
        written = [with_block(header, written)]
    context.needed.add(found.class_name)
    text = (
        "a hand-made loop over an event stream. client.agent.stream reads events however they are cut into chunks, and "
        "if the connection breaks, it polls the run instead of losing it. An error status raises an APIStatusError"
    )
    context.report(place.line, RULE, text, is_rewritten=True)
    [block] = written
    assert isinstance(block, cst.With)
    return Replacement(len(old), [commented(block, old, [block])])


def _events(loop: cst.For, response: str) -> tuple[str, list[cst.BaseStatement]]:
    """The name of the decoded event, and what is done with it.

    Raises:
        UncertainRewriteError: The loop isn't of a form that is known.
    """
    source = loop.iter
    if isinstance(source, cst.Call) and isinstance(source.func, cst.Attribute):
        method = source.func.attr.value
        if method in _CHUNKS:
            raise UncertainRewriteError(
                f"{method} cuts events anywhere: some are lost. Iterate over client.agent.stream(...)"
            )
        is_lines = method in _LINES and code_of(source.func.value) == response
    else:
        is_lines = code_of(source) in (response, f"{response}.content")
    if not is_lines or not isinstance(loop.target, cst.Name):
        raise UncertainRewriteError(f"the loop isn't over the lines of {response}")
    derived = {loop.target.value}
    event, body = _decoded(statements_of(loop.body), derived)
    for name in derived:
        if uses(body, name):
            raise UncertainRewriteError(f"{name}, the text of the event, is used too")
    return event, body


def _decoded(statements: list[cst.BaseStatement], derived: set[str]) -> tuple[str, list[cst.BaseStatement]]:
    """Go through what only takes the text apart, to the line that decodes it."""
    for number, statement in enumerate(statements):
        rest = statements[number + 1 :]
        event = _decoding(statement, derived)
        if event:
            return event, rest
        pair = assigned(statement)
        if pair and any(uses(pair[1], name) for name in derived) and _is_plain(pair[1], derived):
            derived.add(pair[0])
            continue
        if isinstance(statement, cst.If) and _is_plain(statement.test, derived):
            inner = statements_of(statement.body)
            if statement.orelse is None and _is_skip(inner):
                continue
            if statement.orelse is None and not rest:
                return _decoded(inner, derived)
        break
    raise UncertainRewriteError("how the loop decodes its lines is unusual")


def _decoding(statement: cst.BaseStatement, derived: set[str]) -> str:
    """The name that gets the decoded event; empty if this isn't the line for it."""
    if isinstance(statement, cst.Try) and not statement.finalbody and not statement.orelse:
        handlers = [each for each in statement.handlers if each.type and code_of(each.type) in _JSON_ERRORS]
        body = statements_of(statement.body)
        is_simple = len(body) == 1 and len(handlers) == len(statement.handlers) == 1
        if is_simple and _is_skip(statements_of(handlers[0].body)):
            return _decoding(body[0], derived)
        return ""
    pair = assigned(statement)
    if pair is None or not m.matches(pair[1], m.Call(func=m.Attribute(m.Name("json"), m.Name("loads")))):
        return ""
    return pair[0] if any(uses(pair[1], name) for name in derived) else ""


def _is_plain(value: cst.BaseExpression, derived: set[str]) -> bool:
    """Whether an expression uses nothing but the text: methods of strings, slices, comparisons."""
    names = {each.value for each in m.findall(value, m.Name()) if isinstance(each, cst.Name)}
    attributes = {
        each.attr.value for each in m.findall(value, m.Attribute()) if isinstance(each, cst.Attribute)
    }
    return not (names - attributes - derived - {"len", "str", "bytes", "isinstance"})


def _is_skip(statements: list[cst.BaseStatement]) -> bool:
    return len(statements) == 1 and isinstance(single(statements[0]), cst.Continue | cst.Break | cst.Pass)

"""A request and the JSON of its response: `response = requests.post(...)`, `data = response.json()`."""

from __future__ import annotations

from typing import Final

import libcst as cst
import libcst.matchers as m

from tinyfish.migrate.api_calls import STARTS, ApiCall, UncertainRewriteError, api_call
from tinyfish.migrate.context import Context
from tinyfish.migrate.rewriter import Place, Replacement
from tinyfish.migrate.syntax import (
    assigned,
    code_of,
    commented,
    replaced,
    single,
    statements_of,
    unawaited,
    uses,
    with_block,
)

RULE: Final = "request"


def is_status_check(statement: cst.BaseStatement, response: str) -> bool:
    """Whether it is `response.raise_for_status()`."""
    small = single(statement)
    return (
        isinstance(small, cst.Expr) and code_of(unawaited(small.value)[0]) == f"{response}.raise_for_status()"
    )


def rewrite(place: Place) -> Replacement | None:
    """Rewrite a request whose JSON is read. One in a loop with a pause is for the rule `poll`."""
    loop = place.context.loops[-1] if place.context.loops else None
    if loop is not None and "sleep(" in code_of(loop) and "/runs/" in code_of(place.statements[0]):
        return None
    return _inline(place) or _assigned(place) or _with(place)


def _assigned(place: Place) -> Replacement | None:
    """`response = requests.post(...)`, perhaps `response.raise_for_status()`, and a line with `response.json()`."""
    pair = assigned(place.statements[0])
    if pair is None:
        return None
    response, value = pair
    call, is_async = unawaited(value)
    try:
        found = api_call(call, place.context, is_async=is_async)
        if found is None or found.operation == "stream":
            return None
        check_handlers(found, place.context)
        count = 1
        is_checked = len(place.statements) > 1 and is_status_check(place.statements[1], response)
        count += is_checked
        if len(place.statements) <= count:
            raise UncertainRewriteError(f"{response} isn't read here")
        line = place.statements[count]
        json = _json_of(line, response)
        if json is None:
            raise UncertainRewriteError(f"{response} is used for more than {response}.json()")
        rest = until_assigned(place.statements[count + 1 :], response)
        if uses(rest, response) or (
            len(rest) == len(place.statements[count + 1 :])
            and place.context.is_used_outside(response, place.block)
        ):
            raise UncertainRewriteError(f"{response} is used again later")
    except UncertainRewriteError as reason:
        report_left(place, reason)
        return None
    return _replacement(place, found, count + 1, line, json, is_checked=is_checked)


def _inline(place: Place) -> Replacement | None:
    """A line with `requests.post(...).json()`."""
    line = place.statements[0]
    if not isinstance(line, cst.SimpleStatementLine):
        return None
    for json in m.findall(line, m.Call(func=m.Attribute(value=m.Call(), attr=m.Name("json")), args=[])):
        assert isinstance(json, cst.Call)
        assert isinstance(json.func, cst.Attribute)
        try:
            found = api_call(json.func.value, place.context, is_async=False)
            if found is None or found.operation == "stream":
                continue
            check_handlers(found, place.context)
        except UncertainRewriteError as reason:
            report_left(place, reason)
            return None
        return _replacement(place, found, 1, line, json, is_checked=False)
    return None


def _with(place: Place) -> Replacement | None:
    """`async with session.post(...) as response:`, as with aiohttp."""
    block = place.statements[0]
    if not isinstance(block, cst.With) or len(block.items) != 1:
        return None
    item = block.items[0]
    name = item.asname.name if item.asname else None
    if not isinstance(name, cst.Name):
        return None
    try:
        found = api_call(item.item, place.context, is_async=block.asynchronous is not None)
        if found is None or found.operation == "stream":
            return None
        check_handlers(found, place.context)
        body = statements_of(block.body)
        is_checked = bool(body) and is_status_check(body[0], name.value)
        body = body[is_checked:]
        json = _json_of(body[0], name.value) if body else None
        if json is None or uses(body[1:], name.value):
            raise UncertainRewriteError(f"{name.value} is used for more than {name.value}.json()")
    except UncertainRewriteError as reason:
        report_left(place, reason)
        return None
    [inner] = _replacement(place, found, 1, body[0], json, is_checked=is_checked).statements
    assert isinstance(inner, cst.With)
    return Replacement(1, [commented(inner, [block], [inner, *body[1:]]), *body[1:]])


def _json_of(line: cst.BaseStatement, response: str) -> cst.BaseExpression | None:
    """The only use of the response in a line, `response.json()`, awaited or not."""
    if not isinstance(line, cst.SimpleStatementLine) or uses(line, response) != 1:
        return None
    json = m.Call(func=m.Attribute(value=m.Name(response), attr=m.Name("json")), args=[])
    found = m.findall(line, m.Await(expression=json)) or m.findall(line, json)
    return found[0] if found and isinstance(found[0], cst.BaseExpression) else None


def _replacement(
    place: Place,
    found: ApiCall,
    count: int,
    line: cst.BaseStatement,
    json: cst.BaseExpression,
    *,
    is_checked: bool,
) -> Replacement:
    client = place.context.fresh("client", "tinyfish_client")
    method = found.method(client)
    expression = f"(await {method}).to_dict()" if found.is_async else f"{method}.to_dict()"
    changed = replaced(line, json, cst.parse_expression(expression)).with_changes(leading_lines=[])
    block = commented(with_block(found.header(client), [changed]), place.statements[:count], [changed])
    place.context.needed.add(found.class_name)
    text = f"sent by hand; {found.class_name}.{'agent' if found.operation in STARTS else 'runs'}.{found.operation} "
    text += "knows every shape of its response"
    if not is_checked:
        text += ". An error status raises an APIStatusError now; before, it was read like a result"
    place.context.report(place.line, RULE, text, is_rewritten=True)
    return Replacement(count, [block])


def until_assigned(statements: list[cst.BaseStatement], name: str) -> list[cst.BaseStatement]:
    """The statements before the one that gives a name another value."""
    for number, statement in enumerate(statements):
        first = statement
        if isinstance(statement, cst.While) and code_of(statement.test) == "True":
            first = next(iter(statements_of(statement.body)), statement)
        pair = assigned(first)
        if pair and pair[0] == name:
            return statements[:number] if not uses(pair[1], name) else statements
    return statements


def check_handlers(found: ApiCall, context: Context) -> None:
    """Refuse what is inside of a `try` that catches the library's errors.

    Raises:
        UncertainRewriteError: It is.
    """
    caught = context.catches_http_errors()
    if not caught:
        return
    again = (
        ", and the loop sends the start again: a second run, paid for twice"
        if (context.loops and found.operation in STARTS)
        else ""
    )
    raise UncertainRewriteError(
        f"`except {caught}` wouldn't catch the errors of this package (SDKError){again}"
    )


def report_left(place: Place, reason: UncertainRewriteError) -> None:
    """Say that a request is left as it is, and why."""
    text = f"a request to the API, sent by hand. Not rewritten: {reason}"
    place.context.report(place.line, RULE, text, is_rewritten=False)

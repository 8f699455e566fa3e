"""A hand-made loop that polls a run: `while True`, a request, a comparison of its status, a pause."""

from __future__ import annotations

import re
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
    text_of,
    unawaited,
    uses,
    with_block,
)

RULE: Final = "poll"
_FINAL: Final = {"COMPLETED", "FAILED", "CANCELLED"}
_PAUSE: Final = re.compile(r"(?:time|asyncio|anyio|trio)\.sleep\((.+)\)")


def rewrite(place: Place) -> Replacement | None:
    """Rewrite the loop as a wait."""
    loop = place.statements[0]
    if not isinstance(loop, cst.While | cst.For) or not _polls(loop, place):
        return None
    try:
        if not isinstance(loop, cst.While) or code_of(loop.test) not in ("True", "1") or loop.orelse:
            raise UncertainRewriteError(
                "the loop has an end of its own. client.runs.wait(run_id, timeout=...) has a time limit"
            )
        return _replacement(loop, place)
    except UncertainRewriteError as reason:
        report_left(place, reason)
        return None


def _polls(loop: cst.While | cst.For, place: Place) -> bool:
    if "sleep(" not in code_of(loop):
        return False
    for call in m.findall(loop, m.Call()):
        assert isinstance(call, cst.Call)
        try:
            found = api_call(call, place.context, is_async=False)
        except UncertainRewriteError:
            continue
        if found and found.operation == "get":
            return True
    return False


def _replacement(loop: cst.While, place: Place) -> Replacement:
    body = statements_of(loop.body)
    found, data, used = _looked_up(body, place)
    check_handlers(found, place.context)
    *tests, last = body[used:]
    small = single(last)
    pause = _PAUSE.fullmatch(code_of(unawaited(small.value)[0])) if isinstance(small, cst.Expr) else None
    if pause is None:
        raise UncertainRewriteError("the loop doesn't end with a pause")
    names: set[str] = set()
    kept: list[cst.BaseStatement] = []
    seen: set[str] = set()
    for statement in tests:
        pair = assigned(statement)
        if pair and _status(pair[1], data, names):
            names.add(pair[0])
            kept.append(statement)
            continue
        if not isinstance(statement, cst.If) or statement.orelse is not None:
            raise UncertainRewriteError("the loop does more than compare the status")
        values = _compared(statement.test, data, names)
        if not values or not values <= _FINAL or values & seen:
            raise UncertainRewriteError("which statuses end the loop isn't clear")
        seen |= values
        kept += _ended(statement)
    if not seen:
        raise UncertainRewriteError("no status ends the loop")
    client = place.context.fresh("client", "tinyfish_client")
    wait = f"{client}.runs.wait({found.arguments}, timeout=None, poll_interval={pause[1]})"
    line = f"{data} = (await {wait}).to_dict()" if found.is_async else f"{data} = {wait}.to_dict()"
    block = commented(with_block(found.header(client), [cst.parse_statement(line)]), [loop], kept)
    place.context.needed.add(found.class_name)
    text = "a loop that polls a run. client.runs.wait survives dropped connections and errors of the server"
    if seen != _FINAL:
        text += f", and ends for {' and '.join(sorted(_FINAL - seen))} too, for which this loop never ended"
    place.context.report(place.line, RULE, text, is_rewritten=True)
    return Replacement(1, [block, *kept])


def _looked_up(body: list[cst.BaseStatement], place: Place) -> tuple[ApiCall, str, int]:
    """The request, the name of its JSON, and how many statements these are."""
    pair = assigned(body[0])
    if pair is None:
        raise UncertainRewriteError("the loop doesn't begin with its request")
    name, value = pair
    value, is_async = unawaited(value)
    if (
        isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and value.func.attr.value == "json"
    ):
        inner, is_async = unawaited(value.func.value)
        found = api_call(inner, place.context, is_async=is_async)
        if found:
            return found, name, 1
    found = api_call(value, place.context, is_async=is_async)
    if found is None:
        raise UncertainRewriteError("the loop doesn't begin with its request")
    count = 1 + (len(body) > 1 and is_status_check(body[1], name))
    data = assigned(body[count]) if len(body) > count else None
    is_json = data is not None and code_of(unawaited(data[1])[0]) == f"{name}.json()"
    if data is None or not is_json or uses(body[count + 1 :], name):
        raise UncertainRewriteError(f"{name} is used for more than {name}.json()")
    if place.context.is_used_outside(name, [*place.block]):
        raise UncertainRewriteError(f"{name} is used after the loop")
    return found, data[0], count + 1


def _status(value: cst.BaseExpression, data: str, names: set[str]) -> bool:
    """Whether an expression is the status of the run."""
    code = code_of(value).replace("'", '"')
    return code in names or code in (f'{data}["status"]', f'{data}.get("status")')


def _compared(test: cst.BaseExpression, data: str, names: set[str]) -> set[str]:
    """The statuses for which a test is true; empty if it is another test."""
    if (
        not isinstance(test, cst.Comparison)
        or len(test.comparisons) != 1
        or not _status(test.left, data, names)
    ):
        return set()
    comparison = test.comparisons[0]
    value = comparison.comparator
    if isinstance(comparison.operator, cst.Equal):
        text = text_of(value)
        return {text} if text else set()
    if isinstance(comparison.operator, cst.In) and isinstance(value, cst.Tuple | cst.List | cst.Set):
        texts = {text_of(element.value) for element in value.elements}
        return {text for text in texts if text} if None not in texts else set()
    return set()


def _ended(statement: cst.If) -> list[cst.BaseStatement]:
    """What remains of an `if` that ends the loop: without its `break`, and nothing if it had nothing else."""
    body = statements_of(statement.body)
    last = single(body[-1]) if body else None
    inner = body[:-1] if isinstance(last, cst.Break) else body
    if any(m.findall(each, m.Break() | m.Continue()) for each in inner):
        raise UncertainRewriteError("a status is handled with more than one break or continue")
    if isinstance(last, cst.Return | cst.Raise):
        return [statement]
    if not isinstance(last, cst.Break):
        raise UncertainRewriteError("a status is handled, but doesn't end the loop")
    if len(body) == 1:
        return []
    return [statement.with_changes(body=statement.body.with_changes(body=body[:-1]))]

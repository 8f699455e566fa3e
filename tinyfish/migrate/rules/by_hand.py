"""What only a person can change: it is explained, and left as it is."""

from __future__ import annotations

from typing import Final

import libcst as cst
import libcst.matchers as m

from tinyfish.migrate.context import Context
from tinyfish.migrate.syntax import code_of, dotted, text_of

RULE: Final = "by-hand"


def report(module: cst.Module, context: Context) -> cst.Module:
    """Explain, and change nothing."""
    if context.calls_tinyfish:
        module.visit(_Explained(context))
    return module


class _Explained(cst.CSTVisitor):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def visit_Call(self, node: cst.Call) -> None:
        name = dotted(node.func)
        if name in ("asyncio.wait_for", "wait_for") and node.args:
            inner = node.args[0].value
            code = code_of(inner)
            if isinstance(inner, cst.Call) and ".agent." in code and "cancel_on" not in code:
                self._say(
                    node,
                    "a time limit around a run: at the limit the run goes on, and goes on billing. Pass "
                    "cancel_on_exit=True to the call inside",
                )
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "get" and node.args:
            self._result_name(node, text_of(node.args[0].value))
        for each in node.args:
            if each.keyword is not None and each.keyword.value == "goal":
                self._goal(each.value)
            is_key = each.keyword is not None and each.keyword.value == "api_key"
            if is_key and name.rsplit(".", 1)[-1] in ("TinyFish", "AsyncTinyFish") and text_of(each.value):
                self._say(
                    node, "the API key is in the source. Put it into TINYFISH_API_KEY, and leave api_key out"
                )

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        for each in m.findall(
            node, m.Assign(value=m.Call(func=m.Name("TinyFish") | m.Name("AsyncTinyFish")))
        ):
            if "close()" not in code_of(node) and isinstance(each, cst.Assign):
                self._say(
                    each,
                    "a client for each call, which is never closed. Create one for the whole program, or use it in a "
                    "with block",
                )

    def visit_DictElement(self, node: cst.DictElement) -> None:
        if text_of(node.key) == "goal":
            self._goal(node.value)
        if (text_of(node.key) or "").lower() == "x-api-key" and text_of(node.value):
            self._say(node, "the API key is in the source. Put it into TINYFISH_API_KEY, and use TinyFish()")

    def visit_Subscript(self, node: cst.Subscript) -> None:
        if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
            self._result_name(node, text_of(node.slice[0].slice.value))

    def visit_Comparison(self, node: cst.Comparison) -> None:
        texts = {
            text_of(each) for each in m.findall(node, m.SimpleString()) if isinstance(each, cst.SimpleString)
        }
        if (wrong := texts & {"ERROR", "STEP", "STEPS"}) and "type" in code_of(node.left):
            self._say(node, f"no event of a run has the type {min(str(each) for each in wrong)}")

    def visit_Attribute(self, node: cst.Attribute) -> None:
        if node.attr.value in ("resultJson", "streamingUrl", "runId"):
            self._say(node, f"{node.attr.value} was renamed by the API: {_NEW[node.attr.value]}")

    def _goal(self, node: cst.BaseExpression) -> None:
        code = code_of(node)
        if "json" in code.lower() and "{" in code:
            self._say(
                node,
                "the shape of the result is in the goal. Pass a class as returns=, and read response.value",
            )

    def _result_name(self, node: cst.CSTNode, name: str | None) -> None:
        if name in _NEW:
            self._say(
                node,
                f"{name!r} is a former name: the API sends {_NEW[name]!r} now, and to_dict() has what it sent. "
                "The attributes of the response read both",
            )

    def _say(self, node: cst.CSTNode, text: str) -> None:
        self._context.report(self._context.line(node), RULE, text, is_rewritten=False)


_NEW: Final = {"resultJson": "result", "streamingUrl": "streaming_url", "runId": "run_id"}

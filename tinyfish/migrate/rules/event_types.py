"""`event.type.value`: an event's type is a plain string here."""

from __future__ import annotations

from typing import Final

import libcst as cst
import libcst.matchers as m

from tinyfish.migrate.context import Context
from tinyfish.migrate.syntax import dotted

RULE: Final = "event-type"
_TEXT: Final = "an event's type is a plain string here, so it has no .value"


def rewrite(module: cst.Module, context: Context) -> cst.Module:
    """Rewrite `event.type.value` where the event is certainly one of a stream of this package."""
    transformer = _EventTypes(context)
    return module.visit(transformer)


class _EventTypes(m.MatcherDecoratableTransformer):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._streams: set[str] = set()
        self._events: set[str] = set()

    def visit_With(self, node: cst.With) -> None:
        for item in node.items:
            if item.asname and isinstance(item.asname.name, cst.Name) and _is_stream(item.item):
                self._streams.add(item.asname.name.value)

    def visit_Assign(self, node: cst.Assign) -> None:
        target = node.targets[0].target
        if isinstance(target, cst.Name) and _is_stream(node.value):
            self._streams.add(target.value)

    def visit_For(self, node: cst.For) -> None:
        is_stream = _is_stream(node.iter) or dotted(node.iter) in self._streams
        if is_stream and isinstance(node.target, cst.Name):
            self._events.add(node.target.value)

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        *owner, kind, value = dotted(original_node).split(".") if dotted(original_node) else ["", ""]
        if (kind, value) != ("type", "value") or len(owner) != 1:
            return updated_node
        [event] = owner
        is_certain = event in self._events
        if is_certain:
            self._context.report(self._context.line(original_node), RULE, _TEXT, is_rewritten=True)
            return updated_node.value
        if self._context.calls_tinyfish and event in ("event", "ev", "evt"):
            text = f"{_TEXT}. Not rewritten: whether this is an event of a stream isn't certain"
            self._context.report(self._context.line(original_node), RULE, text, is_rewritten=False)
        return updated_node


def _is_stream(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and dotted(node.func).endswith(".agent.stream")

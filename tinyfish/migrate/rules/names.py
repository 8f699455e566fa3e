"""Imports of the published SDK: its modules, names that have better ones here, and names that don't exist."""

from __future__ import annotations

import difflib
from typing import Final

import libcst as cst

import tinyfish
from tinyfish import compat
from tinyfish.migrate.context import Context
from tinyfish.migrate.syntax import dotted

RULE: Final = "name"

# The published SDK's names, and the names of the same things here.
BETTER: Final = {
    "AgentRunWithStreamingResponse": "AgentRunEvent",
    "ErrorCategory": "RunErrorCategory",
    "FetchMonitorResult": "FetchResult",
}
_MODULES: Final = {
    name for module in compat.modules() for name in (f"tinyfish.{module}", f"tinyfish.{module}.types")
}
_MODULES_WITH_CLIENT: Final = {*_MODULES, "tinyfish.client"}


def rewrite(module: cst.Module, context: Context) -> cst.Module:
    """Rewrite the imports, and the names that they bring."""
    renamed: dict[str, str] = {}
    imports = _Imports(context, renamed)
    module = module.visit(imports)
    return module.visit(_Renamed(renamed)) if renamed else module


class _Imports(cst.CSTTransformer):
    def __init__(self, context: Context, renamed: dict[str, str]) -> None:
        super().__init__()
        self._context = context
        self._renamed = renamed

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        source = dotted(original_node.module) if original_node.module else ""
        names = original_node.names
        is_ours = source == "tinyfish" or source in _MODULES_WITH_CLIENT
        if not is_ours or original_node.relative or isinstance(names, cst.ImportStar):
            return updated_node
        line = self._context.line(original_node)
        given = [each.name.value for each in names if isinstance(each.name, cst.Name)]
        if unknown := [name for name in given if name not in tinyfish.__all__ and not _is_module(name)]:
            for name in unknown:
                self._report(line, f"{source}.{name} doesn't exist{_guess(name)}", is_rewritten=False)
            return updated_node
        changed = [self._changed(each, line) for each in names]
        if source != "tinyfish":
            self._report(
                line,
                f"{source} is a module of the published SDK; all names are in tinyfish",
                is_rewritten=True,
            )
            return updated_node.with_changes(module=cst.Name("tinyfish"), names=changed)
        return updated_node.with_changes(names=changed)

    def _changed(self, alias: cst.ImportAlias, line: int) -> cst.ImportAlias:
        name = alias.name.value if isinstance(alias.name, cst.Name) else ""
        new = BETTER.get(name)
        if new is None:
            return alias
        text = f"{name} is {new} here; the old name is an alias"
        if alias.asname is None and (
            self._context.fresh(new) != new or self._context.constant(name) is not None
        ):
            self._report(
                line, f"{text}. Not rewritten: the file uses {new} for something else", is_rewritten=False
            )
            return alias
        if alias.asname is None:
            self._renamed[name] = new
        self._report(line, text, is_rewritten=True)
        return alias.with_changes(name=cst.Name(new))

    def _report(self, line: int, text: str, *, is_rewritten: bool) -> None:
        self._context.report(line, RULE, text, is_rewritten=is_rewritten)


class _Renamed(cst.CSTTransformer):
    """Renames names, but not attributes and keyword arguments of the same name."""

    def __init__(self, renamed: dict[str, str]) -> None:
        super().__init__()
        self._renamed = renamed

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        new = self._renamed.get(original_node.value)
        return updated_node.with_changes(value=new) if new else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


def _is_module(name: str) -> bool:
    return any(each.startswith(f"tinyfish.{name}") for each in _MODULES_WITH_CLIENT) or name in (
        "errors", "outcomes", "tables", "sandbox", "webhooks", "contrib",
    )  # fmt: skip


def _guess(name: str) -> str:
    close = difflib.get_close_matches(name, tinyfish.__all__, n=1, cutoff=0.5)
    return f": did you mean {close[0]}?" if close else ""

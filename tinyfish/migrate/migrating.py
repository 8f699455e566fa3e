"""One file: all rules, and the imports that they need."""

from __future__ import annotations

from typing import Final

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor
from libcst.metadata import MetadataWrapper, PositionProvider

from tinyfish.migrate.context import Context
from tinyfish.migrate.findings import Migrated
from tinyfish.migrate.rewriter import Rewriter
from tinyfish.migrate.rules import FILES, STATEMENTS

# What code by hand imports, and may need no more.
_BY_HAND: Final = ("requests", "httpx", "aiohttp", "json", "time", "asyncio")


def migrate(code: str) -> Migrated:
    """Find what can be simpler or safer, and rewrite what can be rewritten.

    Args:
        code: The code of a file.

    Returns:
        The new code, and what was found.

    Raises:
        libcst.ParserSyntaxError: It isn't Python.
    """
    wrapper = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
    module = wrapper.module
    context = Context(module, dict(wrapper.resolve(PositionProvider)))
    for rule in FILES:  # for what they find: only the file as it was has lines
        rule(module, context)
    written = module.visit(Rewriter(context, STATEMENTS))
    for rule in FILES:
        written = rule(written, Context(written, {}))
    changed = any(each.is_rewritten for each in context.findings)
    if context.needed:
        written = _with_imports(written, context)
    findings = sorted(set(context.findings))
    return Migrated(written.code if changed else code, findings)


def _with_imports(module: cst.Module, context: Context) -> cst.Module:
    codemod = CodemodContext()
    for name in sorted(context.needed):
        AddImportsVisitor.add_needed_import(codemod, "tinyfish", name)
    module = AddImportsVisitor(codemod).transform_module(module)
    codemod = CodemodContext()
    for name in _BY_HAND:
        RemoveImportsVisitor.remove_unused_import(codemod, name)
    return RemoveImportsVisitor(codemod).transform_module(module)

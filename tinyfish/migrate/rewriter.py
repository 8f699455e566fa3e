"""Goes through the blocks of a file, and lets each rule look at each statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import libcst as cst

from tinyfish.migrate.context import Context


class Place(NamedTuple):
    """A statement, those after it in its block, and the line of the first.

    Attributes:
        statements: The block's statements, from this one on.
        block: All of the block's statements.
        line: The line of this statement.
        context: The file.
    """

    statements: list[cst.BaseStatement]
    block: list[cst.BaseStatement]
    line: int
    context: Context


class Replacement(NamedTuple):
    """What takes the place of statements.

    Attributes:
        replaced: How many statements it replaces.
        statements: The new ones.
    """

    replaced: int
    statements: list[cst.BaseStatement]


BlockRule = Callable[[Place], Replacement | None]
_Block = TypeVar("_Block", cst.Module, cst.IndentedBlock)


class Rewriter(cst.CSTTransformer):
    """Rewrites a file by the rules for statements."""

    def __init__(self, context: Context, rules: Sequence[BlockRule]) -> None:
        super().__init__()
        self._context = context
        self._rules: Final = rules
        self._outer: list[tuple[list[cst.Try], list[cst.For | cst.While]]] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._context.functions.append(node)
        self._outer.append((self._context.tries, self._context.loops))
        self._context.tries, self._context.loops = [], []

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self._context.functions.pop()
        self._context.tries, self._context.loops = self._outer.pop()
        return updated_node

    def visit_Try(self, node: cst.Try) -> None:
        self._context.tries.append(node)

    def leave_Try(self, original_node: cst.Try, updated_node: cst.Try) -> cst.Try:
        self._context.tries.pop()
        return updated_node

    def visit_For(self, node: cst.For) -> None:
        self._context.loops.append(node)

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        self._context.loops.pop()
        return updated_node

    def visit_While(self, node: cst.While) -> None:
        self._context.loops.append(node)

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> cst.While:
        self._context.loops.pop()
        return updated_node

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return self._rewritten(original_node, updated_node)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        return self._rewritten(original_node, updated_node)

    def _rewritten(self, original: _Block, updated: _Block) -> _Block:
        # No rule has changed this block yet, so its statements are those that it had, however changed inside.
        lines = [self._context.line(each) for each in original.body]
        block: list[cst.BaseStatement] = [*updated.body]
        written: list[cst.BaseStatement] = []
        index = 0
        while index < len(block):
            place = Place(block[index:], block, lines[index], self._context)
            found: Replacement | None = None
            for rule in self._rules:
                found = found or rule(place)
            written += found.statements if found else [block[index]]
            index += found.replaced if found else 1
        return updated.with_changes(body=written)

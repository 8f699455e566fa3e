"""Small helpers for libcst's trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import libcst as cst
import libcst.matchers as m

_EMPTY: Final = cst.Module(body=[])

AnyStatement = cst.BaseStatement | cst.BaseSmallStatement


def code_of(node: cst.CSTNode) -> str:
    """The code of a node."""
    return _EMPTY.code_for_node(node)


def uses(node: cst.CSTNode | Sequence[cst.CSTNode], name: str) -> int:
    """How often a name is used in some code."""
    nodes = [node] if isinstance(node, cst.CSTNode) else node
    return sum(len(m.findall(each, m.Name(name))) for each in nodes)


def single(statement: AnyStatement) -> cst.BaseSmallStatement | None:
    """The only small statement of a line."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return statement.body[0]
    return None


def assigned(statement: AnyStatement) -> tuple[str, cst.BaseExpression] | None:
    """The name and the value of `name = value`."""
    small = single(statement)
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
        return (target.value, small.value) if isinstance(target, cst.Name) else None
    if isinstance(small, cst.AnnAssign) and small.value is not None and isinstance(small.target, cst.Name):
        return small.target.value, small.value
    return None


def unawaited(value: cst.BaseExpression) -> tuple[cst.BaseExpression, bool]:
    """What is awaited, and whether it is."""
    return (value.expression, True) if isinstance(value, cst.Await) else (value, False)


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c` as text; empty if it is something else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr.value}" if owner else ""
    return ""


def text_of(node: cst.BaseExpression | None) -> str | None:
    """The value of a string literal."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def replaced(node: cst.CSTNodeT, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNodeT:
    """A tree with one node of it replaced."""
    result = node.deep_replace(old, new)
    assert isinstance(result, type(node))
    return result


def statements_of(block: cst.BaseSuite) -> list[cst.BaseStatement]:
    """The statements of a block; none if it is on the line of its header."""
    if isinstance(block, cst.IndentedBlock):
        return list(block.body)
    return []


def with_block(header: str, body: Sequence[cst.BaseStatement]) -> cst.With:
    """A `with` statement.

    Args:
        header: The statement up to its colon.
        body: The statements in it.
    """
    parsed = cst.parse_statement(f"{header}:\n    pass")
    assert isinstance(parsed, cst.With)
    return parsed.with_changes(body=cst.IndentedBlock(body=list(body)))


def commented(new: cst.With, old: Sequence[cst.CSTNode], kept: Sequence[cst.CSTNode] = ()) -> cst.With:
    """The new statement with the empty lines before the old ones, and with the comments that would be lost.

    Args:
        new: The new statement.
        old: The statements that it replaces.
        kept: Those parts of the old ones that are in the new one, with their comments.
    """
    lost = Counter(_comments(old)) - Counter(_comments(kept))
    before: Sequence[cst.EmptyLine] = getattr(old[0], "leading_lines", ())
    empty = [line for line in before if line.comment is None][:1]
    lines = [cst.EmptyLine(comment=cst.Comment(text)) for text in lost]
    return new.with_changes(leading_lines=[*empty, *lines])


def _comments(nodes: Sequence[cst.CSTNode]) -> list[str]:
    found = [each for node in nodes for each in m.findall(node, m.Comment())]
    return [each.value for each in found if isinstance(each, cst.Comment)]

"""What a rule can know of the file that it looks at."""

from __future__ import annotations

from collections import Counter
from typing import Final

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange

from tinyfish.migrate.findings import Finding
from tinyfish.migrate.syntax import assigned, uses

_HTTP_ERRORS: Final = (
    "requests",
    "httpx",
    "aiohttp",
    "HTTPError",
    "RequestException",
    "ConnectionError",
    "Timeout",
)
API_HOST: Final = "agent.tinyfish.ai"


class Context:
    """One file, and where in it the rewriter is.

    Attributes:
        functions: The functions around the current place, the innermost last.
        tries: The `try` statements around it, in the innermost function.
        loops: The loops around it, in the innermost function.
        needed: Names that have to be imported from `tinyfish`.
        findings: What was found.
    """

    def __init__(self, module: cst.Module, positions: dict[cst.CSTNode, CodeRange]) -> None:
        self.module = module
        self.functions: list[cst.FunctionDef] = []
        self.tries: list[cst.Try] = []
        self.loops: list[cst.For | cst.While] = []
        self.needed: set[str] = set()
        self.findings: list[Finding] = []
        self._positions = positions
        self._names = _names(module)
        self._constants = _constants(module)
        text = module.code.lower()
        self.calls_tinyfish = "tinyfish" in text or "/automation/run" in text

    def line(self, node: cst.CSTNode) -> int:
        """The line of a node of the file as it was; 0 for a node that wasn't in it."""
        position = self._positions.get(node)
        return position.start.line if position else 0

    def constant(self, name: str) -> cst.BaseExpression | None:
        """The value of a name that is assigned only once in the file, to a string or a dict."""
        return self._constants.get(name)

    def fresh(self, *names: str) -> str:
        """The first of the names that the file doesn't use."""
        return next((name for name in names if name not in self._names), f"tinyfish_{names[0]}_")

    def is_used_outside(self, name: str, block: list[cst.BaseStatement]) -> bool:
        """Whether the function, or else the file, uses a name outside of a block of it."""
        scope: cst.CSTNode = self.functions[-1] if self.functions else self.module
        return uses(scope, name) > uses(block, name)

    def catches_http_errors(self) -> str:
        """What a `try` around the current place catches that this package doesn't raise; empty if nothing."""
        for each in self.tries:
            for handler in each.handlers:
                caught = self.module.code_for_node(handler.type) if handler.type else ""
                if any(error in caught for error in _HTTP_ERRORS):
                    return caught
        return ""

    def report(self, line: int, rule: str, text: str, *, is_rewritten: bool) -> None:
        """Add a finding."""
        finding = Finding(line, rule, text, is_rewritten)
        if finding not in self.findings:
            self.findings.append(finding)


def _names(module: cst.Module) -> set[str]:
    """All names, but for those of arguments and attributes."""
    found = Counter(each.value for each in m.findall(module, m.Name()) if isinstance(each, cst.Name))
    for node in m.findall(module, m.Arg() | m.Attribute()):
        name = node.keyword if isinstance(node, cst.Arg) else getattr(node, "attr", None)
        if isinstance(name, cst.Name):
            found[name.value] -= 1
    return set(+found)


def _constants(module: cst.Module) -> dict[str, cst.BaseExpression]:
    found: dict[str, cst.BaseExpression] = {}
    times = Counter[str]()
    for node in m.findall(
        module, m.AssignTarget() | m.AnnAssign() | m.AugAssign() | m.NamedExpr() | m.Param()
    ):
        target = node.name if isinstance(node, cst.Param) else getattr(node, "target", None)
        if isinstance(target, cst.Name):
            times[target.value] += 1
    for node in m.findall(module, m.For() | m.CompFor() | m.AsName()):  # loops, `with`, `except`, imports
        bound = node.name if isinstance(node, cst.AsName) else getattr(node, "target", node)
        times.update(each.value for each in m.findall(bound, m.Name()) if isinstance(each, cst.Name))
    for node in m.findall(
        module, m.Assign(targets=[m.AssignTarget(target=m.Subscript())])
    ):  # it is changed later
        assert isinstance(node, cst.Assign)
        times.update(
            each.value for each in m.findall(node.targets[0], m.Name()) if isinstance(each, cst.Name)
        )
    for node in m.findall(module, m.Call(func=m.Attribute(attr=m.Name("update") | m.Name("pop")))):
        assert isinstance(node, cst.Call)
        times.update(each.value for each in m.findall(node.func, m.Name()) if isinstance(each, cst.Name))
    for node in m.findall(module, m.SimpleStatementLine()):
        pair = assigned(node) if isinstance(node, cst.SimpleStatementLine) else None
        if pair and times[pair[0]] == 1:
            found[pair[0]] = pair[1]
    return found

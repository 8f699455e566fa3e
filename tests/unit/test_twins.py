"""The sync and the async classes are the same but for `async` and `await`: names, signatures, words, examples."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

import pytest
from clients import TWINS

from tinyfish import TinyFish

# What the async class must call otherwise.
RENAMED = {
    "close": "aclose",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
}
# Constructors are compared where people call them.
# What only the async class has: it may be awaited.
ASYNC_ONLY = {"__await__"}
# What gives its answer at once in both: it does no I/O, or is only awaited, entered or iterated over later.
NOT_AWAITED = {"start", "stream", "iter", "iter_usage", "wait_many", "events", "with_options", "detach"}

PAIRS = [pytest.param(sync, twin, id=sync.__name__) for sync, twin in TWINS.items()]


def members(kind: type) -> dict[str, Any]:
    """What the class and its bases of ours define, public or a protocol's."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("tinyfish."):
            found |= vars(base)
    protocols = {*RENAMED, *RENAMED.values(), *ASYNC_ONLY, "__init__"}
    return {name: value for name, value in found.items() if not name.startswith("_") or name in protocols}


def methods() -> list[Any]:
    return [
        pytest.param(
            getattr(sync, name), getattr(twin, RENAMED.get(name, name)), id=f"{sync.__name__}.{name}"
        )
        for sync, twin in TWINS.items()
        for name, value in members(sync).items()
        if inspect.isfunction(value) and (name != "__init__" or sync is TinyFish)
    ]


def as_sync(text: str) -> str:
    """An annotation or a sentence, without what must differ."""
    text = re.sub(r"\bAsync(?=[A-Z])", "", text)
    text = text.replace("`async with`", "`with`").replace("an `with`", "a `with`")
    return text.replace("httpx.AsyncClient", "httpx.Client").replace("aclose", "close")


@pytest.mark.parametrize(("sync", "twin"), PAIRS)
def test_the_same_members(sync: type, twin: type) -> None:
    assert {RENAMED.get(name, name) for name in members(sync)} == set(members(twin)) - ASYNC_ONLY


@pytest.mark.parametrize(("sync", "twin"), methods())
def test_the_same_signature(sync: Callable[..., Any], twin: Callable[..., Any]) -> None:
    ours, theirs = inspect.signature(sync), inspect.signature(twin)
    assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == [
        (p.name, p.kind, p.default) for p in theirs.parameters.values()
    ]
    for mine, other in zip(ours.parameters.values(), theirs.parameters.values(), strict=True):
        assert as_sync(str(other.annotation)) == str(mine.annotation)
    assert as_sync(str(theirs.return_annotation)) == str(ours.return_annotation)


@pytest.mark.parametrize(("sync", "twin"), methods())
def test_the_same_overloads(sync: Callable[..., Any], twin: Callable[..., Any]) -> None:
    ours = [str(inspect.signature(overload)) for overload in typing.get_overloads(sync)]
    theirs = [as_sync(str(inspect.signature(overload))) for overload in typing.get_overloads(twin)]
    assert theirs == ours


@pytest.mark.parametrize(("sync", "twin"), methods())
def test_what_does_io_is_awaited(sync: Callable[..., Any], twin: Callable[..., Any]) -> None:
    name = sync.__name__
    if name in ("__init__", "__iter__"):
        return
    assert not inspect.iscoroutinefunction(sync)
    assert inspect.iscoroutinefunction(twin) is (name not in NOT_AWAITED)


@pytest.mark.parametrize(("sync", "twin"), methods())
def test_the_same_words(sync: Callable[..., Any], twin: Callable[..., Any]) -> None:
    ours, theirs = (words(method.__doc__) for method in (sync, twin))
    assert as_sync(theirs) == ours


@pytest.mark.parametrize(("sync", "twin"), PAIRS)
def test_the_same_words_about_arguments_and_attributes(sync: type, twin: type) -> None:
    def sections(kind: type) -> list[str]:
        return re.split(r"\n(?=Args:|Attributes:|Raises:)", words(kind.__doc__))[1:]

    assert [as_sync(section) for section in sections(twin)] == sections(sync)


@pytest.mark.parametrize(("sync", "twin"), [*PAIRS, *methods()])
def test_the_same_example(sync: Any, twin: Any) -> None:
    assert example(twin) == example(sync)


def words(doc: str | None) -> str:
    """A docstring without its example."""
    return inspect.cleandoc(doc or "").split("\nExample:")[0]


def example(thing: Any) -> str:
    """The code of an example, without what must differ."""
    code = "".join(part.source for part in doctest.DocTestParser().get_examples(thing.__doc__ or ""))
    tree = WithoutAsync().visit(ast.parse(code))
    return ast.unparse(ast.fix_missing_locations(tree))


class WithoutAsync(ast.NodeTransformer):
    """Takes `async`, `await`, `Async...` and the main() that they need out of a program."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        body: list[ast.stmt] = []
        for statement in node.body:
            source = ast.unparse(statement)
            if isinstance(statement, ast.AsyncFunctionDef) and statement.name == "main":
                body += statement.body
            elif match := re.fullmatch(r"asyncio\.run\((client\..*)\)", source):
                body += ast.parse(match[1]).body
            elif source not in ("import asyncio", "asyncio.run(main())"):
                body.append(statement)
        node.body = body
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        return ast.With(items=node.items, body=node.body)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        return ast.For(target=node.target, iter=node.iter, body=node.body, orelse=node.orelse)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        node.names = sorted((self.visit(name) for name in node.names), key=lambda name: name.name)
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        node.name = as_sync(node.name)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = as_sync(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = as_sync(node.attr)
        return self.generic_visit(node)


def test_every_class_with_a_twin_is_compared() -> None:
    import tinyfish.async_handles
    import tinyfish.client
    import tinyfish.resources.async_agent
    import tinyfish.resources.async_browser
    import tinyfish.resources.async_runs
    import tinyfish.streaming

    modules = (
        tinyfish.client,
        tinyfish.async_handles,
        tinyfish.streaming,
        tinyfish.resources.async_agent,
        tinyfish.resources.async_browser,
        tinyfish.resources.async_runs,
    )
    asynchronous = {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("Async") and inspect.isclass(value) and value.__module__ == module.__name__
    }
    assert asynchronous == set(TWINS.values())

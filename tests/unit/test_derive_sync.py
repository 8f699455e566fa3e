"""The sync client is derived from the async client: the rules, and that the committed files are up to date."""

from __future__ import annotations

import textwrap

import derive_sync
import pytest


def test_the_committed_files_are_derived() -> None:
    assert derive_sync.sources()
    assert derive_sync.compare() == []


def test_a_file_edited_by_hand_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    source = derive_sync.sources()[0]
    monkeypatch.setattr(derive_sync, "sources", lambda: [source])
    right = derive_sync.derive(source)
    monkeypatch.setattr(derive_sync, "derive", lambda _: right + "# by hand\n")
    assert "+# by hand" in derive_sync.compare()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("async def f() -> None: ...", "def f() -> None: ..."),
        ("x = await f(await g())", "x = f(g())"),
        ("async with a as b: ...", "with a as b: ..."),
        ("[x async for x in y]", "[x for x in y]"),
        ("print((await f(x)).y)", "print(f(x).y)"),
        ("for x in (await f(a, [b])).y[0]: ...", "for x in f(a, [b]).y[0]: ..."),
        ("return (await f()).y", "return f().y"),
        ("f(await g)", "f(g)"),
        ("f[0](await g)", "f[0](g)"),
        ("(await f()) + 1", "f() + 1"),
        ("(await f() + 1) * 2", "(f() + 1) * 2"),
        ("x = (await f(),)", "x = (f(),)"),
        ("class AsyncRuns(_AsyncBase): ...", "class Runs(_Base): ..."),
        ("AgentRunAsyncResponse", "AgentRunAsyncResponse"),
        ("from a.async_b import c_async, AsyncD", "from a.b import c, D"),
        ("async def __aenter__(self) -> Self: ...", "def __enter__(self) -> Self: ..."),
        ("await anext(self.chunks, None)", "next(self.chunks, None)"),
        ("f: Callable[[], Awaitable[dict[str, T]]]", "f: Callable[[], dict[str, T]]"),
        ("return AsyncItems(pages(1, 2), abandon=f(x))", "return Items(pages(1, 2))"),
        ('text = "await AsyncRuns"', 'text = "await AsyncRuns"'),
        ("x = 1  # in an `async with` block", "x = 1  # in a `with` block"),
    ],
)
def test_code(code: str, expected: str) -> None:
    assert derive_sync.sync_code(code + "\n") == expected + "\n"


def test_docstrings_and_their_examples() -> None:
    code = '''
    async def get(self) -> Run:
        """Get it in an `async with` block, with `AsyncTinyFish`.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish, CompleteEvent
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async for event in client.events():
            ...             print((await event.get()).id)
            >>> asyncio.run(main())

        More words.
        """
        return "a"
    '''
    expected = '''
    def get(self) -> Run:
        """Get it in a `with` block, with `TinyFish`.

        Example:
            >>> from tinyfish import CompleteEvent, TinyFish
            >>> with TinyFish() as client:
            ...     for event in client.events():
            ...         print(event.get().id)

        More words.
        """
        return "a"
    '''
    assert derive_sync.sync_code(textwrap.dedent(code)) == textwrap.dedent(expected)


def test_what_only_the_async_client_has_is_dropped() -> None:
    code = "class A:\n    def __await__(self):\n        return 1\n\n    def f(self): ...\n"
    assert derive_sync.without_async_only(code) == "class A:\n\n    def f(self): ...\n"


def test_a_statement_of_an_example() -> None:
    lines = ">>> import asyncio\n>>> client = AsyncTinyFish()\n>>> asyncio.run(client.aclose())\n"
    assert derive_sync.sync_example(lines) == ">>> client = TinyFish()\n>>> client.close()\n"


@pytest.mark.parametrize("line", ['X = "await it"', "import asyncio\n\nasyncio.run(x)", "# a coroutine"])
def test_what_is_async_all_the_same_is_refused(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = derive_sync.sources()[0]
    monkeypatch.setattr(type(source), "read_text", lambda *_, **__: f"# Source of x.py\n{line}\n")
    with pytest.raises(SystemExit, match="isn't allowed in a sync module"):
        derive_sync.derive(source)

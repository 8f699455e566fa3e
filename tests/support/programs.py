"""Runs code that is written for users, such as examples, against a sandbox."""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tinyfish._core.clock import Clock
from tinyfish.demo.site import Site

ROOT = Path(__file__).parents[2]

_sleep = time.sleep


@contextmanager
def example_site() -> Iterator[str]:
    """The example site; its address, without a slash at its end."""
    with Site() as running:
        yield running.url.rstrip("/")


def hurried() -> Clock:
    """A clock that sleeps for moments only: a local run has ended long before its first poll."""

    async def sleep_async(seconds: float) -> None:
        import anyio

        await anyio.sleep(min(seconds, 0.01))

    return Clock(sleep=lambda seconds, _: _sleep(min(seconds, 0.01)), sleep_async=sleep_async)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let all clients made from now on, and `time.sleep`, sleep for moments only."""
    for module in ("client", "async_client"):
        patch.setattr(f"tinyfish.{module}.SYSTEM_CLOCK", hurried())
    patch.setattr("time.sleep", lambda seconds: _sleep(min(seconds, 0.01)))


def run_program(
    code: str,
    name: str,
    line: int = 1,
    then: Callable[[dict[str, Any]], object] | None = None,
    **names: Any,
) -> None:
    """Run a program, `await` at its top allowed, and then look at the names it left.

    Args:
        code: The program.
        name: The file that it is from.
        line: Where it begins in that file.
        then: What to do with the names.
        **names: What the program finds defined.
    """
    names = {"__name__": "__main__", **names}
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled = compile("\n" * (line - 1) + code, name, "exec", flags=flags, dont_inherit=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # examples for people do not always close
        outcome = eval(compiled, names)
        if inspect.iscoroutine(outcome):
            asyncio.run(outcome)
        if then is not None:
            then(names)
        names.clear()
        gc.collect()

"""The example in every public docstring runs, against a sandbox and the example site."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from programs import hurry, run_program

import tinyfish
from tinyfish import resources, webhooks
from tinyfish.sandbox import Sandbox


class Example(NamedTuple):
    name: str
    code: str


def public_classes() -> list[type]:
    found = {
        value
        for package in (tinyfish, webhooks)
        for name in package.__all__
        if inspect.isclass(value := getattr(package, name))
    }
    for info in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):
        module = importlib.import_module(info.name)
        found |= {v for v in vars(module).values() if inspect.isclass(v) and v.__module__ == module.__name__}
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))


def documented() -> Iterator[tuple[str, Any]]:
    """Every public class, method and function with its name."""
    for kind in public_classes():
        yield kind.__qualname__, kind
        for name, member in vars(kind).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                yield f"{kind.__qualname__}.{name}", member
    for package in (tinyfish, webhooks):
        for name in package.__all__:
            if inspect.isfunction(getattr(package, name)):
                yield name, getattr(package, name)


def code_of(thing: Any) -> str:
    parts = doctest.DocTestParser().get_examples(thing.__doc__ or "")
    return "".join(part.source for part in parts)


EXAMPLES = [Example(name, code) for name, thing in documented() if (code := code_of(thing))]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_example_of(
    example: Example,
    example_address: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    has_browser = "browser.sessions" in example.code or "profiles.setup" in example.code
    sandbox: Sandbox = request.getfixturevalue("account_with_browsers" if has_browser else "account")
    monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
    monkeypatch.chdir(tmp_path)  # for ledgers
    hurry(monkeypatch)
    run_program(
        example.code.replace("https://example.com", example_address), f"<the example of {example.name}>"
    )


def test_what_does_io_has_an_example() -> None:
    with_example = {example.name for example in EXAMPLES}
    clients = [kind for kind in public_classes() if "_executor" in inspect.getsource(kind)]
    missing = {
        f"{kind.__qualname__}.{name}"
        for kind in clients
        for name, member in vars(kind).items()
        if inspect.isfunction(member)
        and not name.startswith("_")
        and f"{kind.__qualname__}.{name}" not in with_example
    }
    # A stream or a job closes itself when it is left; to do it by hand needs no example.
    by_hand = ("AgentStream.close", "AsyncAgentStream.aclose", "RunManyJob.close", "AsyncRunManyJob.aclose")
    assert missing <= {*by_hand, "AsyncRunManyJob.close"}
    assert len(clients) >= 12

"""The public names, their signatures and fields, as they were when public_api.txt was last written.

A difference is a change for users: update the file with

    python tests/unit/test_public_api.py

and mention it in CHANGELOG.md.
"""

from __future__ import annotations

import ast
import difflib
import enum
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import tinyfish_generated
from tinyfish_generated.types import Model

import tinyfish
import tinyfish.resources
from tinyfish import errors
from tinyfish._core.lazy import lazy_property

SNAPSHOT = Path(__file__).with_name("public_api.txt")

# Their classes are attributes of a client, or what its methods return.
RESOURCES = [info.name for info in pkgutil.iter_modules(tinyfish.resources.__path__, "tinyfish.resources.")]


def described() -> Iterator[str]:
    for name in tinyfish.__all__:
        if name != "__version__":
            yield from _describe(name, getattr(tinyfish, name))
    yield from _describe("Model", Model)  # the base of all models
    for module in RESOURCES:
        found = vars(__import__(module, fromlist=["*"]))
        for name, value in sorted(found.items()):
            if inspect.isclass(value) and value.__module__ == module and name not in tinyfish.__all__:
                yield from _describe(f"{module.rsplit('.', 1)[1]}:{name}", value)


def _signature(function: Any) -> str:
    # Python's versions differ in how they quote annotations.
    return re.sub("['\"]", "", str(inspect.signature(function)))


def _describe(name: str, value: Any) -> Iterator[str]:
    if not inspect.isclass(value):
        yield f"def {name}{_signature(value)}" if inspect.isfunction(value) else f"{name} = {value}"
        return
    yield f"class {name}({', '.join(base.__name__ for base in value.__bases__)})"
    if issubclass(value, enum.Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in value)
        return
    if typing.is_typeddict(value):
        yield from (
            f"    {field}: {getattr(hint, '__forward_arg__', hint)}"
            for field, hint in sorted(value.__annotations__.items())
        )
        return
    if attrs.has(value):
        yield from (
            f"    {a.alias}: {a.type}" for a in attrs.fields(value) if a.init and not a.name.startswith("_")
        )
    members = {
        member: found
        for base in reversed(value.__mro__)
        if base.__module__.startswith("tinyfish") and (base is not Model or value is Model)
        for member, found in vars(base).items()
    }
    for member, found in sorted(members.items()):
        if member.startswith("_") and member not in (
            "__init__",
            "__enter__",
            "__aenter__",
            "__iter__",
            "__aiter__",
        ):
            continue
        if isinstance(found, property):
            yield f"    property {member}{_signature(found.fget)}"
        elif isinstance(found, lazy_property):
            yield f"    attribute {member}{_signature(found.make)}"
        elif isinstance(found, classmethod | staticmethod):
            yield f"    {type(found).__name__} {member}{_signature(found.__func__)}"
        elif inspect.isfunction(found) and (member != "__init__" or _is_made_by_people(value)):
            prefix = "async def" if inspect.iscoroutinefunction(found) else "def"
            overloads = typing.get_overloads(found) or [found]
            yield from (f"    {prefix} {member}{_signature(overload)}" for overload in overloads)


def _is_made_by_people(kind: type) -> bool:
    return not attrs.has(kind) and "executor" not in inspect.signature(kind).parameters


def test_the_public_names_are_as_they_were() -> None:
    before = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    difference = list(
        difflib.unified_diff(before, list(described()), "public_api.txt", "now", lineterm="", n=1)
    )
    assert not difference, "\n".join(
        [*difference, f"Meant so? python {Path(__file__).name} renews the file."]
    )


def test_all_is_complete() -> None:
    assert len(set(tinyfish.__all__)) == len(tinyfish.__all__)  # ruff sorts them
    assert set(tinyfish.__all__) <= set(dir(tinyfish))
    for name in tinyfish.__all__:
        assert getattr(tinyfish, name) is not None


def test_type_checkers_are_told_the_homes_that_names_are_loaded_from() -> None:
    tree = ast.parse(inspect.getsource(tinyfish))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If) and _is_for_type_checkers(node.test))
    told = {
        alias.asname or alias.name: node.module
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == tinyfish._HOME
    assert {*told, "__version__"} == set(tinyfish.__all__)


def _is_for_type_checkers(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def test_a_star_import_brings_all_names() -> None:
    namespace: dict[str, Any] = {}
    exec("from tinyfish import *", namespace)
    assert set(tinyfish.__all__) <= set(namespace)


def test_modules_are_attributes_without_an_import_of_theirs() -> None:
    code = "import tinyfish; print(tinyfish.errors.SDKError.__name__, tinyfish.models.Run.__name__)"
    assert _run(code) == "SDKError Run"


def test_every_error_is_public() -> None:
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.SDKError) and not name.startswith("_"):
            assert getattr(tinyfish, name) is value


def test_the_names_of_the_two_seeds() -> None:
    from tinyfish import (  # noqa: F401
        AsyncTinyFish,
        AuthenticationError,
        BrowserProfile,
        CompleteEvent,
        ProgressEvent,
        ProxyConfig,
        ProxyCountryCode,
        RateLimitError,
        RunStatus,
        SDKError,
        SortDirection,
        TinyFish,
    )

    assert [code.value for code in ProxyCountryCode] == ["US", "GB", "CA", "DE", "FR", "JP", "AU"]
    assert {profile.value for profile in BrowserProfile} == {"lite", "stealth"}
    assert {d.value for d in SortDirection} == {"asc", "desc"}


def test_every_public_thing_says_what_it_is() -> None:
    for name in tinyfish.__all__:
        value = getattr(tinyfish, name)
        if inspect.isclass(value):
            assert (value.__doc__ or "").strip(), name
            for member, found in vars(value).items():
                if inspect.isfunction(found) and not member.startswith("_"):
                    assert (found.__doc__ or "").strip(), f"{name}.{member}"


LOADED = "import sys; print(sorted(m for m in sys.modules if m.startswith({names!r})))"


def test_importing_the_package_loads_next_to_nothing() -> None:
    names = ("httpx", "attr", "tinyfish_generated", "tinyfish.", "importlib.metadata")
    assert _run("import tinyfish; " + LOADED.format(names=names)) == "['tinyfish._version']"


def test_importing_a_client_does_not_load_httpx() -> None:
    code = "from tinyfish import AsyncTinyFish, TinyFish; "
    assert _run(code + LOADED.format(names=("httpx", "httpcore", "anyio", "asyncio"))) == "[]"


def test_a_client_loads_only_what_it_needs() -> None:
    heavy = ("dateutil", "aiohttp", "jsonschema", "pydantic", "difflib", "playwright")
    if not httpx.__version__.startswith("0.27."):  # which imports httpcore with itself, and that trio
        heavy += ("trio",)
    heavy += ("tinyfish.typed", "tinyfish.sandbox", "tinyfish.resources")
    code = "from tinyfish import TinyFish; TinyFish(api_key='k'); "
    assert _run(code + LOADED.format(names=heavy)) == "[]"


def test_a_resource_is_loaded_when_it_is_first_used() -> None:
    code = (
        "from tinyfish import TinyFish; client = TinyFish(api_key='k'); assert client.runs is client.runs; "
    )
    unused = (
        "tinyfish.streaming",
        "tinyfish.handles",
        "tinyfish.resources.agent",
        "tinyfish.resources.browser",
    )
    assert _run(code + LOADED.format(names=unused)) == "[]"


def _run(code: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    roots = [str(Path(str(module.__file__)).parents[1]) for module in (tinyfish, tinyfish_generated)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(described()) + "\n", encoding="utf-8")
    print(f"{SNAPSHOT} is renewed.")

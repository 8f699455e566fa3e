"""Every option is visible in `help()`, in completion, and in class docstrings."""

from __future__ import annotations

import inspect
import pkgutil
import pydoc
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from typing import Any, get_args

import pytest
import tinyfish_generated.models as generated
import tinyfish_generated.params as params

import tinyfish
from tinyfish import Adopt, AsyncTinyFish, TinyFish, options, resources
from tinyfish._core.config import NOT_GIVEN
from tinyfish.adopt import AdoptLiteral
from tinyfish.models.returns import ReadOptions

OPTIONS: list[type] = [
    ReadOptions,
    *(found for found in vars(options).values() if typing.is_typeddict(found) and found is not ReadOptions),
    *(getattr(tinyfish, name) for name in tinyfish.__all__ if name.endswith("Param")),
]


# Types that a module imports for type checkers only, because most programs don't need them.
LOADED_LATER = {
    name: getattr(tinyfish, name)
    for name in ("AsyncRunManyJob", "RunManyJob", "AsyncAgentStream", "AgentStream")
}


def methods() -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """Every public method of the clients' resources, as it is written, and its own annotations."""
    for info in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):
        module = import_module(info.name)
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                for method in vars(kind).values():
                    if inspect.isfunction(method) and not method.__name__.startswith("_"):
                        label = f"{kind.__name__}.{method.__name__}"
                        yield (
                            label,
                            method,
                            typing.get_type_hints(method, localns=LOADED_LATER, include_extras=True),
                        )


METHODS = {label: (method, hints) for label, method, hints in methods()}
WITH_OPTIONS = {label: found for label, found in METHODS.items() if "options" in found[1]}


def documented(text: str | None) -> set[str]:
    return set(re.findall(r"^ *([a-z_]+): ", text or "", re.MULTILINE))


def test_all_methods_with_options_were_found() -> None:
    names = ("run", "queue", "start", "stream", "stream_many", "queue_many", "run_many")
    agent = {f"{kind}.{name}" for kind in ("Agent", "AsyncAgent") for name in names}
    runs = {f"{kind}.{name}" for kind in ("Runs", "AsyncRuns") for name in ("wait", "wait_many")}
    research = {
        f"{kind}.{name}" for kind in ("Research", "AsyncResearch") for name in ("queue", "run", "stream")
    }
    assert set(WITH_OPTIONS) == agent | runs | research


@pytest.mark.parametrize("label", WITH_OPTIONS)
def test_a_signature_and_a_docstring_have_every_option(label: str) -> None:
    method, hints = WITH_OPTIONS[label]
    (given,) = get_args(hints["options"])
    parameters = inspect.signature(method).parameters
    assert set(given.__annotations__) <= set(parameters)
    assert set(given.__annotations__) <= documented(method.__doc__)
    for name in given.__annotations__:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].annotation
    assert all(p.kind is not p.VAR_KEYWORD for p in parameters.values())


@pytest.mark.parametrize("label", METHODS)
def test_no_signature_hides_the_values_of_an_enum(label: str) -> None:
    assert "Literal " not in f"{inspect.signature(METHODS[label][0])} "
    assert not re.search(r"\wLiteral\b", str(inspect.signature(METHODS[label][0])))


@pytest.mark.parametrize("client", [TinyFish, AsyncTinyFish])
def test_a_client_and_its_methods_show_their_options(client: type[TinyFish | AsyncTinyFish]) -> None:
    found = client(api_key="key")
    parameters = inspect.signature(found.agent.run).parameters
    assert set(options.StartOptions.__annotations__) | {"goal", "url", "returns"} <= set(parameters)
    assert parameters["browser_profile"].annotation == "BrowserProfile | Literal['lite', 'stealth'] | None"
    assert parameters["timeout"].default is NOT_GIVEN
    assert parameters["cancel_on_exit"].default is False
    assert inspect.signature(found.agent.start).parameters["cancel_on_exit"].default is True
    assert inspect.signature(found.agent.stream).parameters["recover"].default is True
    assert inspect.signature(found.runs.wait).parameters["on_bad_item"].default == "mismatch"
    assert "'when_sure'" in inspect.signature(client).parameters["adopt"].annotation
    shown = pydoc.render_doc(found.runs.wait, renderer=pydoc.plaintext)
    assert "poll_interval: Seconds between polls." in shown
    assert "poll_interval: 'float | None' = None" in shown


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.__name__)
def test_help_on_a_class_of_options_shows_those_that_it_inherits(kind: type) -> None:
    assert set(kind.__annotations__) == documented(kind.__doc__)


@pytest.mark.parametrize("name", [name for name in vars(params) if re.search(r"\wLiteral$", name)])
def test_the_values_of_a_literal_are_those_of_the_enum(name: str) -> None:
    enum: type[Enum] = getattr(generated, name.removesuffix("Literal"))
    assert list(get_args(getattr(params, name))) == [member.value for member in enum]


def test_the_values_of_adopt() -> None:
    assert list(get_args(AdoptLiteral)) == [choice.value for choice in Adopt]


@pytest.mark.parametrize("kind", [kind for kind in OPTIONS if kind.__name__.endswith("Param")])
def test_a_mapping_has_the_fields_of_the_model_that_it_stands_for(kind: type) -> None:
    model = getattr(generated, kind.__name__.removesuffix("Param"))
    hints = typing.get_type_hints(kind, include_extras=True)
    assert set(hints) == set(model._names)
    assert {
        name for name, hint in hints.items() if typing.get_origin(hint) is typing.Required
    } == model._required


def test_without_docstrings_it_imports_all_the_same() -> None:
    code = "import inspect; from tinyfish.resources.agent import Agent; print(inspect.signature(Agent.run))"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True)
    assert "adopt: " in done.stdout, done.stderr

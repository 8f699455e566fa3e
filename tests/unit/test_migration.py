"""What the published SDK has, this package has, or docs/migration.md says why not: names, fields, parameters, modules.

published_api.json lists them. What is missing is listed in the tables as missing, and nowhere else.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tinyfish
from tinyfish import AsyncTinyFish, TinyFish, compat

PUBLISHED: dict[str, Any] = json.loads(Path(__file__).with_name("published_api.json").read_text())
DOCUMENT = (Path(tinyfish.__file__).parent.parent / "docs" / "migration.md").read_text()
NAMES = {
    *(name for part in ("models", "enums", "exceptions") for name in PUBLISHED[part]),
    *PUBLISHED["others"],
}


def table(title: str) -> dict[str, tuple[str, str]]:
    section = re.split(r"^## ", DOCUMENT.partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| *(.*?) *\|$", section, re.MULTILINE)
    return {name: (kind, note) for name, kind, note in rows}


TABLE = table("Names")
METHODS = table("Methods")


def test_the_tables_have_every_name() -> None:
    assert TABLE.keys() == NAMES
    assert METHODS.keys() == {f"client.{name}" for name in PUBLISHED["methods"]}
    assert {kind for kind, _ in [*TABLE.values(), *METHODS.values()]} <= {
        "same",
        "alias",
        "different",
        "missing",
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name(name: str) -> None:
    kind, note = TABLE[name]
    assert hasattr(tinyfish, name) == (kind != "missing")
    assert (name in tinyfish.__all__) == (kind != "missing")
    assert bool(note) == (kind != "same")
    if kind == "alias":
        assert f"{name} = " in inspect.getsource(importlib.import_module("tinyfish.compat.aliases"))


@pytest.mark.parametrize("name", [name for name in PUBLISHED["models"] if TABLE[name][0] != "missing"])
def test_the_fields_of_a_model(name: str) -> None:
    model = getattr(tinyfish, name)
    assert set(PUBLISHED["models"][name]) <= set(model.model_fields)


@pytest.mark.parametrize("name", [name for name in PUBLISHED["enums"] if TABLE[name][0] != "missing"])
def test_the_values_of_an_enum(name: str) -> None:
    assert set(PUBLISHED["enums"][name]) <= {member.value for member in getattr(tinyfish, name)}


@pytest.mark.parametrize(("name", "base"), PUBLISHED["exceptions"].items())
def test_the_base_of_an_exception(name: str, base: str) -> None:
    assert issubclass(getattr(tinyfish, name), getattr(tinyfish, base, Exception))


@pytest.mark.parametrize("kind", [TinyFish, AsyncTinyFish])
@pytest.mark.parametrize("name", PUBLISHED["methods"])
def test_the_parameters_of_a_method(kind: Any, name: str) -> None:
    if METHODS[f"client.{name}"][0] == "missing":
        with pytest.raises(AttributeError):
            functools.reduce(getattr, name.split("."), kind("k"))
        return
    method: Any = functools.reduce(getattr, name.split("."), kind("k"))
    assert set(PUBLISHED["methods"][name]) <= set(inspect.signature(method).parameters)


@pytest.mark.parametrize("name", PUBLISHED["modules"])
def test_a_module(name: str) -> None:
    module = importlib.import_module(name)
    for each in dir(module):
        if not each.startswith("_") and name != "tinyfish.client":
            assert getattr(module, each) is getattr(tinyfish, each)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = module.Nonsense


def test_every_model_stands_in_a_module_of_types() -> None:
    there = {
        name
        for module in compat.modules()
        for name in dir(importlib.import_module(f"tinyfish.{module}.types"))
    }
    assert {name for name in PUBLISHED["models"] if TABLE[name][0] != "missing"} <= there


def test_an_event_type_is_the_type_of_its_event() -> None:
    assert (
        tinyfish.CompleteEvent.model_validate({"run_id": "r1", "status": "FAILED"}).type
        == tinyfish.EventType.COMPLETE
    )


def test_nothing_is_loaded_before_it_is_used() -> None:
    program = (
        "import sys, tinyfish, tinyfish.agent.types\n"
        "slow = ('tinyfish_generated', 'tinyfish.compat.', 'httpx', 'attr')\n"
        "assert not [name for name in sys.modules if name.startswith(slow)]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_star_import_brings_the_names_of_a_module() -> None:
    found: dict[str, object] = {}
    exec("from tinyfish.wallet.types import *", found)
    assert found["WalletResponse"] is tinyfish.WalletResponse

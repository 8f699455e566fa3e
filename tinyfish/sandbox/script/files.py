"""Files of rules and faults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tinyfish.sandbox.errors import InvalidInputError
from tinyfish.sandbox.script.faults import Fault
from tinyfish.sandbox.script.forms import check_script
from tinyfish.sandbox.script.rules import Rule


@dataclass(frozen=True, slots=True)
class Script:
    """The rules and faults that a sandbox starts with."""

    rules: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()


class _JsonLoader(yaml.SafeLoader):
    """YAML with JSON's types: a date is a string."""


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: str | os.PathLike[str]) -> Script:
    """Read a file of rules and faults, in YAML or JSON.

    Raises:
        OSError: It can't be read.
        ValueError: It's invalid; the message says what and where.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        document: Any = yaml.load(text, _JsonLoader) or {}  # noqa: S506 - it's a safe loader
        check_script(document)
        script = Script(tuple(document.get("rules", ())), tuple(document.get("faults", ())))
        for number, rule in enumerate(script.rules):
            _checked(Rule, rule, f"rules.{number}")
        for number, fault in enumerate(script.faults):
            _checked(Fault, fault, f"faults.{number}")
    except (yaml.YAMLError, InvalidInputError) as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None
    return script


def _checked(form: type[Rule] | type[Fault], given: Mapping[str, Any], place: str) -> None:
    try:
        form.read(given)
    except InvalidInputError as error:
        raise ValueError(f"{place}: {error}") from None

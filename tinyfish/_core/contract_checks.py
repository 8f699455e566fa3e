"""Checks of a request's values, generated from the contract: none of its bounds is written by hand.

`checks.py` has the checks that the contract doesn't express: valid URLs, valid ids, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Any

from tinyfish_generated.rules import Rule

from tinyfish._core import checks
from tinyfish._core.checks import Check
from tinyfish.errors import InvalidArgumentError


def checks_of(rules: Mapping[str, Rule], **special: Check) -> dict[str, Check]:
    """The check of each field of an object, or of each parameter of an operation.

    Args:
        rules: The contract's rule for each.
        special: More specific checks for some of them.
    """
    return {name: special.get(name) or check_of(rule) for name, rule in rules.items()}


def check_of(rule: Rule) -> Check:
    """The check of one value."""
    if rule.values:
        return checks.choice(rule.values)
    if rule.is_moment:
        return checks.moment
    if rule.items is not None:
        return partial(_array, rule, check_of(rule.items))
    if rule.fields is not None:
        return partial(checks.fields, checks=checks_of(rule.fields), required=required_in(rule.fields))
    return _BY_TYPE[rule.type](rule)


def text_of(rule: Rule, *, read: Check = checks.text, expected: str = "", hint: str = "") -> Check:
    """The check of a string.

    Args:
        rule: The contract's rule.
        read: The first check, which returns the string.
        expected: A description of the pattern, for the message.
        hint: Advice for a string that is too long.
    """

    def check(name: str, value: object) -> str:
        text = str(read(name, value.value if isinstance(value, Enum) else value))
        if rule.max_length is not None and len(text) > rule.max_length:
            raise InvalidArgumentError(
                f"{name} must have {rule.max_length} characters at most, not {len(text)}{hint}."
            )
        if len(text) < rule.min_length:
            raise InvalidArgumentError(
                f"{name} must have {rule.min_length} characters at least, not {len(text)}."
            )
        if rule.pattern is not None and not re.search(rule.pattern, text):
            raise InvalidArgumentError(
                f"{name} must be {expected or f'text like {rule.pattern}'}, not {text!r}."
            )
        return text

    return check


def checked(by: Mapping[str, Check], given: Mapping[str, object]) -> dict[str, Any]:
    """The given arguments, checked.

    Raises:
        TypeError: One has the wrong type.
        ValueError: One has an invalid value.
    """
    return {name: by[name](name, value) for name, value in given.items() if value is not None}


class Parameters:
    """The parameters of an operation, and their checks."""

    def __init__(self, rules: Mapping[str, Rule], **special: Check) -> None:
        self._checks = checks_of(rules, **special)
        self._required = frozenset(required_in(rules))

    def checked(self, arguments: Mapping[str, object]) -> dict[str, Any]:
        """The arguments of a call, checked.

        Args:
            arguments: By name; None means not given. It can be the `locals()` of a method that has all parameters of
                the operation: other names are ignored.

        Raises:
            TypeError: An argument has the wrong type, or a required one is None.
            ValueError: An argument has an invalid value.
        """
        return {
            name: check(name, arguments[name])
            for name, check in self._checks.items()
            if arguments[name] is not None or name in self._required
        }


def required_in(rules: Mapping[str, Rule]) -> list[str]:
    """The names of the required fields."""
    return [name for name, rule in rules.items() if rule.required]


def largest(rule: Rule) -> int:
    """The upper bound of a number, or of a string's or list's length, in the contract.

    Raises:
        ValueError: It has no such bound.
    """
    for bound in (rule.maximum, rule.max_length, rule.max_items):
        if bound is not None:
            return bound
    raise ValueError(f"{rule} has no upper bound.")


def _array(rule: Rule, item: Check, name: str, value: object) -> list[object]:
    found = [item(f"{name}[{i}]", entry) for i, entry in enumerate(checks.items(name, value))]
    if not found and rule.min_items:
        raise InvalidArgumentError(f"{name} must not be empty; leave it out instead.")
    if len(found) < rule.min_items:
        raise InvalidArgumentError(f"{name} must have {rule.min_items} items at least, not {len(found)}.")
    if rule.max_items is not None and len(found) > rule.max_items:
        raise InvalidArgumentError(f"{name} must have {rule.max_items} items at most, not {len(found)}.")
    return found


def _integer(rule: Rule) -> Check:
    return checks.integer(rule.minimum, rule.maximum)


def _boolean(_: Rule) -> Check:
    return checks.boolean


def _json_object(_: Rule) -> Check:
    return checks.json_object


_BY_TYPE = {"string": text_of, "integer": _integer, "boolean": _boolean, "object": _json_object}

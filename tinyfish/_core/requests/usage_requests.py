"""Checked filters for the lists of searches and fetches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tinyfish_generated import rules

from tinyfish._core.contract_checks import Parameters

# Searches have the same filters.
_PARAMETERS: Final = Parameters(rules.LIST_FETCH_USAGE)


def usage_filters(arguments: Mapping[str, object]) -> dict[str, Any]:
    """The checked filters of a list of searches or fetches.

    Raises:
        TypeError: One has the wrong type.
        ValueError: One has an invalid value.
    """
    return _PARAMETERS.checked(arguments)


def usage_id_in(entry: object) -> object:
    """The id of an entry, as text; None if it has none."""
    number = getattr(entry, "id", None)
    return None if number is None else str(number)

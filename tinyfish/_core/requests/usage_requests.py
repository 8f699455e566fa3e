"""Checked filters for the lists of searches and fetches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tinyfish_generated import rules

from tinyfish._core.checks import Moment
from tinyfish._core.contract_checks import checked, checks_of

# Searches have the same filters.
_CHECKS: Final = checks_of(rules.LIST_FETCH_USAGE)


def usage_filters(
    start_after: Moment | None,
    end_before: Moment | None,
    status: str | None,
    limit: int | None,
    page: int | None,
) -> Mapping[str, Any]:
    """The checked filters of a list of searches or fetches.

    Raises:
        TypeError: One has the wrong type.
        ValueError: One has an invalid value.
    """
    given = {
        "start_after": start_after,
        "end_before": end_before,
        "status": status,
        "limit": limit,
        "page": page,
    }
    return checked(_CHECKS, given)


def usage_id_in(entry: object) -> object:
    """The id of an entry, as text; None if it has none."""
    number = getattr(entry, "id", None)
    return None if number is None else str(number)

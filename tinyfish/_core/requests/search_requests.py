"""Checked requests for searches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias, cast

from tinyfish_generated import rules
from tinyfish_generated.api import search as operations
from tinyfish_generated.models import SearchQueryResponse
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.contract_checks import Parameters, largest
from tinyfish.errors import InvalidArgumentError

Domains: TypeAlias = str | Iterable[str]
Day: TypeAlias = str | date

LAST_PAGE: Final = largest(rules.SEARCH_WEB["page"])

_PAPERS: Final = "research_paper"


def day(name: str, value: object) -> str:
    """A day, as YYYY-MM-DD."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    text = checks.trimmed_text(name, value)
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise InvalidArgumentError(f"{name} must be a date or a string such as '2026-01-31', not {value!r}.")


def _domains(name: str, value: object) -> str:
    given = value.split(",") if isinstance(value, str) else checks.items(name, value)
    found = [checks.trimmed_text(f"{name}[{i}]", domain) for i, domain in enumerate(given)]
    for domain in found:
        if not set(domain).isdisjoint(", /:"):
            raise InvalidArgumentError(f"{name} must have domains such as 'example.com', not {domain!r}.")
    if not found:
        raise InvalidArgumentError(f"{name} must have at least one domain, or be omitted.")
    return ",".join(found)


def _year(name: str, value: object) -> str:
    if isinstance(value, str) and re.fullmatch("[0-9]{4}", value):
        return value
    return f"{checks.integer(0, 9999)(name, value):04}"


_PARAMETERS: Final = Parameters(
    rules.SEARCH_WEB,
    include_domains=_domains,
    exclude_domains=_domains,
    after_date=day,
    before_date=day,
    pub_year_min=_year,
    pub_year_max=_year,
)


def search_request(arguments: Mapping[str, object]) -> Request[SearchQueryResponse]:
    given = _PARAMETERS.checked(arguments)
    _check_together(given)
    return operations.search_web(**given)


def _check_together(given: Mapping[str, Any]) -> None:
    """Check filters that depend on each other (search API reference)."""
    dates = [name for name in ("after_date", "before_date") if name in given]
    years = [name for name in ("pub_year_min", "pub_year_max") if name in given]
    if dates and "recency_minutes" in given:
        raise InvalidArgumentError(f"recency_minutes can't be combined with {dates[0]}: pass one of them.")
    for least, most in (("after_date", "before_date"), ("pub_year_min", "pub_year_max")):
        if least in given and most in given and given[least] > given[most]:
            raise InvalidArgumentError(
                f"{least} must not be after {most}: {given[least]} is after {given[most]}."
            )
    if given.get("domain_type") == _PAPERS:
        for name in (*dates, "recency_minutes"):
            if name in given:
                raise InvalidArgumentError(
                    f"{name} can't be used with domain_type={_PAPERS!r}: use pub_year_min and pub_year_max."
                )
    elif years:
        raise InvalidArgumentError(f"{years[0]} needs domain_type={_PAPERS!r}.")


def url_of(result: object) -> object:
    """The URL of a result, which can be any object; None if it has none."""
    return cast("object", getattr(result, "url", None))

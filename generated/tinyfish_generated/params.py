# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""Types that can be passed instead of enums and models: their values, and TypedDicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Required, TypeAlias, TypedDict

from .models import (
    AgentMode,
    BrowserProxyType,
    CursorStyle,
    DatasetColumnType,
    ProxyCountryCode,
    ProxyType,
    ResearchDomainFilterMode,
)

AgentModeLiteral: TypeAlias = Literal["default", "strict"]
BrowserProfileLiteral: TypeAlias = Literal["lite", "stealth"]
BrowserProxyTypeLiteral: TypeAlias = Literal["tinyfish", "custom"]
BrowserUsageStatusFilterLiteral: TypeAlias = Literal["running", "ended"]
CursorStyleLiteral: TypeAlias = Literal["fish", "standard", "green-pointer"]
DatasetColumnTypeLiteral: TypeAlias = Literal["string", "number", "boolean", "url", "date"]
FetchFormatLiteral: TypeAlias = Literal["markdown", "html", "json"]
MonitorRequestStatusLiteral: TypeAlias = Literal["paused", "active"]
MonitorRequestTypeLiteral: TypeAlias = Literal["search", "fetch"]
ProxyCountryCodeLiteral: TypeAlias = Literal["US", "GB", "CA", "DE", "FR", "JP", "AU"]
ProxyTypeLiteral: TypeAlias = Literal["tetra", "custom"]
ResearchDomainFilterModeLiteral: TypeAlias = Literal["include", "exclusive"]
ResearchDomainTypeLiteral: TypeAlias = Literal["web", "news", "research_paper"]
ResearchModeLiteral: TypeAlias = Literal["deep", "max"]
ResearchRunStatusFilterLiteral: TypeAlias = Literal[
    "QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"
]
RunStatusFilterLiteral: TypeAlias = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"]
ScreenshotsModeLiteral: TypeAlias = Literal["base64", "none"]
SearchDomainTypeLiteral: TypeAlias = Literal["web", "news", "research_paper"]
SortDirectionLiteral: TypeAlias = Literal["asc", "desc"]
UsageStatusFilterLiteral: TypeAlias = Literal["completed", "failed"]
VaultRequestProviderLiteral: TypeAlias = Literal["1password", "bitwarden"]


class AgentConfigParam(TypedDict, total=False):
    """How the agent works, and when it must stop.

    Attributes:
        mode: How closely the agent keeps to the goal; `default` if left out. `strict` has to be enabled for
            the account.
        max_steps: After how many steps the run is ended, from 1 to 500; 150 if left out.
        max_duration_seconds: After how many seconds the run is ended. No limit of its own if left out.
        cursor_style: How the agent's pointer looks in the live view and in recordings.
    """

    mode: AgentMode | AgentModeLiteral | None
    max_steps: int | None
    max_duration_seconds: int | None
    cursor_style: CursorStyle | CursorStyleLiteral | None


class BrowserProxyConfigParam(TypedDict, total=False):
    """The proxy that a browser session goes through.

    Attributes:
        enabled: Whether a proxy is used at all. Yes if left out.
        type: Whose proxy it is, TinyFish's (`tinyfish`, also if left out) or your own (`custom`).
        country_code: The country to appear from, as two capital letters (ISO 3166-1), such as US or DE; the
            United States if left out. Only for TinyFish's proxies.
        url: The address of your own proxy, such as `http://proxy.example:8080`. Required for type `custom`,
            only then read.
        username: The user name at your own proxy, if it asks for one.
        password: The password at your own proxy, if it asks for one.
    """

    enabled: bool | None
    type: BrowserProxyType | BrowserProxyTypeLiteral | None
    country_code: ProxyCountryCode | ProxyCountryCodeLiteral | str | None
    url: str | None
    username: str | None
    password: str | None


class CaptureConfigParam(TypedDict, total=False):
    """What is recorded while the agent works. Some of it has to be enabled for the account.

    Attributes:
        elements: Record the page elements that the agent saw. Has to be enabled for the account.
        snapshots: Record a snapshot of the page at each step.
        screenshots: Take a picture of the page at each step.
        recording: Record a video of the run. Has to be enabled for the account.
        html: Keep the HTML of the pages that the agent saw.
    """

    elements: bool | None
    snapshots: bool | None
    screenshots: bool | None
    recording: bool | None
    html: bool | None


class DatasetKeepWhenParam(TypedDict, total=False):
    """Which rows of a table to keep.

    Attributes:
        column: The column, of booleans, that says so.
    """

    column: Required[str]


class DatasetSpecParam(TypedDict, total=False):
    """What a table holds.

    Attributes:
        name: What it is called.
        description: What its rows are.
        columns: Its columns.
        keep_when: Which rows to keep.
    """

    name: Required[str]
    description: Required[str]
    columns: Required[Sequence[DatasetSpecColumnParam]]
    keep_when: DatasetKeepWhenParam | None


class DatasetSpecColumnParam(TypedDict, total=False):
    """A column of a table.

    Attributes:
        name: What it is called in the rows.
        label: What it is called for people.
        type: What it holds: `string`, `number`, `boolean`, `url` or `date`.
        is_primary_key: Whether two rows with the same value are one.
        retrieval_hint: Where to find it.
    """

    name: Required[str]
    label: str | None
    type: Required[DatasetColumnType | DatasetColumnTypeLiteral | str]
    is_primary_key: Required[bool]
    retrieval_hint: str | None


class FetchHighlightsParam(TypedDict, total=False):
    """Which parts of a page matter.

    Attributes:
        query: What the parts are to be about.
        max_snippets: How many parts at most, from 1 to 20; 5 if left out.
        max_characters: How long the parts may be together, in characters. No limit if left out.
        include_full_page_text: Whether `text` comes too. No if left out.
    """

    query: Required[str]
    max_snippets: int | None
    max_characters: int | None
    include_full_page_text: bool | None


class FetchMonitorConfigParam(TypedDict, total=False):
    """Which page a monitor reads, and what of it.

    Attributes:
        url: The address of the page.
        format: What the page's text is to be, as in FetchFormat: `markdown`, `html` or `json`; `json` if left
            out.
        links: Whether to list the page's links.
        image_links: Whether to list the page's pictures.
    """

    url: Required[str]
    format: str | None
    links: bool | None
    image_links: bool | None


class ProxyConfigParam(TypedDict, total=False):
    """The proxy that a run's browser goes through.

    Attributes:
        enabled: Whether a proxy is used at all.
        type: Whose proxy it is, TinyFish's (`tetra`, also if left out) or your own (`custom`).
        country_code: The country to appear from, as two capital letters (ISO 3166-1), such as US or DE. Only
            for TinyFish's proxies.
        url: The address of your own proxy, such as `http://proxy.example:8080`. Required for type `custom`,
            only then read.
        username: The user name at your own proxy, if it asks for one.
        password: The password at your own proxy, if it asks for one.
    """

    enabled: Required[bool]
    type: ProxyType | ProxyTypeLiteral | None
    country_code: ProxyCountryCode | ProxyCountryCodeLiteral | str | None
    url: str | None
    username: str | None
    password: str | None


class ResearchDomainFilterParam(TypedDict, total=False):
    """Which domains a research run uses.

    Attributes:
        mode: Whether `domains` come in addition (`include`), or are the only ones (`exclusive`).
        domains: The domains, at most 150.
        block: Domains that are not used, at most 150.
    """

    mode: Required[ResearchDomainFilterMode | ResearchDomainFilterModeLiteral]
    domains: Sequence[str] | None
    block: Sequence[str] | None


class SearchMonitorConfigParam(TypedDict, total=False):
    """What a monitor searches for.

    Attributes:
        query: What to search for.
        recency_minutes: Only results of the last minutes, from 1 to 5256000.
        result_limit: How many results a check has at most; 10 if left out.
    """

    query: Required[str]
    recency_minutes: int | None
    result_limit: int | None

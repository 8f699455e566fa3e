"""The pages of the Python API. mkdocstrings fills them from the docstrings; here is only which name is on which page.

Every public name is on exactly one page; a test compares them with tests/unit/public_api.txt.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import tinyfish

# The pages, their titles, and their introductions.
PAGES: Final = {
    "clients": ("Clients", "The clients, and what limits them. All calls are made by a client's attributes."),
    "agent": ("client.agent", "Start runs, stream them, and start many."),
    "runs": ("client.runs", "Look at runs, wait for them, and stop them."),
    "browser": ("client.browser", "Browsers that you drive over the Chrome DevTools Protocol."),
    "search": ("client.search", "Search the web."),
    "fetch": ("client.fetch", "Read web pages, without an agent."),
    "research": ("client.research", "Research a question in many sources."),
    "datasets": ("client.datasets", "Tables that agents fill from the web."),
    "monitors": ("client.monitors", "Repeat a search or the reading of a page on a schedule."),
    "profiles": ("client.profiles", "Saved browsers, for runs to start from."),
    "vault": ("client.vault", "Password vaults that runs can sign in with."),
    "wallet": ("client.wallet", "What the account can spend."),
    "many": ("Jobs, keys and ledgers", "What `run_many` and starts with keys take and return."),
    "events": ("Events", "What a stream of a run returns."),
    "hooks": ("Hooks", "What `on_event` is told. [Tracing and hooks](../integrations/tracing.md) says when."),
    "options": ("Options", "The options of calls as types, and the values that they take."),
    "typed": ("Typed results", "Types to schemas, and JSON to types."),
    "modules": ("Other modules", "What is imported from a module of its own."),
    "errors": ("Errors", "Every exception. [Errors](../errors.md) says when each is raised and what to do."),
}

# The modules of `tinyfish.resources`, by the page that describes their classes.
_RESOURCES: Final = (
    "agent",
    "runs",
    "browser",
    "search",
    "fetch",
    "research",
    "datasets",
    "monitors",
    "profiles",
    "vault",
    "wallet",
)

# The names that don't tell by themselves where they belong.
_NAMED: Final = {
    "clients": "TinyFish AsyncTinyFish Limits Budget Spent Adopt",
    "agent": """
        AgentRunResponse AgentRunAsyncResponse AgentRunBatchResponse AgentStream AsyncAgentStream RunHandle
        AsyncRunHandle ManyStreams AsyncManyStreams sse SSE_HEADERS live_view LiveView
    """,
    "runs": """
        Run RunRef RunStep RunError RunStatus RunErrorCategory ErrorCategory RunListResponse RunsBatchResponse
        CancelRunResponse CancelRunsBatchResponse PaginationInfo BatchRunItem SchemaValidation
        SchemaValidationError BrowserConfig SortDirection ScreenshotsMode Model UsageStatus
    """,
    "browser": "SessionPage",
    "fetch": "HighlightSnippet",
    "many": """
        RunManyJob AsyncRunManyJob RunOutcome JobReport Progress Retry IdempotencyKey Ledger LedgerEntry
    """,
    "events": """
        AgentRunEvent AgentRunWithStreamingResponse EventType StartedEvent StreamingUrlEvent ProgressEvent
        HeartbeatEvent CompleteEvent StreamErrorEvent ApiResultEvent
    """,
    "hooks": """
        Hook Capture ClientEvent RequestSent RequestEnded Retrying RunStarted StartFailed Recovered Adopted RunEnded
        Waiting BudgetSpent ConnectionOpened ClientClosed
    """,
    "vault": "FieldMetadata SyncSummary",
    "typed": "read_as schema_for DecimalSign Problem Repair",
    "options": "CursorStyle",
}

# People don't make these: what makes them takes none of their arguments.
_MADE_BY_CLIENTS: Final = frozenset(
    {"RunManyJob", "AsyncRunManyJob", "AgentStream", "AsyncAgentStream", "RunHandle", "AsyncRunHandle"}
    | {"ManyStreams", "AsyncManyStreams"}
)

# By the beginning of the name, for what isn't named above. The first that fits.
_PREFIXES: Final = {
    "Browser": "browser",
    "AsyncBrowser": "browser",
    "SearchMonitor": "monitors",
    "FetchMonitor": "monitors",
    "Search": "search",
    "Fetch": "fetch",
    "Research": "research",
    "AsyncResearch": "research",
    "Dataset": "datasets",
    "AsyncDataset": "datasets",
    "Monitor": "monitors",
    "Profile": "profiles",
    "AsyncProfile": "profiles",
    "Vault": "vault",
    "Wallet": "wallet",
    "Agent": "options",
    "Capture": "options",
    "Proxy": "options",
}

# What isn't imported from `tinyfish`.
_MODULES: Final = {
    "modules": (
        "tinyfish.outcomes.DEFAULT_RULES",
        "tinyfish.outcomes.Doubt",
        "tinyfish.outcomes.Rule",
        "tinyfish.outcomes.doubts",
        "tinyfish.tables",
        "tinyfish.sandbox.Sandbox",
        "tinyfish.webhooks",
        "tinyfish.contrib.dbos.DurableRuns",
        "tinyfish.contrib.mcp",
        "tinyfish.tools",
        "tinyfish.contrib.otel.OpenTelemetry",
    ),
}


class Entry(NamedTuple):
    """A public name: how the tests call it, where it is imported from, and whether its members are shown."""

    name: str
    path: str
    has_members: bool = True


def page_of(name: str) -> str:
    """The page of a name of `tinyfish`."""
    for page, names in _NAMED.items():
        if name in names.split():
            return page
    value = getattr(tinyfish, name)
    if inspect.isclass(value) and issubclass(value, BaseException):
        return "errors"
    if name.endswith(("Options", "Params")):
        return "options"
    return next((page for start, page in _PREFIXES.items() if name.startswith(start)), "")


def entries() -> dict[str, list[Entry]]:
    """Every page with its names: first what is called, then the rest by name."""
    found: dict[str, list[Entry]] = {page: [] for page in PAGES}
    for page, each in _resources():
        found[page].append(each)
    for name in [*tinyfish.__all__, "Model"]:
        if name == "__version__":
            continue
        page = page_of(name)
        if not page:
            raise LookupError(f"{name} is on no page of the reference: name it in tools/docsite/reference.py")
        path = "tinyfish_generated.types.Model" if name == "Model" else f"tinyfish.{name}"
        found[page].append(Entry(name, path))
    ordered = {page: sorted(names, key=_order(page)) for page, names in found.items()}
    for page, paths in _MODULES.items():
        ordered[page] += [Entry(path, path) for path in paths]
    return ordered


def _resources() -> Iterator[tuple[str, Entry]]:
    for page in _RESOURCES:
        for module in (page, f"async_{page}"):
            path = f"tinyfish.resources.{module}"
            for name, value in vars(importlib.import_module(path)).items():
                if inspect.isclass(value) and value.__module__ == path and name not in tinyfish.__all__:
                    yield page, Entry(f"{module}:{name}", f"{path}.{name}", not name.startswith("Async"))


def _order(page: str) -> Callable[[Entry], tuple[int, int, str]]:
    named = _NAMED.get(page, "").split()

    def order(entry: Entry) -> tuple[int, int, str]:
        if ":" in entry.name:
            return (0, entry.name.startswith("async_"), entry.name)
        if entry.name in named:
            return (1, named.index(entry.name), "")
        return (2, 0, entry.name)

    return order


def pages() -> dict[str, str]:
    """The Markdown of every page, by its path in the site."""
    listed = entries()
    rows = "".join(f"| [{title}]({page}.md) | {about} |\n" for page, (title, about) in PAGES.items())
    index = (
        "# Reference\n\n"
        "Everything is imported from `tinyfish`: `from tinyfish import TinyFish, Run`. The async client has the same\n"
        "methods, with the same arguments; await them.\n\n"
        f"| Page | What is there |\n|---|---|\n{rows}"
        "| [The API of the wire](../wire/index.md) | The HTTP API itself, for any language. |\n\n"
        "## Every name\n\n" + _index(listed)
    )
    written = {"reference/index.md": index}
    for page, (title, about) in PAGES.items():
        body = "".join(_described(each) for each in listed[page])
        written[f"reference/{page}.md"] = f"# {title}\n\n{about}\n\n{body}"
    return written


def _index(listed: dict[str, list[Entry]]) -> str:
    lines = sorted(
        (each.path.rsplit(".", 1)[1], f"[`{each.path.rsplit('.', 1)[1]}`]({page}.md#{each.path})")
        for page, names in listed.items()
        for each in names
    )
    return ", ".join(line for _, line in lines) + "\n"


def _described(entry: Entry) -> str:
    options: list[str] = []
    if ":" in entry.name or entry.name in _MADE_BY_CLIENTS:
        options.append("merge_init_into_class: false")
    if entry.name in _MADE_BY_CLIENTS:  # their bases are not public
        options += ["inherited_members: true", "show_bases: false"]
    if not entry.has_members:
        options.append("members: false")
    lines = "".join(f"      {option}\n" for option in options)
    return f"::: {entry.path}\n{'    options:' + chr(10) if options else ''}{lines}\n"

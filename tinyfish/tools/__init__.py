"""Tools for language models: plain functions that agent frameworks take as they are.

    from tinyfish import TinyFish
    from tinyfish.tools import toolset

    with TinyFish() as client, toolset(client, ["run", "search", "fetch"]) as tools:
        ...  # Agent(tools=list(tools)), or tools.for_openai() and tools.call(name, arguments)

    async_toolbox.py        what `toolset` returns: a call of each tool, search and fetch (source of toolbox.py)
    async_run_tools.py      the tools for runs (source of run_tools.py)
    started.py              the runs that were started: the same call again is the same run
    async_browser_tools.py  the tools for browsers (source of browser_tools.py)
    browsers.py             the browsers that are open
    base.py                 what both toolsets share: a sequence of functions, and what leaves the program
    async_functions.py      the functions with the texts for models (source of functions.py)
    definitions.py          a function as a JSON definition; the types of the arguments that a model gives
    arguments.py            the values of these arguments
    options.py              how the tools behave
    secret_urls.py          the secrets in the URLs of options
    urls.py, hosts.py       which URLs a model may use
    goals.py                the URLs and private hosts that a goal names
    answers.py              what a tool answers
    failures.py             an error as a sentence: what happened, and what to do

Nothing here imports a framework, and nothing is loaded by `import tinyfish`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from tinyfish.async_client import AsyncTinyFish
from tinyfish.budget import Budget
from tinyfish.client import TinyFish
from tinyfish.errors import InvalidArgumentTypeError
from tinyfish.tools.answers import Answer
from tinyfish.tools.async_toolbox import AsyncToolset
from tinyfish.tools.base import ToolRun
from tinyfish.tools.options import DEFAULT_TOOLS, ToolOptions
from tinyfish.tools.toolbox import Toolset
from tinyfish.tools.urls import RefusedURLError, UrlGuard

__all__ = ["Answer", "AsyncToolset", "RefusedURLError", "ToolRun", "Toolset", "UrlGuard", "toolset"]


@overload
def toolset(
    client: TinyFish,
    names: Sequence[str] = DEFAULT_TOOLS,
    *,
    budget: Budget | None = None,
    patience: float = 120.0,
    max_chars: int = 20_000,
    allowed_hosts: Sequence[str] | None = None,
    allow_private_hosts: bool = False,
    cancel_on_exit: bool = False,
    run_options: Mapping[str, Any] | None = None,
    reuse_seconds: float = 600.0,
    job: str | None = None,
    browser_idle_seconds: int = 300,
    max_browsers: int = 2,
    show_cdp_url: bool = False,
    secrets: Sequence[str] = (),
) -> Toolset: ...
@overload
def toolset(
    client: AsyncTinyFish,
    names: Sequence[str] = DEFAULT_TOOLS,
    *,
    budget: Budget | None = None,
    patience: float = 120.0,
    max_chars: int = 20_000,
    allowed_hosts: Sequence[str] | None = None,
    allow_private_hosts: bool = False,
    cancel_on_exit: bool = False,
    run_options: Mapping[str, Any] | None = None,
    reuse_seconds: float = 600.0,
    job: str | None = None,
    browser_idle_seconds: int = 300,
    max_browsers: int = 2,
    show_cdp_url: bool = False,
    secrets: Sequence[str] = (),
) -> AsyncToolset: ...
def toolset(
    client: TinyFish | AsyncTinyFish,
    names: Sequence[str] = DEFAULT_TOOLS,
    *,
    budget: Budget | None = None,
    patience: float = 120.0,
    max_chars: int = 20_000,
    allowed_hosts: Sequence[str] | None = None,
    allow_private_hosts: bool = False,
    cancel_on_exit: bool = False,
    run_options: Mapping[str, Any] | None = None,
    reuse_seconds: float = 600.0,
    job: str | None = None,
    browser_idle_seconds: int = 300,
    max_browsers: int = 2,
    show_cdp_url: bool = False,
    secrets: Sequence[str] = (),
) -> Toolset | AsyncToolset:
    """Make tools for a language model.

    The functions have the types and the docstrings that frameworks show to models, and return text. They never raise at
    the model: a failure is a sentence with the reason and what to do. With `TinyFish` they are plain functions, with
    `AsyncTinyFish` coroutine functions.

    Args:
        client: The client that the tools call.
        names: Which tools. `"run"` brings `get_run` and `cancel_run` along, `"browser"` brings `browser_pages` and
            `close_browser`. Default: `"run"`, `"search"` and `"fetch"`.
        budget: What the runs of these tools may cost together, in addition to the client's own. Default: no limit.
        patience: Seconds that a tool waits for a run. A run that takes longer goes on, and the answer has its id. Set
            it below the time limit of your framework. Default: 120.
        max_chars: The length of an answer; what is longer is cut, with a note. Default: 20,000.
        allowed_hosts: The only hosts whose URLs a model may use, with their subdomains. Default: all public hosts.
        allow_private_hosts: Whether a model may use loopback, private and other addresses that aren't public. A private
            host in `allowed_hosts` is allowed too. Default: False.
        cancel_on_exit: Whether to cancel a run if the framework cancels the call that waits for it, or if the toolset's
            block ends before the run does. Default: False, it goes on.
        run_options: Options for all runs, as in `RunOptions`: `agent_config`, `proxy_config`, `use_vault` and so on.
        reuse_seconds: For how long after the end of a run the same call of `run` gives its result again, because a
            model that didn't get an answer calls again. Default: 600.
        job: A name, such as that of a conversation, from which the runs get their keys: the same call in it is the same
            run after a restart of the program too, however old that is, unless the model passes `fresh=true`; the
            answer says how old. Best with a client that has a `ledger`; without one, each first start takes 15 seconds
            longer. Default: none, a toolset knows only its own runs.
        browser_idle_seconds: Seconds without a command after which a browser closes itself, 5 to 86400. Default: 300.
        max_browsers: How many browsers can be open at a time. Default: 2.
        show_cdp_url: Whether the model sees the `cdp_url` of a browser. Whoever knows it controls the browser, so by
            default only your program does: `tools.browsers`.
        secrets: Texts of 4 or more characters that no answer may contain, such as passwords; they are replaced by
            `***`. The API key and the passwords in `run_options` always are, also those in its URLs: of a login, and
            of parameters such as `?secret=`.

    Returns:
        A sequence of functions, and a context manager: the end of its block closes the browsers that are still open.

    Raises:
        ValueError: A name or an option has an invalid value; `TypeError` if it has the wrong type.

    Example:
        >>> from tinyfish import TinyFish
        >>> from tinyfish.tools import toolset
        >>> with TinyFish() as client, toolset(client, ["search"]) as tools:
        ...     print([tool.__name__ for tool in tools])
        ...     print(tools.call("search", {"query": "tide tables"}))
    """
    options = ToolOptions.checked(
        names=names,
        budget=budget,
        patience=patience,
        max_chars=max_chars,
        allowed_hosts=allowed_hosts,
        allow_private_hosts=allow_private_hosts,
        cancel_on_exit=cancel_on_exit,
        run_options=run_options,
        reuse_seconds=reuse_seconds,
        job=job,
        browser_idle_seconds=browser_idle_seconds,
        max_browsers=max_browsers,
        show_cdp_url=show_cdp_url,
        secrets=secrets,
    )
    if isinstance(client, AsyncTinyFish):
        return AsyncToolset(client, options)
    if isinstance(client, TinyFish):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        return Toolset(client, options)
    raise InvalidArgumentTypeError(
        f"client must be a TinyFish or an AsyncTinyFish object, not {type(client).__name__}."
    )

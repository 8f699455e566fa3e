"""`tinyfish doctor`: what is installed, what works, and what to do about the rest."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import click
from attrs import asdict, frozen

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.output import Output, output_options

State = Literal["ok", "note", "problem"]

_EXTRAS: Final = {
    "sandbox": "aiohttp",
    "cli": "click",
    "progress": "rich",
    "speed": "msgspec",
    "dbos": "dbos",
    "mcp": "mcp",
    "otel": "opentelemetry-api",
    "migrate": "libcst",
}
# A clock that is off by more than this makes it unsafe to find runs by their time.
_CLOCK_SECONDS: Final = 5.0
_CALL_SECONDS: Final = 10.0


@frozen
class Finding:
    """What one check found.

    Attributes:
        name: What was checked.
        state: Whether it's fine, worth knowing, or a problem.
        text: What was found.
        advice: What to do about it.
    """

    name: str
    state: State
    text: str
    advice: str = ""


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish doctor
  tinyfish doctor --json | jq '.[] | select(.state == "problem")'

\b
The exit status is 3 if the key is missing or refused, 1 if there is another problem, otherwise 0.""",
)
@output_options
def doctor(output: Output) -> int:
    """Check the installation, the key and the network, and say what to do about each problem."""
    found: list[Finding] = []
    for check in (_versions, _key, _hosts, _proxy, _chromium, _extras):
        for finding in check():
            found.append(finding)
            if output.for_people:
                _show(finding)
    if not output.for_people:
        output.rows((asdict(finding) for finding in found), ())
    problems = [finding for finding in found if finding.state == "problem"]
    if any(finding.name == "API key" for finding in problems):
        return 3
    return int(bool(problems))


def _show(finding: Finding) -> None:
    from rich.table import Table
    from rich.text import Text

    from tinyfish.cli.screen import data_console, is_unicode

    marks = (
        {"ok": "✓", "note": "•", "problem": "✗"}
        if is_unicode()
        else {"ok": "ok", "note": "--", "problem": "!!"}
    )
    colours = {"ok": "green", "note": "dim", "problem": "bold red"}
    line = Table.grid(padding=(0, 1))
    line.add_column(width=2)
    line.add_column(width=9)
    line.add_column()
    text = Text(finding.text)
    if finding.advice:
        text.append(f"\n{finding.advice}", "yellow" if finding.state == "problem" else "dim")
    line.add_row(Text(marks[finding.state], colours[finding.state]), Text(finding.name, "bold"), text)
    data_console().print(line)


def _versions() -> Iterator[Finding]:
    from tinyfish import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Version", "ok", f"tinyfish {__version__}, Python {python}, httpx {version('httpx')}")


def _key() -> Iterator[Finding]:
    from tinyfish.cli.credentials import client, find_key, uses_sandbox_in_program
    from tinyfish.cli.exit_codes import NoAPIKeyError
    from tinyfish.errors import APIError, AuthenticationError, PermissionDeniedError, SDKError

    if uses_sandbox_in_program():
        yield Finding("API key", "note", "Not needed: TINYFISH_BASE_URL is a sandbox inside each program.")
        return
    try:
        found = find_key()
    except NoAPIKeyError as error:
        yield Finding("API key", "problem", str(error), "Unlock the keyring, or set TINYFISH_API_KEY.")
        return
    if found is None:
        yield Finding(
            "API key", "problem", "There is none.", "Set TINYFISH_API_KEY, or call `tinyfish login`."
        )
        return
    _, source = found
    try:
        with client(timeout=_CALL_SECONDS) as api:
            listed = api.runs.list(limit=1)
    except (AuthenticationError, PermissionDeniedError) as error:
        yield Finding("API key", "problem", f"From {source}; it is refused: {error}", "Use another key.")
    except APIError as error:
        yield Finding("API key", "note", f"From {source}; not checked, because the call failed: {error}")
    except (SDKError, ValueError, ImportError) as error:  # the last two: of proxies
        yield Finding("API key", "problem", f"From {source}: {error}")
    else:
        moment: object = listed.data[0].created_at if listed.data else None
        newest = f"; the newest run is of {moment:%Y-%m-%d %H:%M} UTC" if isinstance(moment, datetime) else ""
        yield Finding("API key", "ok", f"It works. From {source}{newest}")


def _hosts() -> Iterator[Finding]:
    import os
    import time

    import httpx

    from tinyfish._core.addresses import DEFAULT_BASE_URL, PRODUCT_HOSTS
    from tinyfish.cli.credentials import uses_sandbox_in_program

    if uses_sandbox_in_program():
        yield Finding("Network", "note", "Not needed: TINYFISH_BASE_URL is a sandbox inside each program.")
        return
    base = os.environ.get("TINYFISH_BASE_URL")
    urls = [base] if base else [DEFAULT_BASE_URL, *PRODUCT_HOSTS.values()]
    offsets: list[float] = []
    for url in urls:
        host = _address(url)
        try:
            began = time.time()
            answer = httpx.head(url, timeout=_CALL_SECONDS, follow_redirects=False)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            ValueError,
            ImportError,
        ) as error:  # the last two: of proxies
            yield Finding(
                "Network", "problem", f"{host} is not reached: {error or type(error).__name__}",
                "Check the network, a proxy, or TINYFISH_BASE_URL.",
            )  # fmt: skip
            continue
        took = time.time() - began
        try:
            date = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ValueError, OverflowError):  # there is none, or it isn't one
            pass
        else:
            offsets.append(date.timestamp() + 0.5 - (began + took / 2))
        yield Finding("Network", "ok", f"{host} answers in {took * 1000:.0f} ms")
    if offsets:
        offset = min(offsets, key=abs)
        if abs(offset) > _CLOCK_SECONDS:
            yield Finding(
                "Clock", "problem", f"This machine's clock differs by {offset:+.0f} s from the server's.",
                "Synchronise it (NTP).",
            )  # fmt: skip
        else:
            yield Finding(
                "Clock", "ok", f"It agrees with the server's: {offset:+.1f} s, with whole seconds of its own."
            )


def _proxy() -> Iterator[Finding]:
    proxies = {
        name: url for name, url in urllib.request.getproxies().items() if name in ("http", "https", "all")
    }
    if not proxies:
        yield Finding("Proxy", "ok", "None is configured.")
    for name, url in proxies.items():
        yield Finding("Proxy", "note", f"{name} goes through {_address(url)}")


def _address(url: str) -> str:
    """The host and port of a URL, without a user's name and password."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or url.rpartition("@")[2]


def _chromium() -> Iterator[Finding]:
    try:
        from tinyfish.sandbox.browser import chromium
    except ImportError:
        return
    try:
        yield Finding("Chromium", "ok", f"{chromium.find()}, for the sandbox")
    except chromium.NoChromiumError as error:
        yield Finding("Chromium", "note", "The sandbox has no browser: it reads pages over HTTP.", str(error))


def _extras() -> Iterator[Finding]:
    missing: list[str] = []
    present: list[str] = []
    for extra, package in _EXTRAS.items():
        try:
            present.append(f"{extra} ({package} {version(package)})")
        except PackageNotFoundError:
            missing.append(extra)
    if present:
        yield Finding("Extras", "ok", ", ".join(present))
    if missing:
        yield Finding(
            "Extras", "note", f"Not installed: {', '.join(missing)}",
            f"If you need them: pip install 'tinyfish[{','.join(missing)}]'",
        )  # fmt: skip

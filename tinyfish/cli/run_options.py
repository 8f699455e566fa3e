"""The options of the commands that start runs, and what they mean for the client."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from tinyfish.cli.values import Duration

F = TypeVar("F", bound=Callable[..., Any])

# A URL, or a host as people type it: with a dot or a port, or this machine.
_PAGE: Final = re.compile(
    r"(?:[a-z][\w+.-]*://[^\s/?#]+|localhost|[\w-]+(?:\.[\w-]+)+\.?|[\w-]+(?=:\d)|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)

key_option = click.option(
    "--key", metavar="KEY", help="An idempotency key: the same key again is the same run, never a second one."
)
timeout_option = click.option(
    "--timeout", type=Duration(), help="How long to wait: seconds, or 5m, 2h. Default: 10 minutes."
)


def start_options(command: F) -> F:
    """Add the options of a run to a command that starts some."""
    decorated: Any = command
    for add in reversed(
        (
            click.option("--returns", metavar="JSON", help="""The form of the result: '{"price": "number"}'."""),
            click.option(
                "--schema", type=click.Path(path_type=Path, exists=True, dir_okay=False),
                metavar="FILE", help="A file with the JSON Schema of the result.",
            ),
            click.option("--profile", type=click.Choice(["lite", "stealth"]), help="The browser."),
            click.option("--country", metavar="CC", help="The country of the proxy, such as US."),
            click.option("--max-steps", type=click.IntRange(1), metavar="N", help="The maximum number of steps."),
            click.option("--use-vault", is_flag=True, help="Let the run sign in with the vault's logins."),
            click.option("--browser-profile-id", metavar="ID", help="The saved browser to start from."),
            click.option("--webhook", metavar="URL", help="The https URL to call when the run has ended."),
        )
    ):  # fmt: skip
        decorated = add(decorated)
    return cast("F", decorated)


def run_options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of `agent.run` from those of the command line."""
    from tinyfish.cli.schemas import output_schema

    options: dict[str, Any] = {
        "output_schema": output_schema(given.pop("returns"), given.pop("schema")),
        "browser_profile": given.pop("profile"),
        "webhook_url": given.pop("webhook"),
        "use_vault": given.pop("use_vault") or None,
    }
    country, steps, profile_id = given.pop("country"), given.pop("max_steps"), given.pop("browser_profile_id")
    if country:
        options["proxy_config"] = {"enabled": True, "country_code": country.upper()}
    if steps:
        options["agent_config"] = {"max_steps": steps}
    if profile_id:
        options |= {"use_profile": True, "profile_id": profile_id}
    return {name: value for name, value in options.items() if value is not None}


def page_for(url: str, goal: str) -> str:
    """The address of the page that a goal is for.

    Raises:
        click.UsageError: They are swapped: the goal is nothing but the address of a page, and the url can't be one.
    """
    if _PAGE.fullmatch(goal.strip()) and _is_no_page(url.strip()):
        insists = f" If {url} is a host, write http://{url}." if re.fullmatch(r"[\w-]+", url) else ""
        raise click.UsageError(
            f"URL comes first, then GOAL: {goal!r} {url!r}, not {url!r} {goal!r}.{insists}"
        )
    return with_scheme(url)


def _is_no_page(text: str) -> bool:
    """Whether a text is surely not meant as the address of a page."""
    if _PAGE.fullmatch(text) or re.match(r"[a-z][\w+.-]*://", text, re.IGNORECASE):
        return False
    return bool(re.search(r"\s", text)) or not re.search(r"[/?#:@\[]", text)


def with_scheme(url: str) -> str:
    """An address as people type it: `example.com` is https."""
    return url if "://" in url else f"https://{url}"

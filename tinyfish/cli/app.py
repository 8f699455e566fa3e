"""The commands, and how the program begins and ends."""

from __future__ import annotations

import difflib
import importlib
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import click

from tinyfish._version import __version__
from tinyfish.cli.screen import WARNINGS, complain

# name: (module and command, what it does). A module is imported only when its command is called.
COMMANDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Runs": {
        "run": ("runs:run", "Start a run, show its steps, and print its result"),
        "queue": ("runs:queue", "Start a run, and print its id"),
        "many": ("many:many", "Start a run for each row of a file, and resume where it stopped"),
        "watch": ("runs:watch", "Show the steps of a run that was started before"),
        "wait": ("runs:wait", "Wait for runs to end, and print their results"),
        "cancel": ("runs:cancel", "Cancel runs"),
        "runs": ("runs:runs", "List runs, and show one"),
        "ledger": ("ledger:ledger", "Show and complete the record of what was started"),
    },
    "Other products": {
        "search": ("products:search", "Search the web"),
        "fetch": ("products:fetch", "Read web pages"),
        "browser": ("browser:browser", "Open and close remote browsers"),
        "research": ("research:research", "Have a question researched"),
        "datasets": ("datasets:datasets", "Tables that agents fill from the web"),
        "monitors": ("monitors:monitors", "Repeat a search or a fetch on a schedule"),
        "wallet": ("products:wallet", "Show what the account can spend"),
    },
    "Set-up": {
        "login": ("setup:login", "Store the API key"),
        "logout": ("setup:logout", "Forget the API key"),
        "doctor": ("doctor:doctor", "Check the installation, the key and the network"),
        "completion": ("setup:completion", "Print the completion script of a shell"),
    },
    "Agents": {
        "mcp": ("mcp:mcp", "Serve tools for agents over the Model Context Protocol"),
    },
    "Development": {
        "webhooks": ("webhooks:webhooks", "Receive webhooks while you develop"),
        "sandbox": ("development:sandbox", "Run a local server for the API, without costs"),
        "demo": ("development:demo", "Show what this package does, without a key or a network"),
        "openapi": ("development:openapi", "Print the API's OpenAPI document"),
    },
}

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Group(click.Group):
    """A group whose unknown commands get a suggestion."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was named."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


class _Root(Group):
    """The program: its commands are imported when they're called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return [name for commands in COMMANDS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        for commands in COMMANDS.values():
            if cmd_name in commands:
                module, name = commands[cmd_name][0].split(":")
                found = getattr(importlib.import_module(f"tinyfish.cli.commands.{module}"), name)
                return cast("click.Command", found)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, group by group."""
        width = max(len(name) for name in self.list_commands(ctx))
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, (_, text) in commands.items()])


@click.group(
    cls=_Root,
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish run https://example.com "Read the title"
  tinyfish run https://shop.example/kettle "Read the price" --returns '{"price": "number"}' | jq .price
  tinyfish runs list --status FAILED --since 2d --jsonl | jq .error

\b
The API key comes from TINYFISH_API_KEY, or from `tinyfish login`.
Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 the run failed, 2 wrong usage,
3 no key or refused, 4 time is up and the run goes on, 5 uncertain, 130 Ctrl-C.""",
)
@click.version_option(__version__, "-V", "--version", message="tinyfish %(version)s")
def root() -> None:
    """Run web agents from the shell."""


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status."""
    logging.getLogger("tinyfish").addHandler(WARNINGS)
    try:
        status: Any = root.main(list(arguments), prog_name="tinyfish", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:  # click's word for Ctrl-C; the original has the advice
        return _failed(error.__cause__ or KeyboardInterrupt())
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python would complain once more when it flushes stdout.
        sys.stderr.close()
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - everything becomes a message and an exit status
        return _failed(error)
    return status if isinstance(status, int) else 0


def _failed(error: BaseException) -> int:
    from tinyfish.cli.exit_codes import exit_code_of

    complain(error)
    return int(exit_code_of(error))

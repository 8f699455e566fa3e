"""`tinyfish login`, `logout`, `completion`."""

from __future__ import annotations

import sys

import click

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.screen import say


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish login
  pass show tinyfish | tinyfish login""",
)
@click.option("--no-check", is_flag=True, help="Store the key without trying it.")
def login(no_check: bool) -> int:
    """Store the API key: in the system's keyring if there is one, else in a file that only you can read.

    The key is read from the terminal, without showing it, or from a pipe.
    """
    from tinyfish.cli.credentials import store_key

    if sys.stdin.isatty():
        key = click.prompt("API key", hide_input=True, err=True).strip()
    else:
        key = sys.stdin.readline().strip()
    if not key:
        raise click.UsageError("The key is empty.")
    if not no_check:
        from tinyfish import TinyFish

        with TinyFish(key, timeout=20) as api:
            api.runs.list(limit=1)
    say(f"The key is stored in {store_key(key)}")
    return 0


@click.command(context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish logout")
def logout() -> int:
    """Forget the stored API key. A key in the environment is not affected."""
    from tinyfish.cli.credentials import forget_key

    forgotten = forget_key()
    say(f"Deleted from {', '.join(forgotten)}" if forgotten else "There was no stored key.")
    return 0


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish completion bash >> ~/.bashrc
  tinyfish completion zsh > ~/.zfunc/_tinyfish
  tinyfish completion fish > ~/.config/fish/completions/tinyfish.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from tinyfish.cli.app import root

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(found(root, {}, "tinyfish", "_TINYFISH_COMPLETE").source())
    return 0

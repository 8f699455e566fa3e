"""Writes docs/command-line.md: the page of the command `tinyfish`, from its own help.

python tools/cli_reference.py            write it
python tools/cli_reference.py --check    fail if that would change it
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tinyfish.cli.app import COMMANDS, root
from tinyfish.cli.exit_codes import MEANINGS

# Of the texts, whatever terminal this is called in.
_WIDTH = 100
PAGE = Path(__file__).resolve().parent.parent / "docs" / "command-line.md"

_HEAD = """# The command `tinyfish`

<!-- Made by tools/cli_reference.py from the commands' own help. Change tinyfish/cli/, then run it. -->

```bash
pip install "tinyfish[cli]"
```

In an environment that [has this package](start.md#install), this adds what the command needs.

`python -m tinyfish` is the same command. It needs an API key: from the environment variable `TINYFISH_API_KEY`, or
from `tinyfish login`, which keeps it in the system's keyring (if the package `keyring` is installed and finds one) or
else in a file that only you can read. `tinyfish doctor` checks everything.

![A run in the terminal](images/terminal-run.svg)

## For people and for programs

- Data goes to stdout, everything else to stderr: progress, messages, errors.
- On a terminal, data is a table or a tree. On a pipe it's JSON, but `queue` prints the id, and `fetch` the text of one
  page. `--json` and `--jsonl` (a line for each object) give JSON on a terminal too; `-o FILE` writes a file: `.csv`,
  `.parquet`, `.jsonl`, otherwise JSON.
- `--quiet` prints data only. `NO_COLOR=1` turns colours off; on a pipe there are none.
- Ctrl-C asks nothing: a run goes on, and the message says how to cancel it. `--cancel-on-exit` cancels it.
- `--key KEY` is an [idempotency key](many-runs.md): the same key again is the same run, never a second one.
- `TINYFISH_DEBUG=1` shows the traceback of an error.

## Exit codes
"""

_COMPLETION = """## Shell completion

```bash
tinyfish completion bash >> ~/.bashrc
tinyfish completion zsh > ~/.zfunc/_tinyfish
tinyfish completion fish > ~/.config/fish/completions/tinyfish.fish
```
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    parts.append(
        "| Code | Meaning |\n|---|---|\n"
        + "\n".join(f"| {code} | {text} |" for code, text in MEANINGS.items())
    )
    parts.append("\n" + _COMPLETION)
    context = click.Context(root, info_name="tinyfish", terminal_width=_WIDTH, **root.context_settings)
    for title, commands in COMMANDS.items():
        parts.append(f"## {title}\n")
        for name in commands:
            command = root.get_command(context, name)
            assert command is not None
            parts.extend(_sections(command, context, name))
    return "\n".join(parts).rstrip() + "\n"


def _sections(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=_WIDTH, **command.context_settings
    )
    yield f"### `{context.command_path}`\n\n```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from _sections(found, context, child)


def main() -> int:
    """Write or check the page."""
    text = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            print(f"docs/{PAGE.name} is out of date: run python tools/cli_reference.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

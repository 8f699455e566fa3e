"""`tinyfish sandbox`, `demo`, `openapi`."""

from __future__ import annotations

import json
import sys

import click

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.screen import is_unicode, say


@click.command(
    context_settings={**CONTEXT, "ignore_unknown_options": True},
    add_help_option=False,
    epilog="\b\nExample:\n  tinyfish sandbox --port 8787",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> int:
    """Run a local server for the API until Ctrl-C, without costs. It needs the extra `sandbox`.

    The options are those of `python -m tinyfish.sandbox`: --port, --api-key, --rules, --unmatched, --database,
    --step-delay, --record and others. `tinyfish sandbox --help` explains them.
    """
    try:
        from tinyfish.sandbox.__main__ import main
    except ImportError as error:
        say(f"Error: the sandbox needs its extra: pip install 'tinyfish[sandbox]' ({error})")
        return 2
    return main(arguments)


@click.command(context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish openapi > openapi.yaml")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of YAML.")
def openapi(as_json: bool) -> int:
    """Print the API's OpenAPI document, from which this package is generated."""
    from importlib.resources import files

    document = json.loads(files("tinyfish_generated").joinpath("openapi.json").read_text(encoding="utf-8"))
    if not as_json:
        try:
            import yaml
        except ImportError:
            say("PyYAML isn't installed, so this is JSON, which YAML programs read too.")
        else:
            # A code page of Windows, or LANG=C, doesn't have all characters: YAML and JSON can write any in ASCII.
            yaml.safe_dump(
                document, sys.stdout, sort_keys=False, allow_unicode=is_unicode(sys.stdout), width=110
            )
            return 0
    click.echo(json.dumps(document, indent=2, ensure_ascii=not is_unicode(sys.stdout)))
    return 0


@click.command(context_settings=CONTEXT, epilog="\b\nExamples:\n  tinyfish demo\n  tinyfish demo --keep")
@click.option("--keep", is_flag=True, help="Keep the sandbox open at the end, until Ctrl-C.")
def demo(keep: bool) -> int:
    """Show what this package does, without a key or a network. It needs the extra `sandbox`."""
    try:
        from tinyfish.demo.stage import show
    except ImportError as error:
        say(f"Error: the demo needs the sandbox: pip install 'tinyfish[sandbox]' ({error})")
        return 2
    return show(keep=keep)

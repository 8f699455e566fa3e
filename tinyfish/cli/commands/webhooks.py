"""`tinyfish webhooks`: receive them while you develop."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import click

from tinyfish.cli.app import CONTEXT, Group
from tinyfish.cli.exit_codes import ExitCode
from tinyfish.cli.output import Output, output_options
from tinyfish.cli.screen import printable


@click.group(
    cls=Group,
    context_settings=CONTEXT,
    epilog="\b\nExample:\n  tinyfish webhooks listen --forward http://127.0.0.1:8000/webhooks",
)
def webhooks() -> None:
    """Receive webhooks while you develop."""


@webhooks.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish webhooks listen
  tinyfish webhooks listen --port 8123 --forward http://127.0.0.1:8000/webhooks
  tinyfish webhooks listen --port 8123 --url https://my-tunnel.example
  tinyfish webhooks listen --returns '{"price": "number"}' | jq .result.price""",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port; 0 for any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--forward", metavar="URL", help="Where to send each webhook on, as it came.")
@click.option("--returns", metavar="EXAMPLE", help='The form of results: \'{"price": "number"}\'.')
@click.option("--url", metavar="URL", help="The https URL of your tunnel, to be shown with the secret.")
@output_options
def listen(
    port: int, host: str, forward: str | None, returns: str | None, url: str | None, output: Output
) -> int:
    """Print each webhook as it comes, until Ctrl-C.

    What arrives is printed as it is, and not checked with the API. The URL has a secret: that in
    TINYFISH_WEBHOOK_SECRET, else a new one.
    """
    from tinyfish.cli.listening import Arrival, Listener
    from tinyfish.cli.schemas import result_type

    kind = None if returns is None else result_type(returns)
    with Listener(host, port, forward, kind) as listener:
        output.say(f"Listening at {listener.address} until Ctrl-C. For webhook_url:")
        output.say(f"  {listener.url(url or listener.address)}")
        if url is None:
            output.say(
                "This address works with a sandbox on this machine. TinyFish calls only https URLs that it can reach: "
                f"start a tunnel, such as `cloudflared tunnel --url {listener.address}`, and put its address in place "
                "of this one; --port keeps the port, --url shows the whole URL."
            )

        def shown() -> Generator[dict[str, Any]]:
            for arrival in listener.arrivals():
                if isinstance(arrival, Arrival):
                    yield arrival.to_dict()
                else:
                    output.say(arrival)

        try:
            if output.for_people:
                _show(listener.arrivals(), output)
            else:
                Output("jsonl", output.quiet, output.file).rows(shown(), ())
        except KeyboardInterrupt:  # while it was printing
            pass
        output.say("Stopped.")
    return int(ExitCode.INTERRUPTED)


def _show(arrivals: Any, output: Output) -> None:
    """Print a line for each, for people."""
    import json

    from rich.text import Text

    from tinyfish.cli.listening import Arrival
    from tinyfish.cli.screen import data_console

    colours = {"COMPLETED": "green", "FAILED": "red", "CANCELLED": "yellow"}
    for arrival in arrivals:
        if not isinstance(arrival, Arrival):
            output.say(arrival)
            continue
        told = arrival.to_dict()
        what = told["error"] if told["error"] is not None else told["result"]
        line = Text.assemble(
            (f"{arrival.at:%H:%M:%S}  ", "dim"),
            (printable(str(told["event"])), colours.get(str(told["status"]), "cyan")),
            f"  {printable(str(told['run_id'] or ''))}",
            (" again" if arrival.is_repeated else "", "yellow"),
            f"  {printable(json.dumps(what, ensure_ascii=False, default=str))}",
            (f"  -> {arrival.forwarded}" if arrival.forwarded is not None else "", "dim"),
        )
        data_console().print(line, soft_wrap=True)

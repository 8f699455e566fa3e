"""Makes the pictures of the command in docs/images: what a person sees in a terminal, as SVG.

python tools/terminal_pictures.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyte
from rich.console import Console
from rich.text import Text
from terminal import Terminal

from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLUMNS, ROWS = 92, 24

# name: (arguments, title)
PICTURES = {
    "terminal-run": (
        [
            "run",
            "{site}shop/kettle.html",
            "Read the price",
            "--returns",
            '{"title": "string", "price": "number"}',
        ],
        """tinyfish run shop.example/kettle "Read the price" --returns '{"title": "string", "price": "number"}'""",
    ),
    "terminal-runs": (["runs", "list"], "tinyfish runs list"),
    "terminal-doctor": (["doctor"], "tinyfish doctor"),
}


def main() -> None:
    """Run the commands against the sandbox, and write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with Site() as site, Sandbox(step_delay=0.3, chromium=False) as sandbox:
        environment = {
            "TINYFISH_BASE_URL": sandbox.url,
            "TINYFISH_API_KEY": sandbox.api_key,
            "NO_PROXY": "127.0.0.1",
        }
        for name, (arguments, title) in PICTURES.items():
            shown = Terminal(COLUMNS, 60).run([a.replace("{site}", site.url) for a in arguments], environment)
            names = {
                f"{site.url}shop/kettle.html": "https://shop.example/kettle",
                sandbox.url.removeprefix("http://"): "agent.tinyfish.ai",
                "127.0.0.1": "shop.example",
            }
            svg = picture(shown, title, names)
            (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


def picture(shown: Terminal, title: str, names: dict[str, str]) -> str:
    """The last screen as SVG.

    Args:
        shown: The command that was run.
        title: The command, as a person types it.
        names: What to show instead of the addresses of this machine.
    """
    screen = pyte.Screen(shown.columns, shown.rows)
    pyte.ByteStream(screen).feed(shown.raw)
    console = Console(record=True, width=shown.columns, file=Path("/dev/null").open("w"), force_terminal=True)  # noqa: SIM115
    lines = [_line(screen.buffer[y], shown.columns) for y in range(shown.rows)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    console.print(Text.assemble(("$ ", "bold green"), title))
    for line in lines:
        for old, new in names.items():
            line = _replaced(line, old, new)
        console.print(line, no_wrap=True, crop=True)
    # Fonts of the reader's system: a picture must not call another host.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title=""), flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace")


def _line(cells: Any, columns: int) -> Text:
    line = Text()
    for x in range(columns):
        cell = cells[x]
        colour = cell.fg if cell.fg != "default" else ""
        style = " ".join(
            filter(
                None, [_colour(colour), "bold" if cell.bold else "", "underline" if cell.underscore else ""]
            )
        )
        line.append(cell.data or " ", style)
    line.rstrip()
    return line


def _colour(name: str) -> str:
    return {"brown": "yellow"}.get(name, name if name.isalpha() else f"#{name}" if name else "")


def _replaced(line: Text, old: str, new: str) -> Text:
    begin = line.plain.find(old.rstrip("/"))
    if begin < 0:
        return line
    parts = line.divide([begin, begin + len(old.rstrip("/"))])
    return Text.assemble(parts[0], new.rstrip("/"), parts[2])


if __name__ == "__main__":
    main()

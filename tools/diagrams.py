"""Draws the diagrams of the documentation, from the texts below: docs/images/{architecture,run-life,recovery}.svg.

python tools/diagrams.py            draw them
python tools/diagrams.py --check    fail if that would change them

They are narrow, so that a telephone shows them in a readable size, and have a light ground of their own, so that they
can be read on a dark page too.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
_WIDTH: Final = 420
_LINE: Final = 17
_FILLS: Final = {
    "": ("#ffffff", "#5b6b7f"),
    "yours": ("#fff4d6", "#9a7400"),
    "good": ("#e0f5e6", "#1f7a3d"),
    "bad": ("#fde5e3", "#b3362b"),
    "client": ("#e3eefc", "#2463b0"),
}


class Box(NamedTuple):
    """A box: its place and size, its lines of text (the first one is bold), and its kind, which is its colour."""

    x: int
    y: int
    width: int
    lines: tuple[str, ...]
    kind: str = ""

    @property
    def height(self) -> int:
        """The height of the box."""
        return 16 + _LINE * len(self.lines)


class Arrow(NamedTuple):
    """An arrow from one point to another by corners, with a label beside its beginning."""

    points: tuple[tuple[int, int], ...]
    label: str = ""
    dx: int = 6
    dy: int = 16


class Diagram(NamedTuple):
    """A diagram: what it shows, in words, for those who can't see it; its height, and its parts."""

    about: str
    height: int
    parts: tuple[Box | Arrow, ...]


DIAGRAMS: Final = {
    "architecture": Diagram(
        "Your program calls the client. The client checks arguments, decides, sends requests over its own connections, "
        "and records starts in a ledger. Its models and operations are generated from the contract openapi.yaml, which "
        "the sandbox serves too.",
        582,
        (
            Box(110, 14, 200, ("Your program", "goal, url, returns=Product"), "yours"),
            Arrow(((210, 64), (210, 92)), "arguments"),
            Arrow(((300, 92), (300, 64)), "objects"),
            Box(30, 92, 360, ("TinyFish, AsyncTinyFish", "checks arguments, reads results as your class"), "client"),
            Arrow(((130, 142), (130, 176))),
            Box(
                30, 176, 200,
                ("Decisions", "written once, without I/O:", "send again? search? poll?", "whose run is it? cancel it?"),
                "client",
            ),
            Box(250, 176, 140, ("Ledger", "every start, before", "it is sent; its run;", "its result"), ""),
            Arrow(((230, 215), (250, 215))),
            Arrow(((130, 260), (130, 294))),
            Box(30, 294, 200, ("Loops and connections", "threads, asyncio, trio", "time limits, own pools"), "client"),
            Box(250, 294, 140, ("generated/", "models, operations", "limits of values"), ""),
            Arrow(((250, 327), (230, 327))),
            Arrow(((130, 361), (130, 410)), "HTTPS"),
            Box(30, 410, 160, ("TinyFish API", "agents in remote", "browsers"), ""),
            Box(205, 410, 155, ("or the sandbox", "the same API on your", "machine, and failures"), "good"),
            Arrow(((190, 361), (190, 386), (282, 386), (282, 410))),
            Arrow(((282, 514), (282, 477))),
            Arrow(((376, 514), (376, 361))),
            Box(110, 514, 280, ("openapi.yaml", "the contract: every fact about the API, once"), "client"),
        ),
    ),
    "run-life": Diagram(
        "A run is started, waits as PENDING, works as RUNNING, and ends COMPLETED, FAILED or CANCELLED. A lost answer to the "
        "start is searched for; a stream that breaks is polled; a time limit ends only the waiting; a completed run "
        "may still hold only a captcha.",
        640,
        (
            Box(40, 14, 160, ("Start", "run, queue, stream, start"), "client"),
            Box(240, 8, 170, ("No answer?", "the client searches; never", "sends it again blindly"), "bad"),
            Arrow(((200, 39), (240, 39))),
            Arrow(((120, 64), (120, 98))),
            Box(40, 98, 160, ("PENDING", "waits for a browser"), ""),
            Box(240, 92, 170, ("429, too many pending?", "limits= waits for its turn"), "bad"),
            Arrow(((200, 123), (240, 123))),
            Arrow(((120, 148), (120, 182))),
            Box(40, 182, 160, ("RUNNING", "steps, a live view"), ""),
            Box(240, 176, 170, ("The stream breaks?", "the client polls; it still", "ends with CompleteEvent"), "bad"),
            Arrow(((200, 207), (240, 207))),
            Box(240, 264, 170, ("Your time limit?", "WaitTimeoutError: the run", "goes on; wait(run_id)", "resumes"), "bad"),
            Arrow(((200, 220), (220, 220), (220, 300), (240, 300))),
            Box(240, 368, 170, ("You leave early?", "cancel_on_exit=True or a", "handle stops it"), "bad"),
            Arrow(((220, 300), (220, 400), (240, 400))),
            Arrow(((120, 232), (120, 470))),
            Box(14, 470, 118, ("COMPLETED", "has a result"), "good"),
            Box(150, 470, 118, ("FAILED", "error says why"), "bad"),
            Box(286, 470, 120, ("CANCELLED", "by you"), ""),
            Arrow(((120, 444), (208, 444), (208, 470))),
            Arrow(((208, 444), (346, 444), (346, 470))),
            Arrow(((73, 520), (73, 556))),
            Box(14, 556, 186, ("Is it what you asked for?", "a captcha? RunDoubtfulError", "another shape? its repairs"), "client"),
            Arrow(((208, 520), (208, 538), (310, 538), (310, 556))),
            Arrow(((346, 520), (346, 538), (310, 538))),
            Box(216, 556, 190, ("raise_for_outcome()", "RunFailedError,", "RunCancelledError"), "client"),
        ),
    ),
    "recovery": Diagram(
        "After a start without an answer: if nothing was sent, it is sent again. If the answer names the run, that run is "
        "followed. Otherwise the client searches. With a key, the search is certain. Without one, a run is adopted only "
        "if it is surely yours; otherwise an UncertainStartError lists the candidates.",
        640,
        (
            Box(90, 14, 200, ("A start has no good answer",), "yours"),
            Arrow(((190, 47), (190, 74))),
            Box(70, 74, 240, ("Was nothing sent, or is it refused?", "no connection; 429; SERVICE_BUSY"), "client"),
            Arrow(((310, 99), (352, 99), (352, 140)), "yes", 8, -6),
            Box(290, 140, 120, ("Send it again", "up to", "max_retries"), "good"),
            Arrow(((150, 124), (150, 160)), "no"),
            Box(20, 160, 240, ("Does what arrived name the run?", "an id in a damaged response"), "client"),
            Arrow(((260, 185), (275, 185), (275, 236), (290, 236)), "yes", 2, -6),
            Box(290, 214, 120, ("Follow it",), "good"),
            Arrow(((140, 210), (140, 246)), "no"),
            Box(20, 246, 240, ("Has it an idempotency key,", "or is there a ledger?"), "client"),
            Arrow(((260, 271), (275, 271), (275, 306), (290, 306)), "yes", 2, -6),
            Box(290, 268, 120, ("Search for its", "reference, 15 s:", "found: adopt it", "none: send again"), "good"),
            Arrow(((140, 296), (140, 332)), "no"),
            Box(20, 332, 240, ("Search for goal and time", "3 times in 5 s, the server's clock"), "client"),
            Arrow(((140, 382), (140, 418))),
            Box(20, 418, 240, ("Exactly one, and surely yours?", "no other start of this goal; the", "server has surely got it"), "client"),
            Arrow(((260, 450), (290, 450)), "yes", -2, -6),
            Box(290, 426, 120, ("Adopt it", "adopted=True"), "good"),
            Arrow(((140, 485), (140, 521)), "no"),
            Box(20, 521, 240, ("INTERNAL_ERROR, and the", "search has found nothing?"), "client"),
            Arrow(((260, 546), (290, 546)), "yes", -2, -6),
            Box(290, 529, 120, ("Send it again",), "good"),
            Arrow(((140, 571), (140, 591)), "no", 6, 14),
            Box(20, 591, 390, ("UncertainStartError: candidates. You decide.",), "bad"),
        ),
    ),
}  # fmt: skip


def drawn(diagram: Diagram) -> str:
    """The SVG of a diagram."""
    parts = "".join(_box(part) if isinstance(part, Box) else _arrow(part) for part in diagram.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {diagram.height}" width="{_WIDTH}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="12" fill="#1c2733">\n'
        f"<title>{escape(diagram.about)}</title>\n"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b6b7f"/></marker></defs>\n'
        f'<rect width="{_WIDTH}" height="{diagram.height}" rx="10" fill="#f6f8fb"/>\n{parts}</svg>\n'
    )


def _box(box: Box) -> str:
    fill, stroke = _FILLS[box.kind]
    lines = "".join(
        f'<text x="{box.x + box.width // 2}" y="{box.y + 21 + _LINE * number}" text-anchor="middle"'
        f"{' font-weight=' + chr(34) + '600' + chr(34) if number == 0 else ''}>{escape(line)}</text>\n"
        for number, line in enumerate(box.lines)
    )
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="6" fill="{fill}" '
        f'stroke="{stroke}"/>\n{lines}'
    )


def _arrow(arrow: Arrow) -> str:
    points = " ".join(f"{x},{y}" for x, y in arrow.points)
    line = f'<polyline points="{points}" fill="none" stroke="#5b6b7f" stroke-width="1.4" marker-end="url(#head)"/>\n'
    if not arrow.label:
        return line
    x, y = arrow.points[0]
    return f'{line}<text x="{x + arrow.dx}" y="{y + arrow.dy}" fill="#44525f">{escape(arrow.label)}</text>\n'


def main() -> int:
    """Draw the diagrams, or check them. Returns the exit status."""
    status = 0
    for name, diagram in DIAGRAMS.items():
        path, text = IMAGES / f"{name}.svg", drawn(diagram)
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.name} isn't what tools/diagrams.py draws: run it", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

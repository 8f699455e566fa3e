"""A run as it goes on, for people: the goal, the page, each step with its time, the link to watch it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from attrs import define, field

from tinyfish.cli.screen import console, is_unicode, printable, say

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

    from tinyfish.models import CompleteEvent

# Older steps scroll out of the view, so that it fits on the screen.
_STEPS_SHOWN: Final = 12


@define
class RunView:
    """What is shown of one run.

    Attributes:
        goal: What the run is to do.
        url: Its page.
    """

    goal: str
    url: str
    run_id: str | None = None
    streaming_url: str | None = None
    status: str = "STARTING"
    _steps: list[tuple[float, str]] = field(factory=list[tuple[float, str]])
    _began: float = field(factory=time.monotonic)
    _ended: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning, until the end."""
        return (self._ended or time.monotonic()) - self._began

    def saw(self, event: object) -> str | None:
        """Process an event; returns a line for terminals that can't redraw, if it's worth one."""
        from tinyfish import CompleteEvent, ProgressEvent, StartedEvent, StreamingUrlEvent

        match event:
            case StartedEvent():
                self.run_id, self.status = event.run_id, "RUNNING"
                return f"Run {event.run_id} started"
            case StreamingUrlEvent():
                self.streaming_url = printable(str(event.streaming_url or ""))
                return f"Watch it: {event.streaming_url}"
            case ProgressEvent():
                text = printable(" ".join(str(event.purpose or "").split()))
                self._steps.append((self.elapsed, text))
                return f"{self.elapsed:6.1f} s  {text}"
            case CompleteEvent():
                self.status, self._ended = str(event.status), time.monotonic()
                self.run_id = event.run_id or self.run_id
                return None
            case _:
                return None

    def render(self) -> RenderableType:
        """The view now."""
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.style import Style
        from rich.table import Table
        from rich.text import Text

        steps = Table.grid(padding=(0, 2))
        steps.add_column(justify="right", style="dim", no_wrap=True)
        steps.add_column()
        link = Text()
        if self.streaming_url:
            link = Text("  watch it live", Style(link=self.streaming_url, underline=True))
        hidden = len(self._steps) - _STEPS_SHOWN
        if hidden > 0:
            steps.add_row("", Text(f"{hidden} earlier steps", style="dim"))
        for at, text in self._steps[-_STEPS_SHOWN:]:
            steps.add_row(f"{at:.1f} s", Text(text))
        heading = Text.assemble((printable(str(self.goal)), "bold"), ("  " + _host(self.url), "dim"))
        heading.truncate(max(20, console().width - 1), overflow="ellipsis")
        lines: list[RenderableType] = [heading, steps]
        if self._ended is None:
            watch = Text(f"{self.elapsed:.0f} s, {len(self._steps)} steps", style="dim")
            lines.append(Spinner("dots" if is_unicode() else "line", watch + link))
        else:
            colour = {"COMPLETED": "green", "CANCELLED": "yellow"}.get(self.status, "red")
            lines.append(
                Text.assemble(
                    (self.status, f"bold {colour}"),
                    (f"  {self.elapsed:.1f} s, {len(self._steps)} steps, {self.run_id}", "dim"),
                    link,
                )
            )
        return Group(*lines)

    def __rich__(self) -> RenderableType:
        return self.render()


def follow(events: Iterable[object], view: RunView, *, quiet: bool) -> CompleteEvent[Any]:
    """Show a run's events on stderr until it ends; on a terminal as a view that is redrawn, else as lines.

    Raises:
        APIError: The stream failed.
    """
    from tinyfish import CompleteEvent

    live = None if quiet or not console().is_terminal else _live(view, console())
    end: CompleteEvent[Any] | None = None
    try:
        if live is not None:
            live.start()
        for event in events:
            line = view.saw(event)
            if live is not None:
                live.refresh()
            elif line and not quiet:
                say(line)
            if isinstance(event, CompleteEvent):
                end = event  # pyright: ignore[reportUnknownVariableType] - isinstance() loses the type argument
    finally:
        if live is not None:
            live.stop()
    assert end is not None  # noqa: S101 - a stream ends with its CompleteEvent, or raises
    return end


def _live(view: RunView, console: Console) -> Live:
    from rich.live import Live

    return Live(view, console=console, refresh_per_second=8, transient=False)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url

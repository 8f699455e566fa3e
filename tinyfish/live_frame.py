"""A run's live view in a page: `tinyfish.live_view`."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from tinyfish._core.addresses import is_http_url
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

# The viewer is a page of another site. It needs its scripts, and its own origin: without that, its calls home would be
# of no origin, and be refused. It can't open windows, send forms, download, or move the page around it.
_SANDBOX: Final = "allow-scripts allow-same-origin"
_PERCENTAGE: Final = re.compile(r"[0-9]{1,3}%", re.ASCII)


class LiveView(str):
    """HTML that template engines and notebooks show as it is, without escaping it: a `str` with `__html__`."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return str(self)


def live_view(
    url: str,
    *,
    title: str = "Live view of a web agent",
    width: int | str = "100%",
    height: int | str = 600,
) -> LiveView:
    """The HTML of a frame that shows a run live: its browser, while it works.

    The text is escaped, so it can be written into any page, and Jinja2, Django's templates, Markdown and notebooks take
    it as HTML. The frame is sandboxed: its scripts run, with the origin of the viewer, but it can't open windows, send
    forms, or move the page around it; it isn't told the address of the page. This holds for a viewer on another host
    than the page, so don't serve viewers from your own.

    Args:
        url: The `streaming_url` of a run or of an event.
        title: What screen readers call the frame.
        width: Its width, in pixels or as a percentage like "100%".
        height: Its height, likewise.

    Returns:
        The HTML, as a string.

    Raises:
        ValueError: `url` isn't an http or https URL, or a size is wrong.
        TypeError: An argument has the wrong type; a run that hasn't begun or has ended may have no `streaming_url`.

    Example:
        >>> from tinyfish import live_view
        >>> 'height="480"' in live_view("https://viewer.example/run/1", height=480)
        True
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        hint = ": only a run that goes on has a streaming_url" if url is None else ""
        raise InvalidArgumentTypeError(f"live_view needs a URL as a string, not {type(url).__name__}{hint}.")
    if not isinstance(title, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"title must be a string, not {type(title).__name__}.")
    if not is_http_url(url) or not url.isprintable() or " " in url:
        raise InvalidArgumentError(f"live_view needs an absolute http or https URL, not {url!r}.")
    attributes = {
        "src": url,
        "title": title,
        "width": _size("width", width),
        "height": _size("height", height),
        "sandbox": _SANDBOX,
        "referrerpolicy": "no-referrer",
        "loading": "lazy",
    }
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return LiveView(f"<iframe {written}></iframe>")


def _size(name: str, given: int | str) -> str:
    is_number = isinstance(given, int) and not isinstance(given, bool) and given > 0
    if is_number or (isinstance(given, str) and _PERCENTAGE.fullmatch(given)):
        return str(given)
    raise InvalidArgumentError(
        f'{name} must be a number of pixels or a percentage like "100%", not {given!r}.'
    )

"""What all pages of the sandbox have: the frame, the style, and how a run's facts are written."""

from datetime import UTC, datetime
from functools import cache
from html import escape
from importlib import resources
from urllib.parse import urlsplit

from aiohttp import web

from tinyfish.display.lines import span
from tinyfish.sandbox.store import RunRecord

# The screen of a running browser comes as blobs. A page of the web must not be able to frame what runs do.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'self' ws:; base-uri 'none'; form-action 'none'; frame-ancestors {}"
)
# Pages of programs on this machine, which can show a run as they show those of the real API.
_THIS_MACHINE = "http://127.0.0.1:* http://localhost:*"


@cache
def resource(name: str) -> str:
    """A file of this folder."""
    return resources.files("tinyfish.sandbox.views").joinpath(name).read_text(encoding="utf-8")


def document(title: str, body: str, *, script: str = "") -> str:
    """A whole page.

    Args:
        title: Its title, not yet escaped.
        body: Its HTML.
        script: The file with its script, if it has one.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>{resource("style.css")}</style>\n'
        f"</head>\n<body>\n{body}\n{f'<script>{resource(script)}</script>' if script else ''}\n</body>\n</html>\n"
    )


def response(page: str, *, status: int = 200, can_be_framed: bool = False) -> web.Response:
    """A page as a response.

    Args:
        page: The page.
        status: Its status.
        can_be_framed: Whether other pages of this machine may show it in a frame.
    """
    policy = _POLICY.format(_THIS_MACHINE if can_be_framed else "'none'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return web.Response(text=page, content_type="text/html", status=status, headers=headers)


def status_mark(status: str) -> str:
    """A run's status, in its colour."""
    return f'<span class="status {escape(status)}">{escape(status)}</span>'


def link(url: str) -> str:
    """A link to a run's page in the web; text if it isn't one of http or https."""
    is_web = urlsplit(url).scheme in ("http", "https")
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(url)}</a>' if is_web else escape(url)


def took(record: RunRecord) -> str:
    """How long a run took, or has been taking; empty if it hasn't begun."""
    if record.started_at is None:
        return ""
    ended = datetime.now(UTC) if record.finished_at is None else datetime.fromisoformat(record.finished_at)
    return span(ended - datetime.fromisoformat(record.started_at))


def count(number: int, one: str) -> str:
    """A number of things, such as `3 steps`."""
    return f"{number} {one}{'' if number == 1 else 's'}"

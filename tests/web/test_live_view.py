"""`live_view`: escaped, sandboxed, taken as HTML by template engines; and the frame in a real browser."""

import html.parser
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django.template
import flask
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import LiveView, TinyFish, live_view
from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

URL = "https://viewer.example/run/1?a=1&b=2"


class Parser(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def parsed(text: str) -> list[Any]:
    parser = Parser()
    parser.feed(text)
    parser.close()
    return parser.found


def test_what_it_is() -> None:
    view = live_view(URL, title='"><script>alert(1)</script>', height="50%")
    attributes = {
        "src": URL, "title": '"><script>alert(1)</script>', "width": "100%", "height": "50%",
        "sandbox": "allow-scripts allow-same-origin", "referrerpolicy": "no-referrer", "loading": "lazy",
    }  # fmt: skip
    assert parsed(view) == [("iframe", attributes)]
    assert isinstance(view, str)
    assert view._repr_html_() == view.__html__() == str(view)
    assert type(view) is LiveView


@given(st.text(), st.text())
def test_nothing_gets_out_of_its_attribute(path: str, title: str) -> None:
    try:
        view = live_view(f"https://viewer.example/{path}", title=title)
    except ValueError:
        return
    ((tag, attributes),) = parsed(view)
    assert tag == "iframe"
    assert len(attributes) == 7
    # A parser reads NUL and line ends of attributes in its own way.
    if title.isprintable():
        assert attributes["title"] == title


OTHERS = [
    *("javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "ftp://a.example"),
    *("//a.example", "/run/1", "", "https://", "HTTPS:a.example", "https://a.example/ b"),
]


@pytest.mark.parametrize("url", [*OTHERS, "java\nscript:alert(1)", "https://a.example/\n"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^live_view needs an absolute http or https URL, not "):
        live_view(url)


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(TypeError, match="not NoneType: only a run that goes on has a streaming_url"):
        live_view(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="title must be a string, not int"):
        live_view(URL, title=3)  # type: ignore[arg-type]
    for size in ('1" onload="alert(1)', 0, -1, True, "1px", 1.5, None):
        with pytest.raises(ValueError, match=r"^width must be a number of pixels or a percentage"):
            live_view(URL, width=size)  # type: ignore[arg-type]


def test_template_engines_take_it_as_html() -> None:
    view = live_view(URL)
    jinja = jinja2.Environment(autoescape=True)
    assert jinja.from_string("<p>{{ view }}</p>").render(view=view) == f"<p>{view}</p>"
    engine = django.template.Engine()
    template = engine.from_string("<p>{{ view }}</p>")
    assert template.render(django.template.Context({"view": view})) == f"<p>{view}</p>"
    app = flask.Flask(__name__)
    with app.app_context():
        assert flask.render_template_string("<p>{{ view }}</p>", view=view) == f"<p>{view}</p>"


@pytest.fixture
def page() -> Iterator[tuple[str, list[str]]]:
    """A page of a program on this machine; what it shows."""
    shown: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>Page</title>{''.join(shown)}".encode())

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", shown
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_run_in_a_frame(sandbox: Sandbox, page: tuple[str, list[str]], tmp_path: Path) -> None:
    """Its steps come live, by its scripts; it ends, and shows the result."""
    from playwright.sync_api import expect, sync_playwright

    url, shown = page
    sandbox.on(
        goal="Watched", hangs=True, progress=["Opened the shop"], cancel="finished", result={"price": 49}
    )
    with (
        TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client,
        client.agent.stream(goal="Watched", url="https://shop.example/") as stream,
    ):
        streaming_url = next(event.streaming_url for event in stream if event.type == "STREAMING_URL")
        shown.append(live_view(streaming_url, height=400))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
            try:
                tab = browser.new_page()
                tab.goto(url)
                frame = tab.frame_locator("iframe")
                expect(frame.locator("#steps")).to_contain_text("Opened the shop")
                # What it may not do: the page stays where it is.
                inner = tab.frames[1]
                inner.evaluate("() => { try { top.location = 'about:blank' } catch (error) {} }")
                assert inner.evaluate("() => window.open('/')") is None
                assert inner.evaluate("() => document.referrer") == ""
                client.runs.cancel(sandbox.runs[0].run_id)
                expect(frame.locator("#outcome")).to_contain_text("49")
                assert tab.url == url
            finally:
                browser.close()


def test_the_list_of_runs_cannot_be_framed(sandbox: Sandbox) -> None:
    import httpx

    assert "frame-ancestors 'none'" in httpx.get(sandbox.url).headers["Content-Security-Policy"]

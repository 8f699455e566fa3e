"""A small site on loopback: a shop with a catalogue and a news page, for the demo, the examples and the tests."""

import contextlib
import html
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_MATERIALS: Final = ["Copper", "Enamel", "Oak", "Linen", "Brass", "Felt", "Glass", "Slate"]
_THINGS: Final = ["kettle", "lamp", "teapot", "tray", "clock"]
CATALOGUE_PAGES: Final = len(_MATERIALS) * len(_THINGS)

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} - Harbour Street Shop</title>
<link rel="stylesheet" href="../style.css">
<script type="application/ld+json">{data}</script>
</head>
<body>
<header><strong>Harbour Street</strong><nav><a href="../index.html">Home</a><a href="../shop/index.html">Shop</a>\
<a href="../news/index.html">News</a></nav></header>
<h1>{name}</h1>
<p><span class="price">${price}</span> <small>page {number} of {pages}</small></p>
</body>
</html>
"""


def _catalogue_page(path: str) -> str | None:
    """The page at `/catalogue/01.html` to `/catalogue/40.html`; None at any other path."""
    folder, _, file = path.partition("?")[0].removeprefix("/").partition("/")
    number = file.removesuffix(".html")
    if folder != "catalogue" or not number.isdecimal() or not 1 <= int(number) <= CATALOGUE_PAGES:
        return None
    thing, material = divmod(int(number) - 1, len(_MATERIALS))
    name = f"{_MATERIALS[material]} {_THINGS[thing]}"
    price = f"{9 + int(number) * 7 % 90}.{int(number) * 37 % 100:02}"
    offer = {"@type": "Offer", "price": price, "priceCurrency": "USD"}
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": name,
        "sku": f"CAT-{int(number):03}",
        "offers": offer,
    }
    return _PAGE.format(
        name=html.escape(name),
        data=json.dumps(product),
        price=price,
        number=int(number),
        pages=CATALOGUE_PAGES,
    )


class _Pages(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        made = _catalogue_page(self.path)
        if made is None:
            super().do_GET()
            return
        body = made.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Site:
    """Serves this folder during its `with` block.

        with Site() as site:
            print(site.url + "shop/index.html")

    Args:
        port: The port; 0 for any free port.
    """

    def __init__(self, port: int = 0) -> None:
        handler = partial(_Pages, directory=Path(__file__).parent)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="example-site")

    @property
    def url(self) -> str:
        """The site's URL, with a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Block until Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            self._thread.join()

"""What the web applications read, as rules of a sandbox."""

import threading
from collections.abc import Callable

from tinyfish.sandbox import Sandbox

KETTLE = "https://shop.example/kettle"
PRODUCT = {"name": "Kettle", "price": 49.0}


def script(sandbox: Sandbox) -> None:
    """A page with a product, one whose run never ends, one whose run fails."""
    sandbox.on(url=KETTLE, progress=["Opened the shop"], result=PRODUCT)
    sandbox.on(url="*endless*", progress=["Opened the shop"], hangs=True)
    sandbox.on(url="*blocked*", error={"code": "SITE_BLOCKED", "message": "No entry"})


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never happened")

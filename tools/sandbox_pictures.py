"""Take the screenshots of docs/sandbox.md and docs/many-runs.md: a live view, a terminal, and examples/watch.py.

python -m tools.sandbox_pictures
"""

import html
import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tinyfish import TinyFish
from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images"
PORT = 8787

TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 24px; background: #dfe5ea }}
main {{ background: #10161c; border-radius: 10px; box-shadow: 0 8px 24px #0004; overflow: hidden }}
header {{ background: #1d2733; height: 34px }}
pre {{ color: #d6dee6; font: 14px/1.5 ui-monospace, monospace; margin: 0; padding: 18px 22px; white-space: pre-wrap }}
b {{ color: #4cc3d9; font-weight: normal }}
</style><main><header></header><pre>{text}</pre></main>"""


def main() -> None:
    """Run the command line."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Site(8788) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        take_live_view(browser, site)
        take_terminal(browser, site)
        take_page(browser)
        browser.close()


def take_live_view(browser: Browser, site: Site) -> None:
    """Take a screenshot of an unfinished run."""
    with (
        Sandbox(PORT, step_delay=1.0) as sandbox,
        TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client,
    ):
        queued = client.agent.queue(
            goal="Read the products and their prices", url=f"{site.url}shop/index.html"
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{sandbox.url}/live/{queued.run_id}")
        page.get_by_text("Read 1 table").wait_for()
        page.screenshot(path=PICTURES / "sandbox-live.png")
        page.close()


def take_terminal(browser: Browser, site: Site) -> None:
    """Take a screenshot of the command, and of an example that uses it."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "tinyfish.sandbox",
        "--port",
        str(PORT),
        "--api-key",
        "sandbox-key",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        banner = "".join(line for line in iter(server.stdout.readline, "\n") if line)
        environment = {
            **os.environ,
            "TINYFISH_BASE_URL": f"http://127.0.0.1:{PORT}",
            "TINYFISH_API_KEY": "sandbox-key",
        }
        example = [sys.executable, "examples/stream.py", f"{site.url}news/"]
        done = subprocess.run(example, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        server.terminate()
        banner += server.stdout.read()
    shown = [
        ("python -m tinyfish.sandbox --api-key sandbox-key &", banner),
        (f"export TINYFISH_BASE_URL=http://127.0.0.1:{PORT} TINYFISH_API_KEY=sandbox-key", ""),
        (f"python examples/stream.py {site.url}news/", shortened(done.stdout)),
    ]
    text = "\n".join(f"<b>$</b> {html.escape(line)}\n{html.escape(output)}" for line, output in shown)
    page = browser.new_page(viewport={"width": 900, "height": 100})
    page.set_content(TERMINAL.format(text=text))
    page.screenshot(path=PICTURES / "sandbox-terminal.png", full_page=True)


def take_page(browser: Browser) -> None:
    """Take a screenshot of the page of examples/watch.py while its runs go on."""
    command = [sys.executable, "-u", "examples/watch.py", "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.stdout.readline().split()[4])
        page.get_by_role("button", name="Start").click()
        page.locator("[data-state=done]").first.wait_for()
        page.screenshot(path=PICTURES / "watch.png")
        page.close()
        server.terminate()


def shortened(text: str, width: int = 92) -> str:
    """Return a text with its long lines truncated."""
    return "\n".join(
        line if len(line) <= width else line[: width - 1] + "\N{HORIZONTAL ELLIPSIS}"
        for line in text.splitlines()
    )


if __name__ == "__main__":
    main()

"""Finding Chromium, and the command that starts it."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

BLANK = "about:blank"
ENVIRONMENT = "TINYFISH_SANDBOX_CHROMIUM"

_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # In containers, /dev/shm is often too small: https://crbug.com/715363
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--remote-debugging-port=0",
)
_INSTALL = {
    "linux": "apt install chromium (or your distribution's package), or npx playwright install chromium",
    "darwin": "brew install --cask chromium",
    "win32": "winget install Google.Chrome",
}


class NoChromiumError(Exception):
    """Chromium wasn't found."""


def find(wanted: str | os.PathLike[str] | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """The Chromium to use: the given one, the environment's, or the first on PATH or in the usual places.

    Args:
        wanted: A path or a program's name.
        environment: The environment variables.

    Raises:
        NoChromiumError: It wasn't found; the message says how to install it.
    """
    for place, source in ((wanted, "chromium"), (environment.get(ENVIRONMENT), ENVIRONMENT)):
        if place:
            found = shutil.which(place, path=environment.get("PATH"))
            if found is None:
                raise NoChromiumError(f"{source} is {os.fspath(place)!r}, which is not an executable program")
            return Path(found)
    for candidate in _candidates(environment):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise NoChromiumError(f"No Chromium was found on this machine. Install it: {_install()}")


def command(program: Path, *, proxy: str | None = None, flags: Sequence[str] = ()) -> list[str]:
    """The command that starts a headless Chromium at a blank page.

    Args:
        program: The program.
        proxy: The proxy that it goes through.
        flags: More flags.
    """
    given = [*_FLAGS, *flags]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium's own sandbox doesn't work as root: https://crbug.com/638180
        given.append("--no-sandbox")
    if proxy is not None:
        given += [f"--proxy-server={proxy}", "--proxy-bypass-list=<-loopback>"]
    return [str(program), *given, BLANK]


def _install() -> str:
    return _INSTALL.get(sys.platform, _INSTALL["linux"])


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    for name in _NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found is not None:
            yield Path(found)
    if sys.platform == "darwin":
        for name in ("Chromium", "Google Chrome"):
            yield Path(f"/Applications/{name}.app/Contents/MacOS/{name}")
    if sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            for name in ("Google/Chrome", "Chromium"):
                yield Path(environment.get(variable, "C:/"), name, "Application", "chrome.exe")
    yield from _in_cache_of_playwright(environment)


def _in_cache_of_playwright(environment: Mapping[str, str]) -> Iterator[Path]:
    """The browsers that Playwright has downloaded, the newest first."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or "/")
    usual = {"darwin": home / "Library/Caches", "win32": home / "AppData/Local"}
    cache = Path(
        environment.get("PLAYWRIGHT_BROWSERS_PATH")
        or usual.get(sys.platform, home / ".cache") / "ms-playwright"
    )
    programs = ("chrome-headless-shell", "headless_shell", "chrome", "Chromium")
    folders = sorted(cache.glob("chromium*-*"), key=lambda folder: folder.name.rsplit("-", 1)[-1].zfill(8))
    for folder in reversed(folders):
        for program in programs:
            yield from folder.glob(f"chrome-*/**/{program}")
            yield from folder.glob(f"chrome-*/**/{program}.exe")

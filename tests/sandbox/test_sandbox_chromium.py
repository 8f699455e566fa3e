"""Finding Chromium, and what happens without one."""

import sys
from pathlib import Path

import httpx
import pytest

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the fake programs are shell scripts")


def program(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\nexit 3\n")
    place.chmod(0o755)
    return place


@posix_only
def test_the_one_asked_for_comes_first_then_the_environment_then_the_path(tmp_path: Path) -> None:
    asked, named = program(tmp_path / "asked"), program(tmp_path / "named")
    shell = program(tmp_path / "bin" / "chromium-headless-shell")
    program(tmp_path / "bin" / "chrome")
    environment = {"PATH": str(shell.parent), chromium.ENVIRONMENT: str(named)}
    assert chromium.find(asked, environment) == asked
    assert chromium.find("chrome", environment) == shell.parent / "chrome"
    assert chromium.find(None, environment) == named
    assert chromium.find(None, {"PATH": str(shell.parent)}) == shell
    shell.unlink()
    assert chromium.find(None, {"PATH": str(shell.parent)}) == shell.parent / "chrome"


@posix_only
def test_the_newest_of_playwright_is_found(tmp_path: Path) -> None:
    for build in ("chromium-999", "chromium_headless_shell-1180", "firefox-9999"):
        program(tmp_path / build / "chrome-linux" / "headless_shell")
    found = chromium.find(None, {"PATH": "", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)})
    assert found == tmp_path / "chromium_headless_shell-1180" / "chrome-linux" / "headless_shell"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the usual places are fixed ones")
def test_without_one_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(chromium.NoChromiumError, match="apt install chromium"):
        chromium.find(None, {"PATH": "", "HOME": str(tmp_path)})


def test_one_that_is_asked_for_and_missing_is_no_reason_to_take_another() -> None:
    with pytest.raises(chromium.NoChromiumError, match="no-such-browser"):
        chromium.find("/no-such-browser")
    with pytest.raises(chromium.NoChromiumError, match=chromium.ENVIRONMENT):
        chromium.find(None, {"PATH": "", chromium.ENVIRONMENT: "/no-such-browser"})


@posix_only
@pytest.mark.parametrize(
    ("wanted", "told"), [(False, "without a browser"), ("/none", "/none"), ("/bin/false", "exited")]
)
def test_sessions_say_why_there_is_no_browser(wanted: str, told: str) -> None:
    with Sandbox(chromium=wanted) as sandbox:
        answer = httpx.post(f"{sandbox.url}/v1/browser", headers={"X-API-Key": sandbox.api_key})
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
    assert told in answer.json()["error"]["message"]

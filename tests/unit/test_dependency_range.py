"""The lowest and newest dependencies, which `make test-lowest` and `make test-newest` install."""

from __future__ import annotations

import dependency_range
import pytest

PROJECT = {
    "dependencies": ["httpx>=0.27.0,<1"],
    "optional-dependencies": {"sandbox": ["aiohttp<4,>=3.13.3"], "speed": ["msgspec>=0.19"]},
}


def test_both_ends() -> None:
    assert dependency_range.lowest(PROJECT) == ["httpx==0.27.0", "aiohttp==3.13.3", "msgspec==0.19"]
    assert dependency_range.newest(PROJECT) == ["httpx<1,>=0.27.0", "aiohttp<4,>=3.13.3", "msgspec>=0.19"]


def test_a_dependency_without_a_floor_is_refused() -> None:
    with pytest.raises(SystemExit, match="httpx<1 must have one lowest version, not 0"):
        dependency_range.lowest(PROJECT | {"dependencies": ["httpx<1"]})


@pytest.mark.parametrize("end", ["lowest", "newest"])
def test_of_the_package(
    end: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["dependency_range.py", end])
    assert dependency_range.main() == 0
    assert "httpx" in capsys.readouterr().out

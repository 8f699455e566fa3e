"""Where a ledger is, and what is said of what it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients import KEY

from tinyfish import Ledger, TinyFish
from tinyfish._core.keyed.keyed_start import KeyedStart
from tinyfish.ledger.claims import Claim, ClaimKind


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))  # on Windows
    monkeypatch.chdir(here)
    for given in ("~/runs.db", Path("~") / "runs.db"):
        assert Ledger(given).path == (home / "runs.db").resolve()
    assert Ledger("~other.db").path == (here / "~other.db").resolve()
    with TinyFish(KEY, ledger="~/runs.db"):
        pass
    assert not list(here.iterdir())


@pytest.mark.parametrize("has_ledger", [True, False])
def test_a_ledger_is_recommended_to_those_who_have_none(has_ledger: bool) -> None:
    start = KeyedStart("order", {"goal": "Order it", "url": "https://a.example"})
    if has_ledger:
        start.claimed(Claim(kind=ClaimKind.SEARCH), 0.0)
    else:
        start.begin_without_ledger(0.0)
    start.out_of_time(1.0, None)
    text = str(start.result.error)
    assert "after 14 s: that finds the run, or starts it" in text
    assert ("With a ledger" in text) is not has_ledger

"""What `tinyfish doctor` knows of the package."""

from __future__ import annotations

from importlib.metadata import metadata

from tinyfish.cli.commands import doctor


def test_it_looks_for_all_extras() -> None:
    assert set(doctor._EXTRAS) == set(metadata("tinyfish").get_all("Provides-Extra", []))

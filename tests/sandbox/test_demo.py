"""`tinyfish demo`, as a person sees it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.soak, pytest.mark.timeout(120)]


def test_every_act_shows_what_it_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tinyfish.demo"], capture_output=True, text=True, timeout=110, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for seen in (
        "Product(name='Copper kettle', price=49.0, price_currency='USD')",
        "COMPLETED, although the stream was cut: recovered=True",
        "adopted=True",
        "runs on the server: 1; result: COMPLETED",
        "so the run is CANCELLED",
        "killed with kill -9, and started again:\n40 ok, 0 failed, 0 doubtful, ",
        " from the ledger, ",
        "key,name,sku,price,",
        "\npage 01,Copper kettle,CAT-001,16.37,",
        "... 40 rows",
        "What next",
    ):
        assert seen in done.stdout

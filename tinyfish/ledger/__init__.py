"""The ledger: which starts were made, under which key, and how their runs ended, in one SQLite file."""

from __future__ import annotations

from tinyfish.ledger.entry import LedgerEntry
from tinyfish.ledger.ledger import Ledger

__all__ = ["Ledger", "LedgerEntry"]

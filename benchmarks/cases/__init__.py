"""What is measured: every case with its sides (the floor first) and its aims."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.cases import calls, ceilings, growth, many, memory, starts, streams, tasks
from benchmarks.cases.model import Aim, Case, Curve, Share, Side

__all__ = ["Aim", "Case", "Curve", "Measurement", "Share", "Side", "everything"]

Measurement = Case | Curve | Share


def everything(quick: bool = False, http_clients: Sequence[str] = ()) -> list[Measurement]:
    """All measurements, in the order of the report.

    Args:
        quick: Whether to do only a tenth of the work, for experiments.
        http_clients: Factories of async httpx clients, as `module:factory`, to measure the client over as well.
    """
    return [
        *starts.cases(),
        *calls.cases(quick),
        *streams.cases(quick),
        *tasks.cases(quick, http_clients),
        *memory.cases(quick),
        *many.cases(quick),
        *tasks.alternatives(quick),
        *ceilings.cases(),
        *growth.curves(quick),
        *growth.shares(quick),
    ]

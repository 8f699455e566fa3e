"""Lists of runs."""

from __future__ import annotations

from typing import Any, ClassVar

import tinyfish_generated.models as generated
from attrs import define
from tinyfish_generated.models import PaginationInfo
from tinyfish_generated.types import ListModel, decode_each

from tinyfish.models.run import Run


def _decode_runs(value: Any) -> Any:
    """The runs of a list; empty if it's null."""
    return decode_each(Run.decode, value or [])


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunListResponse(ListModel):
    """One page of runs.

    Attributes:
        data: The runs, in the requested order.
        pagination: The total number of runs, and the cursor of the next page.
    """

    _names = generated.RunListResponse._names
    _required = generated.RunListResponse._required
    _known = generated.RunListResponse._known
    _entries = generated.RunListResponse._entries
    _parts = generated.RunListResponse._parts
    _decoders: ClassVar = {**generated.RunListResponse._decoders, "data": _decode_runs}

    data: list[Run]
    pagination: PaginationInfo


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunsBatchResponse(ListModel):
    """Runs that were requested by id.

    Attributes:
        data: The runs that were found, in the requested order.
        not_found: The ids without a run, in the requested order; None if all were found.
    """

    _names = generated.RunsBatchResponse._names
    _required = generated.RunsBatchResponse._required
    _known = generated.RunsBatchResponse._known
    _entries = generated.RunsBatchResponse._entries
    _decoders: ClassVar = {**generated.RunsBatchResponse._decoders, "data": _decode_runs}

    data: list[Run]
    not_found: list[str] | None = None

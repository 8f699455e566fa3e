# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model, decode_each
from .run import Run


@define(frozen=True, kw_only=True, eq=False, repr=False)
class RunsBatchResponse(Model):
    """The runs that were found, and the ids that were not."""

    _names = {
        "data": "data",
        "not_found": "not_found",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"data"})

    data: list[Run]
    """The runs that were found, with their steps."""
    not_found: list[str] | None = None
    """The ids that were not found; null if all were."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            data=decode_each(Run.decode, get("data")),
            not_found=get("not_found"),
            extra_fields=extra_fields,
        )

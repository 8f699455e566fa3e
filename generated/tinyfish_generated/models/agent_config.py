# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .agent_mode import AgentMode
from .cursor_style import CursorStyle


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentConfig(Model):
    """How the agent works, and when it must stop."""

    _names = {
        "mode": "mode",
        "max_steps": "max_steps",
        "max_duration_seconds": "max_duration_seconds",
        "cursor_style": "cursor_style",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})
    _decoders = {
        "mode": AgentMode.decode,
        "cursor_style": CursorStyle.decode,
    }

    mode: AgentMode | None = None
    """How closely the agent keeps to the goal; `default` if left out. `strict` has to be enabled for the
    account.
    """
    max_steps: int | None = None
    """After how many steps the run is ended, from 1 to 500; 150 if left out."""
    max_duration_seconds: int | None = None
    """After how many seconds the run is ended. No limit of its own if left out."""
    cursor_style: CursorStyle | None = None
    """How the agent's pointer looks in the live view and in recordings."""

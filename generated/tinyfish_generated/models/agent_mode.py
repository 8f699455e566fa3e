# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class AgentMode(OpenEnum):
    """How closely the agent keeps to the goal: `default` leaves it free in its ways, `strict` binds it to
    the words.
    """

    DEFAULT = "default"
    STRICT = "strict"

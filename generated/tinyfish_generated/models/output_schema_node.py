# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Any, TypeAlias

OutputSchemaNode: TypeAlias = dict[str, Any]
"""The shape of a part of a result."""

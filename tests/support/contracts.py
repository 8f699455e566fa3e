"""The contracts of this repository; read once, not to be modified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
# The loader in C takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

SPEC: dict[str, Any]
SESSION_SPEC: dict[str, Any]
SPEC, SESSION_SPEC = (
    yaml.load((ROOT / name).read_text(encoding="utf-8"), Loader=_LOADER)
    for name in ("openapi.yaml", "openapi-session.yaml")
)

"""When to treat a run found after a lost response as the one that was started."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias


class Adopt(enum.StrEnum):
    """When to treat a run found after a lost response as the one that was started.

    Attributes:
        NEVER: Never; the error lists the candidates.
        WHEN_SURE: Only if it's certainly ours: it's the only candidate, no other start with that goal from this
            process is open or uncertain, and the server certainly got the request. The default.
        WHEN_SINGLE: If it's the only candidate, and no other start with that goal from this process is open. For goals
            that no other process starts.
    """

    NEVER = "never"
    WHEN_SURE = "when_sure"
    WHEN_SINGLE = "when_single"


AdoptLiteral: TypeAlias = Literal["never", "when_sure", "when_single"]

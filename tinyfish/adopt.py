"""When a run that was found again after a lost answer is taken for the one that was started."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias


class Adopt(enum.StrEnum):
    """When a run that was found again after a lost answer is taken for the one that was started.

    Attributes:
        NEVER: Never; the error lists the candidates.
        WHEN_SURE: Only when it is surely ours: it is the only candidate, no other start of that goal from this
            process is open or uncertain, and the server had surely taken the request. The default.
        WHEN_SINGLE: Whenever it is the only candidate, and no other start of that goal from this process is
            open. For goals that no other process starts.
    """

    NEVER = "never"
    WHEN_SURE = "when_sure"
    WHEN_SINGLE = "when_single"


AdoptLiteral: TypeAlias = Literal["never", "when_sure", "when_single"]

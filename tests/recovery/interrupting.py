"""Raises KeyboardInterrupt at one place of a call where Python can raise it: the first, the second, and so on."""

from __future__ import annotations

import opcode
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import tinyfish

ROOT = str(Path(tinyfish.__file__).parent)

# After these instructions Python checks for signals.
_SIGNAL_CHECKS = {
    opcode.opmap[name]
    for name in ("RESUME", "CALL", "CALL_KW", "CALL_FUNCTION_EX", "JUMP_BACKWARD")
    if name in opcode.opmap
}


def interrupt(call: Callable[[], object], at: int) -> tuple[str | None, str]:
    """Make a call, and interrupt it at one place.

    Returns:
        The function that was interrupted, None if the call has no such place; and the error in full.
    """
    where: str | None = None
    seen = 0
    before: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal seen, where
        if not frame.f_code.co_filename.startswith(ROOT):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            checked = before.get(frame) in _SIGNAL_CHECKS
            before[frame] = frame.f_code.co_code[frame.f_lasti]
            seen += checked
            if checked and seen == at:
                where = frame.f_code.co_name
                raise KeyboardInterrupt
        return trace

    told = ""
    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt as error:
        sys.settrace(outer)
        told = "\n".join(traceback.format_exception(error))
    finally:
        sys.settrace(outer)
        before.clear()
    return where, told

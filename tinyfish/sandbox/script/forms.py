"""The forms that rules and faults have in files, over HTTP and in Python: one check for all three."""

import re
from collections.abc import Mapping
from typing import Any

from tinyfish.sandbox import contract
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.validation import Check

FRAMINGS = (
    "crlf",
    "cr",
    "no-space",
    "event-lines",
    "ids",
    "comments",
    "multiline",
    "bom",
    "bytewise",
    "unterminated",
)

_COUNT: JsonObject = {"type": "integer", "minimum": 1}
_INDEX: JsonObject = {"type": "integer", "minimum": 0}
_SECONDS: JsonObject = {"type": "number", "minimum": 0}
_TEXT: JsonObject = {"type": "string"}
_FLAG: JsonObject = {"type": "boolean"}
_MATCH: JsonObject = {
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"regex": _TEXT},
            "required": ["regex"],
            "additionalProperties": False,
        },
    ]
}
_RULE: JsonObject = {
    "type": "object",
    "properties": {
        "goal": _MATCH,
        "url": _MATCH,
        "result": {},
        "error": {"anyOf": [_TEXT, {"type": "object", "required": ["message"]}]},
        "steps": _INDEX,
        "progress": {"type": "array", "items": _TEXT},
        "latency": _SECONDS,
        "hangs": _FLAG,
        "cancel": {"enum": ["cancelled", "finished", "refused"]},
        "times": _COUNT,
    },
    "additionalProperties": False,
}
_FAULT: JsonObject = {
    "type": "object",
    "required": ["operation"],
    "properties": {
        "operation": _TEXT,
        "times": _COUNT,
        "every": _COUNT,
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "seed": {"type": "integer"},
        "when": {"enum": ["before", "after"]},
        "delay": _SECONDS,
        "cut": _FLAG,
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "code": _TEXT,
        "message": _TEXT,
        "details": {},
        "body": {},
        "html": _FLAG,
        "retry_after": {"anyOf": [_SECONDS, _TEXT]},
        "cut_after": _INDEX,
        "stall_after": _INDEX,
        "malformed_after": _INDEX,
        "framing": {"enum": list(FRAMINGS)},
        "old_names": {"enum": [True, False, "string"]},
        "hide_new": _SECONDS,
        "bytes_per_second": {"type": "number", "exclusiveMinimum": 0},
    },
    "additionalProperties": False,
}
_SCRIPT: JsonObject = {
    "type": "object",
    "properties": {name: {"type": "array", "items": {"type": "object"}} for name in ("rules", "faults")},
    "additionalProperties": False,
}

_rule, _fault, _script = Check(_RULE), Check(_FAULT), Check(_SCRIPT)


def check_rule(rule: Mapping[str, Any]) -> None:
    """Check the form of a rule.

    Raises:
        InvalidInputError: It has another.
    """
    _rule(rule)
    for name in ("goal", "url"):
        match rule.get(name):
            case {"regex": text}:
                try:
                    re.compile(text)
                except re.error as error:
                    raise InvalidInputError([issue("custom", [name, "regex"], str(error))]) from None
            case _:
                pass


def check_fault(fault: Mapping[str, Any]) -> None:
    """Check the form of a fault.

    Raises:
        InvalidInputError: It has another.
    """
    _fault(fault)
    known = [operation.operation_id for operation in contract.operations()]
    if fault["operation"] not in {*known, "*"}:
        message = f"Expected * or one of {', '.join(sorted(known))}"
        raise InvalidInputError([issue("invalid_value", ["operation"], message, values=sorted(known))])


def check_script(script: Any) -> None:
    """Check the form of a file of rules and faults; each of them is checked on its own.

    Raises:
        InvalidInputError: It has another.
    """
    _script(script)

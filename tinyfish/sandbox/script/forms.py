"""The format of rules and faults: one check for files, HTTP and Python."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tinyfish.sandbox import contract
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.products import product_of, products
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
        "copies": {"type": "integer", "minimum": 2},
        "out_of_order": _SECONDS,
    },
    "additionalProperties": False,
}
_SCRIPT: JsonObject = {
    "type": "object",
    "properties": {name: {"type": "array", "items": {"type": "object"}} for name in ("rules", "faults")},
    "additionalProperties": False,
}

_fault, _script = Check(_FAULT), Check(_SCRIPT)


# The options that define what a fault does, not when.
_ANSWERS = ("code", "message", "details", "body", "html", "retry_after")
_STREAM_EFFECTS = ("cut_after", "stall_after", "malformed_after", "framing", "old_names")
_WEBHOOK_EFFECTS = ("copies", "out_of_order")
_EFFECTS = ("delay", "cut", "status", *_STREAM_EFFECTS, "hide_new", "bytes_per_second", *_WEBHOOK_EFFECTS)
_AFTERWARDS = ("delay", "cut", "status")
_STREAMS = ("streamRun", "streamResearch", "followResearch", "followDatasetRun")
_LISTS = (
    "listRuns",
    "listResearch",
    "listDatasets",
    "listMonitors",
    "listProfiles",
    "listVaultConnections",
)


def check_rule(rule: Mapping[str, Any]) -> None:
    """Check the format of a rule.

    Raises:
        InvalidInputError: It's invalid, does nothing, or contradicts itself.
    """
    product = product_of(rule)
    if product not in products():
        known = sorted(products())
        message = f"Expected one of {', '.join(known)}"
        raise InvalidInputError([issue("invalid_value", ["product"], message, values=known)])
    ruled = products()[product]
    for name in sorted(rule.keys() - set(ruled.options)):
        message = f"A rule for {ruled.things} has no such option; it has {', '.join(ruled.options)}"
        raise InvalidInputError([issue("unrecognized_keys", [name], message, keys=[name])])
    _check_of(product)(rule)
    for name in ruled.matched:
        match rule.get(name):
            case {"regex": text}:
                try:
                    re.compile(text)
                except re.error as error:
                    raise _refusal([name, "regex"], str(error)) from None
            case _:
                pass
    if rule.keys().isdisjoint(ruled.outcomes):
        message = f"A rule must define what its {ruled.things} do: set one of {', '.join(ruled.outcomes)}"
        raise _refusal([], message)
    for one, other in ruled.either:
        if one in rule and other in rule:
            raise _refusal([other], f"A rule has either {one} or {other}: set only one of them")
    if rule.get("hangs") and rule.get("cancel") != "finished":
        for name in ("result", "error"):
            if name in rule:
                raise _refusal([name], f'What hangs has no {name}, except runs with cancel="finished"')
    if len(rule.get("progress", ())) > rule.get("steps", float("inf")):
        raise _refusal(
            ["steps"], "steps is less than the number of texts in progress; omit it, or increase it"
        )


@cache
def _check_of(product: str) -> Check:
    return products()[product].check()


def check_fault(fault: Mapping[str, Any]) -> None:
    """Check the format of a fault.

    Raises:
        InvalidInputError: It's invalid, does nothing, or contradicts itself.
    """
    _fault(fault)
    operation = fault["operation"]
    if operation != "*" and contract.operation_id(operation) is None:
        known = [*(operation.operation_id for operation in contract.operations()), contract.WEBHOOK]
        message = f"Expected * or one of {', '.join(sorted(known))}"
        raise InvalidInputError([issue("invalid_value", ["operation"], message, values=sorted(known))])
    # An option that is off is the same as a missing one.
    does = {name for name in fault if fault[name] is not False}
    _check_answer(does)
    if does.isdisjoint(_EFFECTS):
        raise _refusal([], f"A fault must define what goes wrong: set one of {', '.join(_EFFECTS)}")
    if operation == contract.WEBHOOK:
        for name in sorted(does.intersection(_EFFECTS).difference(("delay", "cut"), _WEBHOOK_EFFECTS)):
            raise _refusal(
                [name],
                f"{name} applies only to calls; {operation} can have delay, cut, copies and out_of_order",
            )
    for names, operations in (
        (_STREAM_EFFECTS, _STREAMS),
        (("old_names",), _STREAMS[:1]),
        (("hide_new",), _LISTS),
        (_WEBHOOK_EFFECTS, (contract.WEBHOOK,)),
    ):
        for name in does.intersection(names):
            is_of_all = operation == "*" and names is not _WEBHOOK_EFFECTS  # webhooks aren't calls
            if contract.operation_id(operation) not in operations and not is_of_all:
                raise _refusal(
                    [name], f"{name} applies only to {' and '.join(operations)}, not to {operation}"
                )
    if fault.get("when") == "after" and operation != contract.WEBHOOK:
        for name in sorted(does.intersection(_EFFECTS).difference(_AFTERWARDS)):
            raise _refusal([name], f'{name} can\'t be used with when="after"; only delay, cut and status can')
    if "seed" in does and "probability" not in does:
        raise _refusal(["seed"], "seed requires probability")


def _check_answer(does: set[str]) -> None:
    """Check that a call gets one response."""
    if "cut" in does and "status" in does:
        raise _refusal(["cut"], "A fault has either cut or status: set only one of them")
    for name in sorted(does.intersection(_ANSWERS)):
        if "status" not in does:
            raise _refusal([name], f"{name} is part of a response: set its status too")
    envelope = sorted(does.intersection(("code", "message", "details")))
    bodies = ["html"] * ("html" in does) + ["body"] * ("body" in does) + envelope[:1]
    if len(bodies) > 1:
        raise _refusal([bodies[1]], f"A response has one body: set {bodies[0]} or {bodies[1]}, not both")
    if {"cut_after", "stall_after"} <= does:
        raise _refusal(
            ["stall_after"], "A stream is either cut or stalled: set only one of cut_after and stall_after"
        )


def check_script(script: Any) -> None:
    """Check the format of a file of rules and faults; each entry is checked separately.

    Raises:
        InvalidInputError: It's invalid.
    """
    _script(script)


def _refusal(path: list[str | int], message: str) -> InvalidInputError:
    return InvalidInputError([issue("custom", path, message)])

"""What rules can be for, and what they can say: one table for all products.

Values of the API itself, such as results of a search, are checked against the contract. Fields can be left out: the
sandbox fills them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tinyfish.sandbox import contract
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.validation import Check

Product = Literal[
    "agent", "research", "search", "fetch", "datasets", "monitors", "profiles", "vault", "wallet"
]

_COUNT: JsonObject = {"type": "integer", "minimum": 1}
_INDEX: JsonObject = {"type": "integer", "minimum": 0}
_SECONDS: JsonObject = {"type": "number", "minimum": 0}
_TEXT: JsonObject = {"type": "string"}
_SOME_TEXT: JsonObject = {"type": "string", "minLength": 1}
_FLAG: JsonObject = {"type": "boolean"}
_MATCH: JsonObject = {
    "anyOf": [
        _SOME_TEXT,
        {
            "type": "object",
            "properties": {"regex": _SOME_TEXT},
            "required": ["regex"],
            "additionalProperties": False,
        },
    ]
}
# What something that was accepted fails with.
_FAILURE: JsonObject = {"anyOf": [_TEXT, {"type": "object", "required": ["message"]}]}
# What a call is answered with instead: the API's error envelope.
_REFUSAL: JsonObject = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": _TEXT,
        "message": _TEXT,
        "details": {},
    },
    "additionalProperties": False,
}
# Why a page can't be read: a word, such as target_unreachable, and the page's status.
_UNREADABLE: JsonObject = {
    "anyOf": [
        _SOME_TEXT,
        {
            "type": "object",
            "required": ["error"],
            "properties": {"error": _SOME_TEXT, "status": _COUNT},
            "additionalProperties": False,
        },
    ]
}
# The status of a run, and its end, come from what happens to it.
_EVENT: JsonObject = {
    "type": "object",
    "required": ["event"],
    "properties": {"event": {"type": "string", "minLength": 1, "not": {"enum": ["status", "done"]}}},
    "if": {"properties": {"event": {"const": "row"}}},
    "then": {
        "required": ["row_id"],
        "properties": {"row_id": _SOME_TEXT, "data": {"type": "object"}, "deleted": _FLAG},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What the rules of one product can say.

    Attributes:
        things: What the rules apply to, for messages.
        matched: The texts by which a rule selects them.
        outcomes: The options that define what happens, with their schemas.
        either: Options that exclude each other.
    """

    things: str
    matched: tuple[str, ...]
    outcomes: Mapping[str, JsonObject]
    either: tuple[tuple[str, str], ...] = ()

    @property
    def options(self) -> list[str]:
        """All options of its rules."""
        return ["product", *self.matched, *self.outcomes, "times"]

    def check(self) -> Check:
        """The check of the form of its rules."""
        properties: JsonObject = {
            "product": _TEXT,
            **dict.fromkeys(self.matched, _MATCH),
            **self.outcomes,
            "times": _COUNT,
        }
        # With the components, for schemas that refer to themselves.
        return Check({"type": "object", "properties": properties, "components": contract.components()})


@cache
def products() -> Mapping[str, Ruled]:
    """All products that rules can be for."""
    results: JsonObject = {"type": "array", "items": {**_some("SearchResult"), "required": ["url"]}}
    wallet = _some("WalletResponse")
    wallet["properties"]["available_balance"] = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
    page: JsonObject = {"html": _TEXT, "page": _some("FetchResult")}
    return {
        "agent": Ruled(
            things="runs",
            matched=("goal", "url"),
            outcomes={
                "result": {},
                "error": _FAILURE,
                "steps": _INDEX,
                "progress": {"type": "array", "items": _TEXT},
                "latency": _SECONDS,
                "hangs": _FLAG,
                "cancel": {"enum": ["cancelled", "finished", "refused"]},
                "refusal": _REFUSAL,
            },
            either=(("result", "error"), ("result", "refusal"), ("error", "refusal")),
        ),
        "research": Ruled(
            things="research runs",
            matched=("query",),
            outcomes={
                "result": {},
                "citations": {"type": "array", "items": _TEXT},
                "error": _FAILURE,
                "latency": _SECONDS,
                "hangs": _FLAG,
                "refusal": _REFUSAL,
            },
            either=(("result", "error"), ("result", "refusal"), ("error", "refusal"), ("citations", "error")),
        ),
        "search": Ruled(
            things="searches",
            matched=("query",),
            outcomes={"results": results, "error": _REFUSAL, "latency": _SECONDS},
            either=(("results", "error"),),
        ),
        "fetch": Ruled(
            things="pages",
            matched=("url",),
            outcomes={**page, "error": _UNREADABLE, "latency": _SECONDS},
            either=(("html", "error"), ("page", "error")),
        ),
        "datasets": Ruled(
            things="datasets",
            matched=("prompt",),
            outcomes={
                "spec": contract.closed(contract.schema("DatasetSpec")),
                "rows": {"type": "array", "items": {"type": "object"}},
                "events": {"type": "array", "items": _EVENT},
                "error": _FAILURE,
                "latency": _SECONDS,
                "hangs": _FLAG,
            },
            either=(("rows", "events"),),
        ),
        "monitors": Ruled(
            things="checks",
            matched=("name", "query", "url"),
            outcomes={"results": results, **page, "error": _UNREADABLE, "latency": _SECONDS},
            either=(("results", "error"), ("html", "error"), ("page", "error")),
        ),
        "profiles": Ruled(
            things="set-ups",
            matched=("name",),
            outcomes={"saved": _some("ProfileSaveResult"), "error": _REFUSAL, "latency": _SECONDS},
            either=(("saved", "error"),),
        ),
        "vault": Ruled(
            things="connections",
            matched=("provider",),
            outcomes={
                "items": {"type": "array", "items": _some("VaultItem")},
                "error": _REFUSAL,
                "latency": _SECONDS,
            },
            either=(("items", "error"),),
        ),
        "wallet": Ruled(
            things="wallets",
            matched=(),
            outcomes={"wallet": wallet, "error": _REFUSAL, "latency": _SECONDS},
            either=(("wallet", "error"),),
        ),
    }


def product_of(rule: Mapping[str, object]) -> str:
    """What a rule is for: without `product`, research runs if it has a query, otherwise runs of the agent."""
    default = "research" if "query" in rule else "agent"
    return str(rule.get("product", default))


def _some(name: str) -> JsonObject:
    """The contract's schema of that name, with all fields optional and no others."""
    schema = contract.closed(contract.schema(name))
    schema.pop("required", None)
    return schema

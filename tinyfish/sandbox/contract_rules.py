"""Rules of requests that openapi.yaml tells in words, as JSON Schema."""

from tinyfish.sandbox import output_schema_rules
from tinyfish.sandbox.json_types import JsonObject

# Dialects of regular expressions differ in what a space is, so the classes are spelled out.
_CHARACTER = r"[^\u0000-\u0020\u007f-\u00a0]"
_HOST_CHARACTER = r"[^\u0000-\u0020\u007f-\u00a0/?#@:%<>\[\]\\^`{|}\"]"
_PORT = r"([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_HOST = rf"({_HOST_CHARACTER}+|\[::1\]|\[([0-9A-Fa-f]{{1,4}}:){{7}}[0-9A-Fa-f]{{1,4}}\])"
# An absolute address. The contract's "uri" allows ASCII only; people write addresses with all their letters.
_URI: JsonObject = {"pattern": rf"^[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTER}*$"}
_LOOPBACK = r"http://(localhost|127\.0\.0\.1|\[::1\])"
_WEBHOOK = rf"^(https://{_HOST}|{_LOOPBACK})(:{_PORT})?([/?#]{_CHARACTER}*)?$"
_YES: JsonObject = {"const": True}

RULES: tuple[tuple[set[str], JsonObject], ...] = (
    ({"output_schema"}, {"properties": {"output_schema": output_schema_rules.SCHEMA}}),
    (
        {"webhook_url"},
        {
            "properties": {
                # The API takes https only. To this machine the sandbox takes plain http too, to try webhooks out.
                "webhook_url": {"pattern": _WEBHOOK},
            },
            "dependentSchemas": {
                "credential_item_ids": {"required": ["use_vault"], "properties": {"use_vault": _YES}},
                "profile_id": {"required": ["use_profile"], "properties": {"use_profile": _YES}},
            },
        },
    ),
    (
        {"enabled", "type", "url"},
        {
            "if": {"required": ["type"], "properties": {"type": {"const": "custom"}}},
            "then": {"required": ["url"]},
        },
    ),
    (
        {"url", "timeout_seconds"},
        {
            "properties": {
                "url": {"pattern": rf"^(about:blank|(https?://)?{_HOST}(:{_PORT})?([/?#]{_CHARACTER}*)?)$"}
            }
        },
    ),
)
"""More about the objects that have all of these fields."""


def with_rules(schema: JsonObject) -> JsonObject:
    """A schema with what more there is to say about it."""
    if schema.get("format") == "uri":
        schema = {**_URI, **{name: value for name, value in schema.items() if name != "format"}}
    for fields, rules in RULES:
        if fields <= schema.get("properties", {}).keys():
            properties = dict(schema["properties"])
            for name, more in rules.get("properties", {}).items():
                properties[name] = {**properties[name], **more}
            schema = {**schema, **rules, "properties": properties}
    return schema

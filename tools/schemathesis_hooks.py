"""Adapts openapi.yaml for Schemathesis; `schemathesis.toml` names this file.

Schemathesis takes the schema of `text/event-stream` as that of a parsed event: an object with `data` as a string. In
the document it's the schema of the JSON in `data`, because generators type the events with it. OpenAPI 3.1 allows both
readings. OpenAPI 3.2 doesn't, but generators reject it.
"""

from typing import Any

import schemathesis


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType,reportUntypedFunctionDecorator] - in its types
def before_load_schema(_context: schemathesis.HookContext, schema: dict[str, Any]) -> None:
    """Apply the schema to the events' data, which is a JSON string."""
    stream = schema["paths"]["/v1/automation/run-sse"]["post"]["responses"]["200"]["content"][
        "text/event-stream"
    ]
    event = stream["schema"]
    if "$ref" in event:  # not in the sandbox's /openapi.json, which has been adapted already
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": event}
        stream["schema"] = {"type": "object", "properties": {"data": data}, "required": ["data"]}

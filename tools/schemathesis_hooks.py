"""What Schemathesis has to be told about openapi.yaml; `schemathesis.toml` names this file.

It takes the schema of `text/event-stream` for that of an event as its parser returns it, an object with the `data` as
text. In the document it is the schema of the JSON in `data`, which generators type the events with; OpenAPI 3.1 leaves
both open, and generators refuse 3.2, which does not.
"""

from typing import Any

import schemathesis


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType,reportUntypedFunctionDecorator] - in its types
def before_load_schema(_context: schemathesis.HookContext, schema: dict[str, Any]) -> None:
    """Say that the events' data, a JSON text, is what has the schema."""
    stream = schema["paths"]["/v1/automation/run-sse"]["post"]["responses"]["200"]["content"][
        "text/event-stream"
    ]
    event = stream["schema"]
    if "$ref" in event:  # the sandbox's own /openapi.json says it already
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": event}
        stream["schema"] = {"type": "object", "properties": {"data": data}, "required": ["data"]}

"""An OpenAI-compatible server with a scripted model, which calls a tool, and then repeats the tool's answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ScriptedModel:
    """Calls a tool once, and then answers with the tool's text.

    Attributes:
        tool: The tool.
        arguments: Its arguments.
        url: The base URL of the server.
        offered: The tools of the first request.
    """

    def __init__(self, tool: str, arguments: dict[str, Any], url: str) -> None:
        self.tool = tool
        self.arguments = arguments
        self.url = url
        self.offered: list[dict[str, Any]] = []

    def completion(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request of the API for chat completions."""
        last = request["messages"][-1]
        if last["role"] == "tool":
            message: dict[str, Any] = {"role": "assistant", "content": last["content"]}
        else:
            self.offered = request["tools"]
            function = {"name": self.tool, "arguments": json.dumps(self.arguments)}
            call = {"id": "call_1", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": "stop" if message["content"] else "tool_calls",
        }
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        about = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted"}
        return {**about, "choices": [choice], "usage": usage}


@contextmanager
def scripted_model(tool: str, arguments: dict[str, Any]) -> Iterator[ScriptedModel]:
    """Serve a scripted model."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(model.completion(request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        model = ScriptedModel(tool, arguments, f"http://127.0.0.1:{server.server_port}/v1")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield model
        server.shutdown()

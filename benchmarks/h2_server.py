"""A TLS server on loopback with HTTP/1.1 and HTTP/2, for the cases that compare the two.

The other cases' server doesn't support HTTP/2. This one is granian, whose HTTP code is written in Rust. It returns the
same bytes.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import socket
import sys
from pathlib import Path
from typing import Any

from benchmarks import documents

HEADERS = [("content-type", "application/json")]

_numbers = itertools.count(1)


async def answer(scope: Any, protocol: Any) -> None:
    """Answer one request. This is granian's RSGI interface:

    https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
    """
    if scope.method == "POST":
        await protocol()  # read the body, and ignore it
        identifier = documents.run_id(next(_numbers))
        protocol.response_bytes(200, HEADERS, b'{"run_id":"%b","error":null}' % identifier.encode())
    else:
        identifier = scope.path.rpartition("/")[2]
        before, after = documents.run_template()
        protocol.response_bytes(200, HEADERS, before + identifier.encode() + after)


async def serve(key: Path, certificate: Path) -> None:
    """Serve until standard input ends; the first line of output has the URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Imported by name, because `make types` doesn't install requirements-bench.txt.
    embed = importlib.import_module("granian.server.embed")
    server = embed.Server(
        answer, port=port, ssl_key=key, ssl_cert=certificate, log_enabled=False, backlog=4096
    )
    serving = asyncio.create_task(server.serve())
    loop = asyncio.get_running_loop()
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            break
    print(json.dumps({"h2": f"https://127.0.0.1:{port}"}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.stop()
    await serving


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))

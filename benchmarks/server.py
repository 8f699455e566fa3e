"""A loopback server that returns prepared bytes, in its own process.

It consists of plain asyncio protocols without an HTTP library, so that it's never the bottleneck; the cases `server-*`
measure its limit. The part of a base URL before `/v1` selects the scenario:

    http://127.0.0.1:PORT/pages=50/v1/runs                          a list of 50 pages
    http://127.0.0.1:PORT/events=1000&cut=event/v1/...run-sse       a stream; chunks of one event, or of that many bytes
    http://127.0.0.1:PORT/result=5000&cut=1024/v1/...run-sse        one result of 5,000 KB in chunks of 1 KB
    http://127.0.0.1:PORT/hold=1/v1/...run                          a response after one second
    http://127.0.0.1:PORT/takes=5/v1/...run-batch                   runs that end after five seconds; default: at once
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import ssl
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

from benchmarks import documents

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_NO_WALLET = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_PIECE = 256 * 1024

_numbers = itertools.count(1)


def _filled(template: tuple[bytes, bytes], identifier: bytes) -> bytes:
    before, after = template
    return b"%b%b%b%b" % (_HEAD % (len(before) + len(identifier) + len(after)), before, identifier, after)


@functools.cache
def _scenario(prefix: str) -> dict[str, str]:
    return dict(parse_qsl(prefix))


@functools.cache
def _page(prefix: str, cursor: str) -> bytes:
    body = documents.page(int(cursor), int(_scenario(prefix).get("pages", "1")))
    return _HEAD % len(body) + body


@functools.cache
def _stream(prefix: str) -> list[bytes]:
    """The whole response, in pieces that are written one after the other."""
    scenario = _scenario(prefix)
    if "result" in scenario:
        frames = [documents.big_result(int(scenario["result"]))]
    else:
        frames = documents.events(int(scenario.get("events", "3")))
    cut = scenario.get("cut", "65536")
    if cut != "event":
        body, size = b"".join(frames), int(cut)
        frames = [body[i : i + size] for i in range(0, len(body), size)]
    answer = _STREAM_HEAD + b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames) + b"0\r\n\r\n"
    return [answer[i : i + _PIECE] for i in range(0, len(answer), _PIECE)]


class Connection(asyncio.Protocol):
    """One connection, without pipelining: a client sends a request only after the previous response."""

    def __init__(self) -> None:
        self._received = b""
        self._pieces: Iterator[bytes] = iter(())
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        if head.startswith(b"POST"):
            length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            if len(body) < length:
                return
        self._received = b""
        self._answer(head[: head.index(b"\r\n")].split(b" ")[1].decode(), body)

    def _answer(self, target: str, received: bytes) -> None:
        prefix, _, path = target.partition("/v1/")
        prefix = prefix.strip("/")
        if path.endswith("run-sse"):
            self._pieces = iter(_stream(prefix))
            self._write_on()
        elif path == "automation/run-async":
            self._write(b'{"run_id":"%b","error":null}' % documents.run_id(next(_numbers)).encode())
        elif path == "automation/run-batch":
            takes = float(_scenario(prefix).get("takes", "0"))
            count = len(json.loads(received)["runs"])
            ids = [documents.run_id(next(_numbers), time.time() + takes) for _ in range(count)]
            self._write(b'{"run_ids":["%b"],"error":null}' % '","'.join(ids).encode())
        elif path == "runs/batch":
            now = time.time()
            self._write(documents.runs(json.loads(received)["run_ids"], now))
        elif path == "wallet":
            self._transport.write(_NO_WALLET)
        elif path == "automation/run":
            identifier = documents.run_id(next(_numbers)).encode()
            answer = _filled(documents.response_template(), identifier)
            self._loop.call_later(float(_scenario(prefix).get("hold", "0")), self._transport.write, answer)
        elif path.startswith("runs/"):
            identifier = path[5 : 5 + documents.ID_LENGTH].encode()
            self._transport.write(_filled(documents.run_template(), identifier))
        else:
            cursor = dict(parse_qsl(path.partition("?")[2])).get("cursor", "0")
            self._transport.write(_page(prefix, cursor))

    def _write(self, body: bytes) -> None:
        self._transport.write(_HEAD % len(body) + body)

    def _write_on(self) -> None:
        for piece in self._pieces:
            self._transport.write(piece)
            if self._paused:
                return

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._write_on()


async def serve(key: str, certificate: str) -> None:
    """Serve until standard input ends; the first line of output has the URL."""
    loop = asyncio.get_running_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    servers = {
        "http": await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096),
        "https": await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096, ssl=context),
    }
    ports = {scheme: server.sockets[0].getsockname()[1] for scheme, server in servers.items()}
    print(json.dumps({scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in ports.items()}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))

"""Malformed responses: valid ones, with random damage."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

Json = dict[str, Any]

STATUSES: Final = (
    *(200,) * 12,
    *(201, 202, 204, 206, 299, 300, 301, 302, 307, 308),
    *(400, 401, 402, 403, 404, 404, 405, 408, 408, 409, 413, 418, 422, 429, 429),
    *(500, 500, 500, 501, 502, 502, 503, 503, 504, 520, 599, 600, 999),
)
CODES: Final = (
    "INTERNAL_ERROR",
    "SERVICE_BUSY",
    "RATE_LIMIT_EXCEEDED",
    "NOT_FOUND",
    "INVALID_INPUT",
    "TASK_FAILED",
)

# What JSON can say, and Python's json does not write: put in place of a text of this name.
_RAW: Final = {
    "@huge": "7" * 5000,
    "@deep": "[" * 950 + "]" * 950,
    "@deeper": '{"a":' * 3000 + "1" + "}" * 3000,
    "@nan": "NaN",
    "@infinity": "-Infinity",
    "@surrogate": '"\\ud800 half a character"',
}
_ODD: Final = (
    *_RAW,
    *(
        None,
        True,
        False,
        0,
        -1,
        10**300,
        1e308,
        "",
        " ",
        "null",
        "0",
        "a/b?c#d%2e",
        "..",
        ".",
        "é\u202e\0",
        "\n",
    ),
    *({}, [], {"a": 1}, [None], [{}], ["r", 5], [[]], {"error": {"code": 1}}, "x" * 100_000, "9" * 300),
    *(
        "2026-13-45T99:99:99Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "24",
        "run 1",
        "urn:run:1",
    ),
)
_TEXTS: Final = (
    *(
        "",
        " ",
        "null",
        "true",
        "5",
        '"text"',
        "[]",
        "{}",
        "[null]",
        "[1, {}]",
        "{",
        "nul",
        "\0",
        "<html><p>No</p>",
    ),
    *("[" * 100_000, "\ufeff{}", '{"error": null}', '{"error": "no"}', '{"data": null}', '{"run_id": null}'),
)
_DATES: Final = (
    *(
        "",
        "now",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Jan 0000 00:00:00 GMT",
    ),
    *(
        "Thu, 01 Jan -001 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sun, 06 Nov 2026 08:49:37 +99999999",
        "1",
    ),
)
_RETRY_AFTER: Final = (
    *("", "0", "-5", "1", "7, 3", "1e400", "nan", "soon", "99999999999999999999", "\xe9", "0x10", *_DATES),
)
_CHARSETS: Final = (
    *(
        "utf-8",
        "rot13",
        "hex",
        "base64",
        "zlib",
        "idna",
        "punycode",
        "utf-16",
        "utf-7",
        "undefined",
        "unicode_escape",
    ),
    *(
        "x" * 5000,
        '"',
        "latin-1; charset=rot13",
        "\xff",
        "raw_unicode_escape",
        "mbcs",
        "uu",
        "''",
        "utf-8''%ff",
    ),
)
_ENCODINGS: Final = (
    *(
        "gzip",
        "deflate",
        "br",
        "zstd",
        "identity",
        "gzip, gzip",
        "x-gzip",
        "rot13",
        "",
        "gzip" + ", gzip" * 50,
    ),
)
_NAMES: Final = ("X-Request-Id", "Server", "Location", "Set-Cookie", "X-Custom", "Link", "ETag")


@dataclass
class Hostile:
    """One answer.

    Attributes:
        plain: The body before it was compressed.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    plain: bytes = field(default=b"")

    def head(self) -> bytes:
        """Status line and headers, as a server writes them."""
        lines = [b"HTTP/1.1 %d Whatever" % self.status, *(b"%s: %s" % header for header in self.headers)]
        return b"\r\n".join([*lines, b"", b""])


def spoiled(rng: random.Random, document: Json, mark: str) -> Hostile:
    """An answer that may be a spoiled one of an API that means this document; the mark is in its body, mostly."""
    status = rng.choice(STATUSES)
    if status >= 300 and rng.random() < 0.6:
        envelope: Json = {"error": {"code": rng.choice(CODES), "message": "No"}}
        document = envelope | (document if rng.random() < 0.2 else {})
    return _answer(rng, status, _text(rng, {"mark": mark, **document}, mark))


def spoiled_stream(rng: random.Random, events: list[Json], mark: str) -> Hostile:
    """The same for an event stream."""
    status = rng.choice(STATUSES) if rng.random() < 0.3 else 200
    text = f": {mark}\n\n"
    for event in events:
        if rng.random() < 0.1:
            continue
        body = _json(_mutated(rng, event)) if rng.random() < 0.5 else json.dumps(event)
        text += rng.choice(
            [f"data: {body}\n\n"] * 8 + [f"data:{body}\r\n\r\n", f"event: x\ndata: {body}\n\n", body]
        )
        if rng.random() < 0.05:
            text += rng.choice(
                ["data: {\n\n", "\0\n\n", "data: [1]\n\n", "id: 1\n\n", "data: " + "x" * 70_000]
            )
    answer = _answer(rng, status, text.encode("utf-8", "surrogatepass"))
    answer.headers = [(name, value) for name, value in answer.headers if name != b"Content-Type"]
    answer.headers.append(
        (b"Content-Type", rng.choice([b"text/event-stream"] * 8 + [b"text/event-stream; charset=rot13"]))
    )
    return answer


def good(document: object, status: int = 200) -> Hostile:
    """An answer as it should be."""
    body = json.dumps(document).encode()
    return Hostile(
        status,
        [(b"Content-Type", b"application/json"), (b"Date", formatdate(usegmt=True).encode())],
        body,
        body,
    )


def _json(value: object) -> str:
    text = json.dumps(value)
    for name, raw in _RAW.items():
        text = text.replace(f'"{name}"', raw)
    return text


def _mutated(rng: random.Random, document: Json) -> Json:
    """The document with some of its values, at any level, replaced or gone."""
    copy: Json = json.loads(json.dumps(document))
    for _ in range(rng.choice([1, 1, 2, 3])):
        holder: Any = copy
        while True:
            places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not places:
                break
            place = rng.choice(places)
            inside = holder[place]
            if isinstance(inside, dict | list) and inside and rng.random() < 0.7:
                holder = inside
                continue
            if rng.random() < 0.2:
                del holder[place]
            else:
                holder[place] = json.loads(json.dumps(rng.choice(_ODD)))
            break
    return copy


def _text(rng: random.Random, document: Json, mark: str) -> bytes:
    dice = rng.random()
    if dice < 0.15:
        return (rng.choice(_TEXTS) + rng.choice(["", f"<!-- {mark} -->"])).encode("utf-8", "surrogatepass")
    text = _json(_mutated(rng, document) if dice < 0.85 else document)
    body = text.encode("utf-8", "surrogatepass")
    match rng.randrange(14):
        case 0:
            return body[: rng.randrange(len(body) + 1)]
        case 1:
            return body + rng.choice([b"junk", b"\0", b"{}", b"\n<html>", body])
        case 2:
            at = rng.randrange(len(body) + 1)
            return body[:at] + rng.choice([b"\xff", b"\xc3", b"\0", b"\xed\xa0\x80"]) + body[at:]
        case 3:
            return text.encode(rng.choice(["utf-16", "utf-32", "utf-16-le", "utf-8-sig"]), "surrogatepass")
        case 4:
            return body[:-1] + b"," + body[1:]  # each key twice
        case _:
            return body


def _answer(rng: random.Random, status: int, body: bytes) -> Hostile:
    headers = [(b"Content-Type", b"application/json"), (b"Date", formatdate(usegmt=True).encode())]
    sent = body
    for _ in range(rng.choice([0, 1, 1, 2, 4])):
        match rng.randrange(8):
            case 0:
                headers.append(
                    (
                        rng.choice(_NAMES).encode(),
                        rng.choice([b"\xff\xfe caf\xe9", "é".encode(), b"", b"a" * 9000]),
                    )
                )
            case 1:
                headers[0] = (
                    b"Content-Type",
                    f"application/json; charset={rng.choice(_CHARSETS)}".encode("latin-1"),
                )
            case 2:
                headers[1] = (b"Date", rng.choice(_DATES).encode())
            case 3:
                headers.append((b"Retry-After", rng.choice(_RETRY_AFTER).encode("latin-1")))
            case 4:
                headers.append(rng.choice(headers))
            case 5 if sent is body:
                encoding = rng.choice(_ENCODINGS)
                headers.append((b"Content-Encoding", encoding.encode()))
                packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)(body)
                sent = rng.choice([body, packed, packed, packed, packed[: len(packed) // 2]])
            case 6:
                headers.append(
                    (b"Location", rng.choice([b"http://[", b"//\xff", b"?", b"https://example.com/\xe9"]))
                )
            case _:
                headers.append((b"X-Request-Id", f"req-{rng.random()}".encode()))
    return Hostile(status, headers, sent, body)

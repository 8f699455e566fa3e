"""The body of an answer, decompressed piece by piece, so that a small answer cannot fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE_BYTES: Final = 64 * 1024
# No server compresses twice, let alone more often.
_MAX_ENCODINGS: Final = 4


class UndecodableError(Exception):
    """What came is not encoded as its header says."""


class _Inflater:
    """One step of decompression, by gzip or deflate."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._head = b""
        self._is_plain = False
        self._inflater: zlib._Decompress | None = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes hold, in pieces of a bounded size."""
        if self._is_plain:
            yield data
            return
        if self._inflater is None:
            self._head += data
            if len(self._head) < 2:
                return
            data = self._head
            if _is_plain(self._encoding, data):
                self._is_plain = True
                yield data
                return
            if self._encoding == "gzip":
                bits = zlib.MAX_WBITS | 16
            else:  # some servers send deflate without the two bytes that are its header
                has_header = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
                bits = zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
            self._inflater = zlib.decompressobj(bits)
        try:
            while not self._inflater.eof:
                piece = self._inflater.decompress(data, _PIECE_BYTES)
                data = self._inflater.unconsumed_tail
                if piece:
                    yield piece
                elif not data:
                    return
        except zlib.error as error:
            raise UndecodableError(str(error)) from error


def _is_plain(encoding: str, head: bytes) -> bool:
    """Whether a body is not encoded at all: a proxy has unpacked it, and left the header."""
    if encoding == "gzip":
        return not head.startswith(_GZIP_MAGIC)
    return head.startswith((b"{", b"["))  # so begins JSON, and no JSON that is deflated


class Decoder:
    """Undoes the `Content-Encoding` of a body. What it does not know is left as it is.

    Args:
        content_encoding: The header's value. If it names more encodings than any server uses, none is undone.
    """

    def __init__(self, content_encoding: str) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        known = [name.removeprefix("x-") for name in names if name.removeprefix("x-") in ("gzip", "deflate")]
        if len(known) > _MAX_ENCODINGS:
            known = []
        self._steps = [_Inflater(name) for name in reversed(known)]

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes hold, in pieces of a bounded size."""
        return self._decoded(data, 0)

    def _decoded(self, data: bytes, step: int) -> Iterator[bytes]:
        if step == len(self._steps):
            yield data
            return
        for piece in self._steps[step].pieces(data):
            yield from self._decoded(piece, step + 1)


class Content:
    """A body that is being read whole, up to a limit.

    Attributes:
        too_large: Whether it is larger than the limit; what is beyond that is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.too_large = False

    def add(self, piece: bytes) -> bool:
        """Take in a piece. Returns whether there is room for more."""
        self._pieces.append(piece[: self._limit - self._size])
        self._size += len(piece)
        self.too_large = self._size > self._limit
        return not self.too_large

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)

"""The body of an answer, decompressed piece by piece, so that a small answer cannot fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

_GZIP_MAGIC: Final = b"\x1f\x8b"
_HEADER_BYTES: Final = 2
_PIECE_BYTES: Final = 64 * 1024
# No server compresses twice, let alone more often.
_MAX_ENCODINGS: Final = 4


class UndecodableError(Exception):
    """What came is not encoded as its header says."""


class _Inflater:
    """One step of decompression, by gzip or deflate.

    A body without the header of its encoding may not be encoded at all: a proxy has unpacked it, and left the name of
    the encoding there. Then it stays as it is.
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._began = b""  # what has come, until there is a piece of it
        self._has_header = False
        self._has_pieces = False
        self._is_plain = False
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes hold, in pieces of a bounded size."""
        if not self._has_pieces:
            is_first = len(self._began) < _HEADER_BYTES
            self._began += data
            if len(self._began) < _HEADER_BYTES:
                return
            if is_first:
                data = self._began
                self._recognize()
        if self._is_plain:
            self._has_pieces = True
            yield data
            return
        try:
            while not self._inflater.eof:
                piece = self._inflater.decompress(data, _PIECE_BYTES)
                data = self._inflater.unconsumed_tail
                if piece:
                    self._has_pieces, self._began = True, b""
                    yield piece
                elif not data:
                    return
        except zlib.error as error:
            if self._has_header or self._has_pieces:
                raise UndecodableError(str(error)) from error
            self._is_plain = self._has_pieces = True
            yield self._began

    def _recognize(self) -> None:
        head = self._began
        if self._encoding == "gzip":
            self._has_header = head.startswith(_GZIP_MAGIC)
            self._is_plain = not self._has_header
            return
        self._has_header = head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
        # Some servers send deflate without its header, and so does no JSON that is deflated begin.
        self._is_plain = head.startswith((b"{", b"["))
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS if self._has_header else -zlib.MAX_WBITS)


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

"""A response body, decompressed in chunks, so that a small response can't fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

_GZIP_MAGIC: Final = b"\x1f\x8b"
_HEADER_BYTES: Final = 2
_PIECE_BYTES: Final = 64 * 1024
# Servers don't compress more than once.
_MAX_ENCODINGS: Final = 4


class UndecodableError(Exception):
    """The body isn't encoded as its header says."""


class _Inflater:
    """One step of decompression, by gzip or deflate.

    A body without its format's magic bytes may not be encoded at all: a proxy has decompressed it, and kept the
    header. Then it stays unchanged.
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._began = b""  # the received data, until there is output
        self._has_header = False
        self._has_pieces = False
        self._is_plain = False
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Decompress the next bytes, in chunks of a limited size."""
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
        # Some servers send deflate without its zlib header. Deflated JSON never starts like one.
        self._is_plain = head.startswith((b"{", b"["))
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS if self._has_header else -zlib.MAX_WBITS)


class Decoder:
    """Decodes a body's `Content-Encoding`. Unknown encodings are left unchanged.

    Args:
        content_encoding: The header's value. If it has more encodings than any server uses, none is decoded.
    """

    def __init__(self, content_encoding: str) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        known = [name.removeprefix("x-") for name in names if name.removeprefix("x-") in ("gzip", "deflate")]
        if len(known) > _MAX_ENCODINGS:
            known = []
        self._steps = [_Inflater(name) for name in reversed(known)]

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Decompress the next bytes, in chunks of a limited size."""
        return self._decoded(data, 0)

    def _decoded(self, data: bytes, step: int) -> Iterator[bytes]:
        if step == len(self._steps):
            yield data
            return
        for piece in self._steps[step].pieces(data):
            yield from self._decoded(piece, step + 1)


class Content:
    """A body that is being read completely, up to a limit.

    Attributes:
        too_large: Whether it exceeds the limit; the rest is dropped.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.too_large = False

    def add(self, piece: bytes) -> bool:
        """Add a chunk. Returns whether there is room for more."""
        self._pieces.append(piece[: self._limit - self._size])
        self._size += len(piece)
        self.too_large = self._size > self._limit
        return not self.too_large

    def whole(self) -> bytes:
        """The whole body."""
        return b"".join(self._pieces)

"""Decodes a compressed body. Compression is never requested, but some proxies and servers compress all the same.

gzip and deflate are decoded in pieces of a bounded size, so that the bounds of bodies and events hold for what they
expand to. Other encodings are refused: their libraries expand a whole packet at once, a kilobyte to a gigabyte.
Source: RFC 9110, 8.4.1.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.reprs import shortened

_PIECE = 65_536  # bytes that are decompressed at once
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_ZLIB_METHOD = 8  # in the lower half of the first byte of a zlib stream; some servers send deflate without it


class ContentDecoder(Protocol):
    """Decodes the packets of one body."""

    def feed(self, data: bytes, /) -> Iterable[bytes]:
        """Return the content of *data* in pieces. Raises BadResponseError if it cannot be decoded."""


def content_decoder(headers: Mapping[str, str]) -> ContentDecoder:
    """Return the decoder of a body with *headers*."""
    encoding = headers.get("content-encoding")
    if not encoding:
        return IDENTITY
    names = [name.strip().lower() for name in encoding.split(",")]
    match [name for name in names if name not in ("", "identity")]:
        case []:
            return IDENTITY
        case ["gzip" | "x-gzip"]:
            return Inflater("gzip")
        case ["deflate"]:
            return Inflater("deflate")
        case other:
            return Refused(", ".join(other))


@attrs.frozen
class Identity:
    """A body that is not encoded."""

    def feed(self, data: bytes) -> Iterable[bytes]:
        """Return *data*."""
        return (data,)


IDENTITY = Identity()


@attrs.frozen
class Refused:
    """A body in another encoding."""

    name: str

    def feed(self, _: bytes) -> Iterable[bytes]:
        """Raise BadResponseError."""
        raise BadResponseError(detail=f"a body with content encoding {shortened(self.name)!r}, which was not requested")


@attrs.define(eq=False, repr=False)
class Inflater:
    """A body in gzip or deflate; what follows the end of the compressed data is ignored, unless it is more gzip."""

    name: str
    _stream: "zlib._Decompress | None" = None
    _members: int = 0  # that have ended: a gzip body may have several

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* expands to."""
        while data and not self._is_trailer(data):
            if self._stream is None:
                self._stream = zlib.decompressobj(self._window(data))
            yield from self._pieces(self._stream, data)
            data = self._stream.unused_data
            if self._stream.eof:
                self._stream, self._members = None, self._members + 1

    def _pieces(self, stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
        piece, problem = b"", ""
        while not stream.eof and (data or len(piece) == _PIECE):  # a full piece: there may be more of it
            try:
                piece = stream.decompress(data, _PIECE)
            except zlib.error as error:
                problem = str(error)
                break
            data = stream.unconsumed_tail
            if piece:
                yield piece
        if problem:
            raise BadResponseError(detail=f"a body that is not {self.name}: {problem}")

    def _is_trailer(self, data: bytes) -> bool:
        return self._members > 0 and self._stream is None and (self.name != "gzip" or data[:1] != b"\x1f")

    def _window(self, data: bytes) -> int:
        if self.name == "gzip":
            return _GZIP
        return _ZLIB if data[0] & 15 == _ZLIB_METHOD else _RAW

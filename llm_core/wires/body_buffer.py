"""A bounded buffer for a body that is read as a whole."""

import attrs

from llm_core.domain.errors import BadResponseError

MAX_BODY = 16 * 1024 * 1024  # bytes of one answer
MAX_STREAM = 256 * 1024 * 1024  # bytes of one stream; some providers send much beside the text
MAX_ERROR = 20_000  # bytes of an error response that are read


@attrs.define(eq=False, repr=False)
class BodyBuffer:
    """Collects a body. An answer beyond `MAX_BODY` is an error; an error response is read up to `MAX_ERROR`."""

    is_answer: bool
    _has_ended: bool = False
    _size: int = 0
    _chunks: list[bytes] = attrs.field(factory=list)

    @property
    def done(self) -> bool:
        """Whether nothing more is read: the bound of an error response is reached, or its body has ended."""
        return self._has_ended or (not self.is_answer and self._size >= MAX_ERROR)

    def feed(self, data: bytes) -> None:
        """Append *data*. Raises BadResponseError for an answer beyond its bound."""
        self._chunks.append(data)
        self._size += len(data)
        if self.is_answer and self._size > MAX_BODY:
            raise BadResponseError(detail=f"a body of more than {MAX_BODY} bytes")

    def end(self, reason: str) -> None:
        """Read nothing more of an error response, whose body cannot be decoded; *reason* follows what has been read."""
        self._has_ended = True
        self._chunks.append(reason.encode())

    def read(self) -> bytes:
        """Return all that has been fed."""
        return b"".join(self._chunks)

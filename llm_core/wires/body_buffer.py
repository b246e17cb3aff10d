"""A bounded buffer for a body that is read as a whole."""

import attrs

from llm_core.domain.errors import BadResponseError

MAX_BODY = 64 * 1024 * 1024  # bytes of one answer
MAX_STREAM = 256 * 1024 * 1024  # bytes of one stream; some providers send much beside the text
MAX_ERROR = 20_000  # bytes of an error response that are read


@attrs.define(eq=False, repr=False)
class BodyBuffer:
    """Collects a body. An answer beyond `MAX_BODY` is an error; an error response is read up to `MAX_ERROR`."""

    is_answer: bool
    _size: int = 0
    _chunks: list[bytes] = attrs.field(factory=list)

    @property
    def done(self) -> bool:
        """Whether the bound of an error response is reached."""
        return not self.is_answer and self._size >= MAX_ERROR

    def feed(self, data: bytes) -> None:
        """Append *data*. Raises BadResponseError for an answer beyond its bound."""
        self._chunks.append(data)
        self._size += len(data)
        if self.is_answer and self._size > MAX_BODY:
            raise BadResponseError(detail=f"a body of more than {MAX_BODY} bytes")

    def read(self) -> bytes:
        """Return all that has been fed."""
        return b"".join(self._chunks)

"""A body that is read as a whole, up to a bound."""

import attrs

from llm_core.domain.errors import BadResponseError

MAX_BODY = 64 * 1024 * 1024  # bytes of one answer
MAX_STREAM = 256 * 1024 * 1024  # bytes of one stream, whatever they say: some tell much beside the words
MAX_ERROR = 20_000  # bytes of an error's body that are looked at


@attrs.define
class BodyBuffer:
    """Collects a body. `is_answer`: beyond the bound it is an error; of an error's body the rest is left unread."""

    is_answer: bool
    _size: int = 0
    _pieces: list[bytes] = attrs.field(factory=list)

    @property
    def done(self) -> bool:
        """Whether no more of it is wanted."""
        return not self.is_answer and self._size >= MAX_ERROR

    def feed(self, data: bytes) -> None:
        """Take in the next of it. BadResponseError: it is beyond the bound."""
        self._pieces.append(data)
        self._size += len(data)
        if self.is_answer and self._size > MAX_BODY:
            raise BadResponseError(detail=f"a body of more than {MAX_BODY} bytes")

    def read(self) -> bytes:
        """Return what was taken in."""
        return b"".join(self._pieces)

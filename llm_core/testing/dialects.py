"""What the far side must know of a provider's wire format."""

from typing import Protocol

from llm_core.domain.requests import ChatRequest

from .recorder import RecordedRequest
from .scenarios import Fails, Replies


class Dialect(Protocol):
    """One wire format: how requests read, and how answers and errors are written."""

    @property
    def name(self) -> str:
        """As in ``openai_chat``."""

    @property
    def stream_type(self) -> str:
        """The content type of a stream."""

    @property
    def keep_alive(self) -> bytes:
        """What a stream may send that is no event."""

    def reads(self, request: RecordedRequest) -> ChatRequest:
        """Return what the provider understands. ValueError where it would not."""

    def streams(self, request: RecordedRequest) -> bool:
        """Return whether a stream is asked for."""

    def body(self, reply: Replies) -> bytes:
        """Return the whole answer."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the answer as the pieces of a stream, the end included."""

    def error(self, failure: Fails) -> bytes:
        """Return an error body."""

    def error_event(self, failure: Fails) -> bytes:
        """Return an error in mid-stream."""

    def broken_event(self) -> bytes:
        """Return an event that is no JSON."""

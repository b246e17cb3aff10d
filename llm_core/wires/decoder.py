"""The Protocol of a wire's decoder."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from .deltas import AnswerDelta


class WireDecoder(Protocol):
    """Decodes one answer in one wire format; it keeps the state that the format needs between two events."""

    def whole(self, body: Mapping[str, object], /) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer.

        Raises:
            ChatError: *body* carries an error, or is not an answer.
        """

    def event(self, event: Mapping[str, object], /) -> Iterable[AnswerDelta]:
        """Return the deltas of one event of a stream; errors as in `whole`."""

    @property
    def done(self) -> bool:
        """Whether the last event has arrived; always False for a wire without a last event."""

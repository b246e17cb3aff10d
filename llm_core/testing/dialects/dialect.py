"""What the fake provider must know of a provider's wire format."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Fails, Replies, Scenario


@attrs.frozen(kw_only=True)
class RecordedRequest:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class NotExpressibleError(Exception):
    """The wire has no words for a scenario, or the adapter claims no such ability: its clause has nothing to ask.

    The one reason to skip a clause.
    """


class Dialect(Protocol):
    """One wire format: how requests read, how answers and errors are written, and what neither can say."""

    @property
    def name(self) -> str:
        """As in ``openai_chat``."""

    @property
    def stream_type(self) -> str:
        """The content type of a stream."""

    @property
    def keep_alive(self) -> bytes:
        """What a stream may send that is no event."""

    @property
    def leading_events(self) -> int:
        """How many events of a stream come before the first words."""

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a call travel as the model's own text, and not as an object."""

    @property
    def required_settings(self) -> frozenset[str]:
        """The settings that every request must have; where nobody set one, the adapter does."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return what the provider understands. ValueError where it would not."""

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return what of *request* the wire can carry, in its normal form: two that are equal there mean the same."""

    def auxiliary(self, request: RecordedRequest) -> bytes | None:
        """Return the answer to what is no question to a model (its properties, say), and no attempt; None if it is."""

    def streams(self, request: RecordedRequest) -> bool:
        """Return whether a stream is asked for."""

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        """Return what of *scenario* this provider never says, as in "a refusal"; None: nothing."""

    def visible(self, reply: Replies) -> Replies:
        """Return what of *reply* the wire tells; what it leaves out is None."""

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:
        """Return what of *reply* whoever sends *request* is told: some of it may come only where it is asked for."""

    def body(self, reply: Replies) -> bytes:
        """Return the whole answer."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the answer as the pieces of a stream, the end included."""

    def status(self, failure: Fails) -> int:
        """Return the HTTP status that this provider gives a failure."""

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return what its headers tell of a failure: its name for the request, and when to ask again."""

    def error(self, failure: Fails) -> bytes:
        """Return an error body."""

    def error_event(self, failure: Fails) -> bytes:
        """Return an error in mid-stream."""

    def broken_event(self) -> bytes:
        """Return an event that is no JSON."""

"""The interface of a dialect: what the fake provider must know of a provider's wire format."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Fails, Replies, Scenario


@attrs.frozen(kw_only=True)
class RecordedRequest:
    """An HTTP request as the fake provider received it; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class NotExpressibleError(Exception):
    """The wire format cannot express a scenario, or the adapter does not claim an ability: the clause is skipped.

    Nothing else may skip a clause.
    """


class Dialect(Protocol):
    """One wire format: how it reads requests, writes answers, streams and errors, and what it cannot express."""

    @property
    def name(self) -> str:
        """The name of the format, such as ``openai_chat``."""

    @property
    def stream_type(self) -> str:
        """The content type of a stream."""

    @property
    def keep_alive(self) -> bytes:
        """The bytes that keep a stream open without an event."""

    @property
    def leading_events(self) -> int:
        """The number of events in a stream before the first text."""

    @property
    def arguments_as_text(self) -> bool:
        """True if tool call arguments are sent as the model's own JSON text, False if they are sent as an object."""

    @property
    def required_settings(self) -> frozenset[str]:
        """The settings that every request must have; the adapter supplies those that the caller does not set."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it. ValueError where the provider would answer 400."""

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return *request* as the wire can carry it, in a normal form: requests with the same meaning become equal."""

    def auxiliary(self, request: RecordedRequest) -> bytes | None:
        """Return the answer to a request that is not a model call, such as one for its details, else None."""

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream."""

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        """Return the part of *scenario* that this provider never sends, such as "a refusal"; else None."""

    def visible(self, reply: Replies) -> Replies:
        """Return the part of *reply* that the wire carries; fields that it does not carry are None."""

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:
        """Return the reply to *request*: some providers send a field, such as usage, only on request."""

    def body(self, reply: Replies) -> bytes:
        """Return the body of an answer without streaming."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the events of a streamed answer, including its end."""

    def status(self, failure: Fails) -> int:
        """Return the HTTP status that this provider uses for *failure*."""

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return the headers of an error answer: the request id, and when to retry."""

    def error(self, failure: Fails) -> bytes:
        """Return the body of an error."""

    def error_event(self, failure: Fails) -> bytes:
        """Return an error as an event within a stream."""

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""

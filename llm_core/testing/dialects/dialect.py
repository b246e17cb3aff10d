"""The interface of a dialect: what the fake provider must know of a provider's wire format."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Breaks, Fails, Replies, Scenario

from .sse_writer import server_sent_event


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
    """One wire format: how it reads requests, writes answers, streams and errors, and what it cannot express.

    A class that derives from `Dialect` must define `name`, `parse`, `body`, `events` and `error`. The other members
    have defaults, which fit a wire with JSON bodies and server-sent events. A dialect keeps no state: one instance
    serves many connections in several threads. `assert_dialect` checks a dialect without an adapter.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the format, such as ``openai_chat``; it appears in the reasons of skipped clauses."""

    @property
    def always_streams(self) -> bool:
        """True if every answer is a stream, whatever the request is: `body` is then never called."""
        return False

    @property
    def stream_type(self) -> str:
        """The content type of a stream."""
        return "text/event-stream"

    @property
    def keep_alive(self) -> bytes:
        """The bytes that keep a stream open without an event."""
        return b": keep-alive\n\n"

    @property
    def leading_events(self) -> int:
        """The number of events in a stream before the first text."""
        return 0

    @property
    def arguments_as_text(self) -> bool:
        """True if tool call arguments are sent as the model's own JSON text, False if they are sent as an object."""
        return True

    @property
    def required_settings(self) -> frozenset[str]:
        """The settings that every request must have; the adapter supplies those that the caller does not set."""
        return frozenset()

    @property
    def call_id_pattern(self) -> str:
        """The regular expression that an id of a call must match as a whole; any other id may arrive as one that does.

        The adapter then replaces it in the call and in its result. The default accepts every id.
        """
        return r"(?s).+"

    @property
    def interleaves(self) -> bool:
        """True if an answer can have `Replies.blocks`: several parts of reasoning, between text and calls."""
        return False

    @property
    def failed_reason(self) -> str | None:
        """The finish reason that means a failure, such as ``error``; None if the provider sends none."""
        return None

    @property
    def inner_error_path(self) -> tuple[str, ...] | None:
        """The path, in a body and in an event, to the object that may hold an error beside text; None: there is none.

        Of a list it is the first object. An error there has the fields of `error`.
        """
        return None

    @abstractmethod
    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it.

        Fields that `ChatSettings` does not know are its `extra`. ValueError where the provider would answer 400,
        and for a path that it does not serve (compare its end: a redirect puts ``/elsewhere`` before it); the fake
        provider then sends `error` with that status, and the report shows the text of the ValueError.
        """

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return *request* as the wire can carry it, in a normal form: requests with the same meaning become equal.

        The suite compares ``normalise(sent)`` with ``normalise(parse(received))``. What this method removes, no clause
        checks: remove only what the wire has no field for. The default removes the timeout, which is never sent.
        """
        return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=None))

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- a default needs no request
        """Return the answer to a request that is not a model call, such as one for its details, else None."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the answer is a stream. The default reads ``"stream": true`` in a JSON body."""
        if self.always_streams:
            return True
        body: object = json.loads(request.body)
        return isinstance(body, dict) and body.get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- nothing is excluded
        """Return the part of *scenario* that this provider never sends, such as "a refusal"; else None.

        With *streams* the answer is streamed. A clause with a scenario that is not expressible is skipped, with this
        text as the reason. The other methods receive expressible scenarios only.
        """
        return None

    def visible(self, reply: Replies) -> Replies:
        """Return the part of *reply* that the wire carries; fields that it does not carry are None.

        The suite compares the adapter's response with it. The default is all of *reply*.
        """
        return reply

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:  # noqa: ARG002 -- nothing depends on it
        """Return the reply to *request*: some providers send a field, such as usage, only on request."""
        return reply

    @abstractmethod
    def body(self, reply: Replies) -> bytes:
        """Return the JSON body of an answer without streaming; without a `finish_reason` its end is missing."""

    @abstractmethod
    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the events of a streamed answer, including its end: each with its framing, such as ``data: ...``.

        Text has deltas of ``reply.chunk_size`` characters. Without a `finish_reason` the event of the end is missing,
        or has no reason. `call_layout` and `counting` describe what a client must also accept.
        """

    def status(self, failure: Fails) -> int:
        """Return the HTTP status that this provider uses for *failure*. The default is the status of *failure*."""
        return failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return the headers of an error answer: the request id, and when to retry.

        The value of a request id is ``request-1``. The default is ``retry-after`` in seconds, without a request id.
        """
        return () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)

    @abstractmethod
    def error(self, failure: Fails) -> bytes:
        """Return the JSON body of an error with the message of *failure*, or with the provider's for its `reason`."""

    def error_event(self, failure: Fails) -> bytes:
        """Return an error as an event within a stream. The default is a server-sent event with `error`."""
        return server_sent_event(self.error(failure))

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return b'data: {"id": "answer-1", "te\n\n'


def inexpressible(dialect: Dialect, scenario: Scenario, *, streams: bool) -> str | None:
    """Return the part of *scenario* that the provider of *dialect* never sends; else None."""
    match scenario:
        case Breaks(how="inner_error") if dialect.inner_error_path is None:
            return "an error beside text"
        case Breaks(how="failed_finish") if dialect.failed_reason is None:
            return "a finish reason that means a failure"
        case Replies(blocks=blocks) if blocks and not dialect.interleaves:
            return "reasoning in several parts"
        case _:
            return dialect.inexpressible(scenario, streams=streams)

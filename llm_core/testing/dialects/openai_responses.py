"""The wire format of OpenAI Responses: answers, streams and errors. Source: its API reference.

The error codes and the ``keepalive`` event are those that OpenAI sends; the reference does not list them all.
"""

from http import HTTPStatus

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Fails, Replies, Scenario

from .dialect import RecordedRequest
from .json_fields import require_path
from .openai_responses_answers import event_bytes, response_fields, stream_events
from .openai_responses_requests import asks_for_encrypted_reasoning, normal_form, read_request
from .sse_writer import json_bytes, server_sent_event

_ENCRYPTED = "Z0FBQUFBQmVuY3J5cHRlZA=="
_REASONS = {
    "context_window": (
        "context_length_exceeded",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
    ),
    "content_policy": (
        "invalid_prompt",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    ),
    "quota": ("insufficient_quota", "You exceeded your current quota, please check your plan and billing details."),
}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
_LAYOUTS = ("in order", "interleaved")


class OpenAIResponses:
    """The dialect of OpenAI's ``/responses``."""

    name = "openai_responses"
    stream_type = "text/event-stream; charset=utf-8"
    keep_alive = b'event: keepalive\ndata: {"type": "keepalive", "sequence_number": 3}\n\n'
    leading_events = 4
    arguments_as_text = True
    required_settings: frozenset[str] = frozenset()
    failed_reason: str | None = None
    inner_error_path: tuple[str, ...] | None = None
    interleaves = True
    always_streams = False
    call_id_pattern = r"(?s).{1,64}"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        require_path(request.path, "/responses")
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `openai_responses_requests` describes it."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- the Protocol has it
        """Return None: adapters send nothing but calls."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream."""
        return parse_arguments(request.body.decode()).get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the Protocol has it
        """Return what is never sent: an item comes with its id and name, and its deltas name the item."""
        match scenario:
            case Replies(call_layout=layout) if layout not in _LAYOUTS:
                return f"calls: {layout}"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return all of *reply*."""
        return reply

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:
        """Return *reply*; reasoning has its encrypted content only where the request includes it."""
        if not asks_for_encrypted_reasoning(parse_arguments(request.body.decode())):
            return attrs.evolve(reply, signature="")
        return attrs.evolve(reply, signature=_ENCRYPTED) if reply.reasoning and not reply.signature else reply

    def body(self, reply: Replies) -> bytes:
        """Return a ``response``."""
        return json_bytes(response_fields(reply))

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the events of each item between those of the response; there is no ``[DONE]``."""
        return stream_events(reply)

    def status(self, failure: Fails) -> int:
        """Return the status."""
        return failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return ``x-request-id``, and ``retry-after`` in seconds."""
        waits = () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)
        return (("x-request-id", "request-1"), *waits)

    def error(self, failure: Fails) -> bytes:
        """Return an ``error`` object."""
        code, message = _code_and_message(failure)
        error_type = "server_error" if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            error_type = code if failure.reason == "quota" and code else "rate_limit_error"
        return json_bytes({"error": {"message": message, "type": error_type, "param": None, "code": code}})

    def error_event(self, failure: Fails) -> bytes:
        """Return an ``error`` event, which has the code and no type of the error."""
        code, message = _code_and_message(failure)
        return event_bytes("error", 5, {"code": code, "message": message, "param": None})

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return server_sent_event(
            b'{"type": "response.output_text.delta", "item_id": "msg_0", "del', "response.output_text.delta"
        )


def _code_and_message(failure: Fails) -> tuple[str | None, str]:
    if failure.reason:
        return _REASONS[failure.reason]
    default = "server_error" if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    return _CODES.get(failure.status, default), failure.message

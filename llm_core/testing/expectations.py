"""The response or error that an adapter must produce for a scenario. The clauses compare with these values."""

import uuid
from collections.abc import Iterator
from typing import assert_never

from llm_core.domain.errors import (
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    QuotaExceededError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.domain.events import StreamEvent
from llm_core.domain.http_errors import error_class_for_status, parse_retry_after
from llm_core.domain.messages import AssistantMessage, ReasoningPart, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import events_from_response
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.surrogates import join_surrogates
from llm_core.domain.tools import InvalidToolCall, ToolCall, parse_tool_call

from .scenarios import Breaks, Echoes, Fails, HangsUp, Redirects, Refuses, Replies, Scenario, Sends

ERROR_CLASSES: dict[int, type[ChatError]] = {
    status: error_class_for_status(status)
    for status in (400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 504, 529)
}

_REASON_ERRORS: dict[str, type[ChatError]] = {
    "context_window": ContextWindowExceededError,
    "content_policy": ContentPolicyError,
    "quota": QuotaExceededError,
}

_BREAK_ERRORS: dict[str, type[ChatError]] = {
    "cut": StreamInterruptedError,
    "reset": StreamInterruptedError,
    "end": StreamInterruptedError,
    "unfinished": StreamInterruptedError,
    "silence": ChatTimeoutError,
    "drip": ChatTimeoutError,
    "bad_json": BadResponseError,
    "failed_finish": ServerError,
}


def expected_error(scenario: Fails | Breaks | Sends | Redirects | Refuses | HangsUp) -> ChatError:
    """Return the error that an adapter must raise for *scenario*; the adapter adds `partial`."""
    match scenario:
        case Fails(status=status):
            return _error_class(scenario)(
                status_code=status,
                request_id="request-1",
                retry_after=_retry_after(scenario),
                detail=scenario.message,
            )
        case Breaks(how="error" | "inner_error", failure=failure):
            return _error_class(failure)(detail=failure.message)
        case Breaks(how=how):
            return _BREAK_ERRORS[how]()
        case Sends(status=status):
            return BadResponseError(status_code=status)
        case Redirects(status=status):
            return InvalidRequestError(status_code=status)
        case HangsUp(how="silence" | "drip"):
            return ChatTimeoutError()
        case Refuses() | HangsUp():
            return ConnectionFailedError()
        case _:
            assert_never(scenario)


def _error_class(failure: Fails) -> type[ChatError]:
    return _REASON_ERRORS[failure.reason] if failure.reason else error_class_for_status(failure.status)


def _retry_after(failure: Fails) -> float | None:
    seconds = parse_retry_after(dict(failure.headers))
    return failure.retry_after if seconds is None else seconds


def expected_events(scenario: Scenario, request: ChatRequest) -> Iterator[StreamEvent]:
    """Yield the events of the answer to *request* in *scenario*, or raise its error, for adapters without HTTP."""
    match scenario:
        case Replies(chunk_size=size):
            yield from events_from_response(expected_response(scenario), chunk_size=size)
        case Echoes():
            user_texts = [message.text for message in request.messages if isinstance(message, UserMessage)]
            yield from expected_events(Replies(text=user_texts[-1]), request)
        case Breaks(how=how, reply=reply, after=after):
            received = list(expected_events(reply, request))[:-1]
            yield from received if how in ("unfinished", "failed_finish") else received[:after]
            raise expected_error(scenario)
        case _:
            raise expected_error(scenario)


def expected_response(reply: Replies) -> ChatResponse:
    """Return the response that an adapter must produce for *reply*. A call without an id gets a unique one.

    `raw_finish_reason` is the value of a `FinishReason`; a provider with HTTP has a word of its own for it.
    """
    length = reply.finish_reason is FinishReason.LENGTH
    thoughts = [(join_surrogates([thought.text]), thought.signature or None) for thought in reply.thoughts]
    calls = [
        parse_tool_call(
            id=call.id or f"made_{uuid.uuid4().hex}", name=call.name, arguments_text=call.arguments_text, cut_off=length
        )
        for call in reply.calls
    ]
    message = AssistantMessage(
        join_surrogates([reply.text or reply.refusal]),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=[ReasoningPart(text, signature=signature) for text, signature in thoughts],
    )
    return ChatResponse(
        message=message,
        finish_reason=_finish_reason(reply),
        raw_finish_reason=None if reply.finish_reason is None else str(reply.finish_reason),
        usage=reply.usage,
        model=reply.model,
        id=reply.id,
    )


def _finish_reason(reply: Replies) -> FinishReason:
    if reply.refusal:
        return FinishReason.CONTENT_FILTER
    return reply.finish_reason if isinstance(reply.finish_reason, FinishReason) else FinishReason.OTHER

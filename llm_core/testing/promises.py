"""What an adapter must make of a scenario: the answer, or the kind of error. The clauses compare with this."""

import uuid
from typing import assert_never

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.domain.messages import AssistantMessage, ReasoningPart
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import InvalidToolCall, ToolCall, read_call

from .scenarios import Breaks, Fails, Redirects, Refuses, Replies, Sends

KINDS: dict[int, type[ChatError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: ModelNotFoundError,
    408: ChatTimeoutError,
    409: InvalidRequestError,
    413: InvalidRequestError,
    418: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
    504: ChatTimeoutError,
    529: ServerError,
}

_REASONS: dict[str, type[ChatError]] = {
    "context_window": ContextWindowExceededError,
    "content_policy": ContentPolicyError,
    "quota": QuotaExceededError,
}

_BREAKS: dict[str, type[ChatError]] = {
    "cut": StreamInterruptedError,
    "reset": StreamInterruptedError,
    "end": StreamInterruptedError,
    "silence": ChatTimeoutError,
    "drip": ChatTimeoutError,
    "bad_json": BadResponseError,
    "error": ServerError,
}


def promised_error(scenario: Fails | Breaks | Sends | Redirects | Refuses) -> type[ChatError]:
    """Return the kind of error that *scenario* is."""
    match scenario:
        case Fails(reason=reason, status=status):
            return _REASONS[reason] if reason else KINDS[status]
        case Breaks(how=how):
            return _BREAKS[how]
        case Sends():
            return BadResponseError
        case Redirects():
            return InvalidRequestError
        case Refuses():
            return ConnectionFailedError
        case _:
            assert_never(scenario)


def promised_response(reply: Replies) -> ChatResponse:
    """Return the answer that *reply* is. A call without an id gets one that no other has."""
    length = reply.finish_reason is FinishReason.LENGTH
    calls = [
        read_call(
            id=call.id or f"made_{uuid.uuid4().hex}", name=call.name, arguments_text=call.arguments_text, cut_off=length
        )
        for call in reply.calls
    ]
    message = AssistantMessage(
        reply.text or reply.refusal,
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=[ReasoningPart(reply.reasoning)] if reply.reasoning else [],
    )
    return ChatResponse(
        message=message,
        finish_reason=_reason(reply),
        raw_finish_reason=None if isinstance(reply.finish_reason, FinishReason) else reply.finish_reason,
        usage=reply.usage,
        model=reply.model,
        id=reply.id,
    )


def _reason(reply: Replies) -> FinishReason:
    if reply.refusal:
        return FinishReason.CONTENT_FILTER
    return reply.finish_reason if isinstance(reply.finish_reason, FinishReason) else FinishReason.OTHER

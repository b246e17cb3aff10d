"""Fixtures for aimock and the expected outcomes. aimock records requests in a journal; it reports no findings."""

from collections.abc import Mapping

from llm_core import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    FinishReason,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing.clauses.modes import STREAMS, Mode

from .calling import SHORT_TIMEOUT, TEXT, WITH_TOOLS, Expected, Outcome

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
OSLO = {"name": "weather", "arguments": {"city": "Oslo"}}
TOKYO = {"name": "weather", "arguments": {"city": "東京"}}
TEXT_REPLY = {"content": TEXT, "usage": USAGE}
TEXT_OUTCOME = Outcome(text=TEXT, finish_reason=FinishReason.STOP, tokens=(11, 7))
CALLED = Outcome(
    text=TEXT, calls=(("weather", {"city": "Oslo"}),), finish_reason=FinishReason.TOOL_CALLS, tokens=(11, 7)
)


def answers(name: str, response: Mapping[str, object], outcome: Outcome) -> Expected:
    return Expected(name=name, script=[{"response": response}], request=WITH_TOOLS, outcome=outcome)


def fails(status: int, error_class: type[ChatError], retry_after: int | None = None) -> Expected:
    wait = {} if retry_after is None else {"retryAfter": retry_after}
    error = {"error": {"message": "The mock server refuses.", "type": "no"}, "status": status, **wait}
    return Expected(
        name=str(status),
        script=[{"response": error}],
        outcome=Outcome(error_class=error_class, status_code=status, retry_after=retry_after),
    )


def spoils(chaos: str, outcome: Outcome, fault: str | None = None, rate: int = 1) -> Expected:
    """Return a case with the chaos rate *chaos*; aimock's journal calls it *fault*."""
    return Expected(
        name=chaos,
        script=[{"response": TEXT_REPLY, "chaos": {chaos: rate}}],
        outcome=outcome,
        findings=() if fault is None else (fault,),
    )


def streams(
    name: str, outcome: Outcome, fault: str | None = None, modes: tuple[Mode, ...] = STREAMS, **physics: object
) -> Expected:
    return Expected(
        name=name,
        script=[{"response": TEXT_REPLY, **physics}],
        request=SHORT_TIMEOUT,
        outcome=outcome,
        findings=() if fault is None else (fault,),
        modes=modes,
    )


ANSWERS = [
    answers("text", TEXT_REPLY, TEXT_OUTCOME),
    answers(
        "calls",
        {"toolCalls": [OSLO, TOKYO], "usage": USAGE},
        Outcome(
            text="",
            calls=(("weather", {"city": "Oslo"}), ("weather", {"city": "東京"})),
            finish_reason=FinishReason.TOOL_CALLS,
            tokens=(11, 7),
        ),
    ),
    answers("text and a call", {**TEXT_REPLY, "toolCalls": [OSLO]}, CALLED),
    answers(
        "a call before the text",
        {"blocks": [{"type": "toolCall", **OSLO}, {"type": "text", "text": TEXT}], "usage": USAGE},
        CALLED,
    ),
    answers(
        "an answer that reaches its token limit",
        {**TEXT_REPLY, "finishReason": "length"},
        Outcome(text=TEXT, finish_reason=FinishReason.LENGTH, tokens=(11, 7)),
    ),
    answers(
        "an answer that a filter stopped",
        {**TEXT_REPLY, "finishReason": "content_filter"},
        Outcome(text=TEXT, finish_reason=FinishReason.CONTENT_FILTER, tokens=(11, 7)),
    ),
]
ERRORS = [
    fails(400, InvalidRequestError),
    fails(401, AuthenticationError),
    fails(402, QuotaExceededError),
    fails(403, PermissionDeniedError),
    fails(404, ModelNotFoundError),
    fails(422, InvalidRequestError),
    fails(429, RateLimitError, retry_after=3),
    fails(500, ServerError),
    fails(503, ServerError),
    fails(504, ChatTimeoutError),
    fails(529, ServerError),
]
FAULTS = [
    spoils("dropRate", Outcome(error_class=ServerError, status_code=500), "drop"),
    spoils("malformedRate", Outcome(error_class=BadResponseError), "malformed"),
    spoils("rateLimitRate", Outcome(error_class=RateLimitError, status_code=429, retry_after=1), "rateLimit"),
    spoils("disconnectRate", Outcome(error_class=ConnectionFailedError), "disconnect"),
    spoils("latencyMs", TEXT_OUTCOME, rate=50),
    streams(
        "truncated",
        Outcome(error_class=StreamInterruptedError),
        "truncateAfterChunks",
        truncateAfterChunks=4,
        latency=10,
    ),
    streams(
        "cut off", Outcome(error_class=StreamInterruptedError), "disconnectAfterMs", disconnectAfterMs=70, latency=25
    ),
    streams("physics", TEXT_OUTCOME, streamingProfile={"ttft": 60, "tps": 150, "jitter": 0.5}),
    streams("a late first token", Outcome(error_class=ChatTimeoutError), streamingProfile={"ttft": 500, "tps": 1000}),
    streams("a slow stream", Outcome(error_class=ChatTimeoutError), streamingProfile={"ttft": 10, "tps": 2}),
]
CASES = [*ANSWERS, *ERRORS, *FAULTS]

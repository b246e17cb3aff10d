"""What aimock is told to answer, and what must come of it; it counts and remembers, and gives no verdict."""

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

from .calling import HURRIED, TEXT, WITH_TOOLS, Expected, Outcome

TOLD = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
OSLO = {"name": "weather", "arguments": {"city": "Oslo"}}
TOKYO = {"name": "weather", "arguments": {"city": "東京"}}
SAYS = {"content": TEXT, "usage": TOLD}
SAID = Outcome(text=TEXT, finish_reason=FinishReason.STOP, tokens=(11, 7))
CALLED = Outcome(
    text=TEXT, calls=(("weather", {"city": "Oslo"}),), finish_reason=FinishReason.TOOL_CALLS, tokens=(11, 7)
)


def answers(name: str, response: Mapping[str, object], outcome: Outcome) -> Expected:
    return Expected(name=name, script=[{"response": response}], request=WITH_TOOLS, outcome=outcome)


def fails(status: int, kind: type[ChatError], retry_after: int | None = None) -> Expected:
    wait = {} if retry_after is None else {"retryAfter": retry_after}
    error = {"error": {"message": "The judge says no.", "type": "no"}, "status": status, **wait}
    return Expected(
        name=str(status),
        script=[{"response": error}],
        outcome=Outcome(kind=kind, status_code=status, retry_after=retry_after),
    )


def spoils(chaos: str, outcome: Outcome, fault: str | None = None, rate: int = 1) -> Expected:
    """Return what comes of an answer with the *chaos* of this name; the judge remembers it as *fault*."""
    return Expected(
        name=chaos,
        script=[{"response": SAYS, "chaos": {chaos: rate}}],
        outcome=outcome,
        complaints=() if fault is None else (fault,),
    )


def streams(
    name: str, outcome: Outcome, fault: str | None = None, modes: tuple[Mode, ...] = STREAMS, **physics: object
) -> Expected:
    return Expected(
        name=name,
        script=[{"response": SAYS, **physics}],
        request=HURRIED,
        outcome=outcome,
        complaints=() if fault is None else (fault,),
        modes=modes,
    )


ANSWERS = [
    answers("text", SAYS, SAID),
    answers(
        "calls",
        {"toolCalls": [OSLO, TOKYO], "usage": TOLD},
        Outcome(
            text="",
            calls=(("weather", {"city": "Oslo"}), ("weather", {"city": "東京"})),
            finish_reason=FinishReason.TOOL_CALLS,
            tokens=(11, 7),
        ),
    ),
    answers("text and a call", {**SAYS, "toolCalls": [OSLO]}, CALLED),
    answers(
        "a call before the text",
        {"blocks": [{"type": "toolCall", **OSLO}, {"type": "text", "text": TEXT}], "usage": TOLD},
        CALLED,
    ),
    answers(
        "an answer that meets its limit",
        {**SAYS, "finishReason": "length"},
        Outcome(text=TEXT, finish_reason=FinishReason.LENGTH, tokens=(11, 7)),
    ),
    answers(
        "an answer that a filter stopped",
        {**SAYS, "finishReason": "content_filter"},
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
    spoils("dropRate", Outcome(kind=ServerError, status_code=500), "drop"),
    spoils("malformedRate", Outcome(kind=BadResponseError), "malformed"),
    spoils("rateLimitRate", Outcome(kind=RateLimitError, status_code=429, retry_after=1), "rateLimit"),
    spoils("disconnectRate", Outcome(kind=ConnectionFailedError), "disconnect"),
    spoils("latencyMs", SAID, rate=50),
    streams(
        "truncated", Outcome(kind=StreamInterruptedError), "truncateAfterChunks", truncateAfterChunks=4, latency=10
    ),
    streams("cut off", Outcome(kind=StreamInterruptedError), "disconnectAfterMs", disconnectAfterMs=70, latency=25),
    streams("physics", SAID, streamingProfile={"ttft": 60, "tps": 150, "jitter": 0.5}),
    streams("a late first token", Outcome(kind=ChatTimeoutError), streamingProfile={"ttft": 500, "tps": 1000}),
    streams("a slow stream", Outcome(kind=ChatTimeoutError), streamingProfile={"ttft": 10, "tps": 2}),
]
CASES = [*ANSWERS, *ERRORS, *FAULTS]

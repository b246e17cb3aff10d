"""LiteLLMChat while the judges throw dice: whatever they did to a request, as they tell it, is what comes out."""

from llm_core import (
    BadResponseError,
    ChatError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing.clauses.modes import EVERY

from .aimock_judge import AIMock
from .asking import ASK, TEXT, Dialect, Lane, chat_to, outcome
from .explained import UNNOTICED
from .llmock_judge import LLMock

ROUNDS = 12
LLMOCKS: dict[str | None, tuple[type[ChatError] | None, ...]] = {
    None: (None,),
    "chaos:429": (RateLimitError,),
    "chaos:500": (ServerError,),
    "chaos:529": (ServerError,),
    "disconnect": (StreamInterruptedError,),
    "truncate": (StreamInterruptedError, BadResponseError),  # the latter where nothing had been said yet
    "malformed": (BadResponseError,),
}
AIMOCKS: dict[str | None, tuple[type[ChatError] | None, ...]] = {
    None: (None,),
    "drop": (ServerError,),
    "malformed": (BadResponseError,),
    "rateLimit": (RateLimitError,),
    "disconnect": (ConnectionFailedError,),
}


def test_llmocks_dice_come_out_as_they_fell(dialect: Dialect, lane: Lane, chaotic_llmock: LLMock) -> None:
    chat = chat_to(chaotic_llmock.base(dialect), dialect, lane)
    chaotic_llmock.script()

    seen = [outcome(chat, ASK, mode) for _ in range(ROUNDS) for mode in EVERY]
    fell = [_named(one.fault) for one in chaotic_llmock.requests()]

    assert len(seen) == len(fell)
    wrong = [(fault, one) for fault, one in zip(fell, seen, strict=True) if one.kind not in LLMOCKS[fault]]
    assert [] == [(fault, one) for fault, one in wrong if fault not in UNNOTICED.get(("llmock", lane, dialect), set())]
    assert set(LLMOCKS) == set(fell)


def _named(fault: str | None) -> str | None:
    """Return ``truncate`` of ``stream:truncate@3``."""
    return None if fault is None else fault.removeprefix("stream:").partition("@")[0]


def test_aimocks_dice_come_out_as_they_fell(dialect: Dialect, lane: Lane, aimock: AIMock) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane)
    rates = {"dropRate": 0.2, "malformedRate": 0.2, "rateLimitRate": 0.2, "disconnectRate": 0.2, "latencyMs": 5}
    aimock.script({"match": {"userMessage": "weather"}, "response": {"content": TEXT}}, chaos=rates)

    seen = [outcome(chat, ASK, mode) for _ in range(ROUNDS) for mode in EVERY]
    fell = [one.fault for one in aimock.requests()]

    assert len(seen) == len(fell)
    wrong = [(fault, one) for fault, one in zip(fell, seen, strict=True) if one.kind not in AIMOCKS[fault]]
    assert [] == [(fault, one) for fault, one in wrong if fault not in UNNOTICED.get(("aimock", lane, dialect), set())]
    assert set(AIMOCKS) == set(fell)

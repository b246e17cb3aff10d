"""LiteLLMChat while the mock servers play random faults: the outcome of each call matches the recorded fault."""

from llm_core import (
    BadResponseError,
    ChatError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing.clauses.modes import EVERY

from .aimock_server import AIMock
from .calling import REQUEST, TEXT, Dialect, Lane, chat_to, outcome
from .known_differences import UNDETECTED
from .llmock_server import LLMock

ROUNDS = 12
LLMOCKS: dict[str | None, tuple[type[ChatError] | None, ...]] = {
    None: (None,),
    "chaos:429": (RateLimitError,),
    "chaos:500": (ServerError,),
    "chaos:529": (ServerError,),
    "disconnect": (StreamInterruptedError,),
    "truncate": (StreamInterruptedError, BadResponseError),  # BadResponseError where no text had arrived
    "malformed": (BadResponseError,),
}
AIMOCKS: dict[str | None, tuple[type[ChatError] | None, ...]] = {
    None: (None,),
    "drop": (ServerError,),
    "malformed": (BadResponseError,),
    "rateLimit": (RateLimitError,),
    "disconnect": (ConnectionFailedError,),
}


def test_random_faults_of_llmock_have_the_expected_outcomes(
    dialect: Dialect, lane: Lane, chaotic_llmock: LLMock
) -> None:
    chat = chat_to(chaotic_llmock.base(dialect), dialect, lane)
    chaotic_llmock.script()

    seen = [outcome(chat, REQUEST, mode) for _ in range(ROUNDS) for mode in EVERY]
    faults = [_fault_name(one.fault) for one in chaotic_llmock.requests()]

    assert len(seen) == len(faults)
    wrong = [(fault, one) for fault, one in zip(faults, seen, strict=True) if one.error_class not in LLMOCKS[fault]]
    assert [] == [(fault, one) for fault, one in wrong if fault not in UNDETECTED.get(("llmock", lane, dialect), set())]
    assert set(LLMOCKS) == set(faults)


def _fault_name(fault: str | None) -> str | None:
    """Return the name in *fault*: ``truncate`` of ``stream:truncate@3``."""
    return None if fault is None else fault.removeprefix("stream:").partition("@")[0]


def test_random_faults_of_aimock_have_the_expected_outcomes(dialect: Dialect, lane: Lane, aimock: AIMock) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane)
    rates = {"dropRate": 0.2, "malformedRate": 0.2, "rateLimitRate": 0.2, "disconnectRate": 0.2, "latencyMs": 5}
    aimock.script({"match": {"userMessage": "weather"}, "response": {"content": TEXT}}, chaos=rates)

    seen = [outcome(chat, REQUEST, mode) for _ in range(ROUNDS) for mode in EVERY]
    faults = [one.fault for one in aimock.requests()]

    assert len(seen) == len(faults)
    wrong = [(fault, one) for fault, one in zip(faults, seen, strict=True) if one.error_class not in AIMOCKS[fault]]
    assert [] == [(fault, one) for fault, one in wrong if fault not in UNDETECTED.get(("aimock", lane, dialect), set())]
    assert set(AIMOCKS) == set(faults)

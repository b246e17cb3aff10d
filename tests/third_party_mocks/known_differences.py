"""Findings of the mock servers that are not faults of the adapter, and known failures of its call lane."""

from collections.abc import Sequence

import attrs
import pytest

from llm_core.testing.clauses.modes import STREAMS, Mode

from .calling import Dialect, Lane

# Every finding that llmock reports about the adapter; a finding that is not listed here fails the tests.
EXPLAINED_FINDINGS = {
    "gave_up": "One call is one attempt, by contract; with `Retrying` stacked over it llmock reports no finding",
    "truncated_stream_accepted": "llmock sees no second request, but not that the adapter raises, which is asserted",
    "malformed_chunk_ignored": "As above",
}
SNAKE_CASE = "LiteLLM sends Google's fields in snake_case, which Google accepts; the mock servers know only camelCase"
NATIVE_SCHEMA = "llmock does not know Anthropic's own schemas (`output_config.format`), and answers with text"


@attrs.frozen(kw_only=True)
class KnownFailure:
    """A promise that the call lane breaks in these cases; decision record 2 lists it as well."""

    dialect: Dialect
    cases: Sequence[str]
    reason: str
    modes: Sequence[Mode] = STREAMS


SYNC: tuple[Mode, ...] = ("stream",)
WHOLE: tuple[Mode, ...] = ("complete", "acomplete")
LATE = [
    "a delay beyond the timeout",
    "a first token beyond the timeout",
    "a late first token",
    "a slow stream",
    "stall after 5",
]
SYNC_TIMEOUT = "LiteLLM's sync streams from Gemini ignore their timeout"
ENDLESS = "LiteLLM marks every chunk from Gemini as the last one, so a missing finish reason goes unnoticed"
BAD_EVENT = "LiteLLM takes an event that is not JSON for the end of the stream, or skips it"
FILTERED = "LiteLLM drops the candidate that Gemini filtered, with its reason"
LATE_REQUEST = "LiteLLM requests a stream from Gemini only at the first read: a reset looks like one within the answer"

KNOWN_FAILURES = (
    KnownFailure(dialect="anthropic", cases=["malformed after 5"], reason=BAD_EVENT),
    KnownFailure(dialect="gemini", cases=["malformed after 5"], reason=BAD_EVENT),
    KnownFailure(dialect="gemini", cases=["truncate after 5"], reason=ENDLESS),
    KnownFailure(dialect="gemini", cases=LATE, reason=SYNC_TIMEOUT, modes=SYNC),
    KnownFailure(dialect="gemini", cases=["disconnectRate"], reason=LATE_REQUEST),
    KnownFailure(dialect="gemini", cases=["an answer that a filter stopped"], reason=FILTERED, modes=WHOLE),
)
# Random faults that the call lane does not detect, for the reasons above.
UNDETECTED = {
    ("llmock", "call", "anthropic"): {"malformed"},
    ("llmock", "call", "gemini"): {"malformed", "truncate"},
    ("aimock", "call", "gemini"): {"disconnect"},
}


def mark_known_failures(node: pytest.Item, case: str, dialect: Dialect, lane: Lane, mode: Mode) -> None:
    """Mark *node* as a strict xfail if it is a known failure of the call lane."""
    for row in KNOWN_FAILURES:
        if lane == "call" and row.dialect == dialect and mode in row.modes and case in row.cases:
            node.add_marker(pytest.mark.xfail(strict=True, reason=row.reason))

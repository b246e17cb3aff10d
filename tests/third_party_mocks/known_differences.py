"""What the judges find wrong, and why it is no fault of the adapter; and what its call lane is known not to keep."""

from collections.abc import Sequence

import attrs
import pytest

from llm_core.testing.clauses.modes import STREAMS, Mode

from .calling import Dialect, Lane

# Every complaint that llmock makes of us: a complaint that does not stand here fails the tests.
EXPLAINED = {
    "gave_up": "One call is one attempt, by promise; `Retrying` is stacked over it, and with it the judge is content",
    "truncated_stream_accepted": "The judge sees that nobody asks again, not that we raise; that we do is asserted",
    "malformed_chunk_ignored": "As above",
}
SNAKE_CASE = "LiteLLM writes Google's fields with underscores, which Google reads too; the judges know camel case alone"


@attrs.frozen(kw_only=True)
class Unkept:
    """A promise that the call lane does not keep before a judge; the pages of decision 2 say so as well."""

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
ENDLESS = "LiteLLM marks every chunk of Gemini's as the last one, so that an end without a finish looks like any other"
BAD_EVENT = "LiteLLM takes an event that is no JSON for the end, or skips it"
FILTERED = "LiteLLM drops what Gemini filtered, and with it why"
BEGUN = "LiteLLM asks Gemini for a stream only when it is read: a reset looks like one of an answer that had begun"

UNKEPT = (
    Unkept(dialect="anthropic", cases=["malformed after 5"], reason=BAD_EVENT),
    Unkept(dialect="gemini", cases=["malformed after 5"], reason=BAD_EVENT),
    Unkept(dialect="gemini", cases=["truncate after 5"], reason=ENDLESS),
    Unkept(dialect="gemini", cases=LATE, reason=SYNC_TIMEOUT, modes=SYNC),
    Unkept(dialect="gemini", cases=["disconnectRate"], reason=BEGUN),
    Unkept(dialect="gemini", cases=["an answer that a filter stopped"], reason=FILTERED, modes=WHOLE),
)
# What the judges' dice may come to without the call lane's noticing, for the reasons above.
UNNOTICED = {
    ("llmock", "call", "anthropic"): {"malformed"},
    ("llmock", "call", "gemini"): {"malformed", "truncate"},
    ("aimock", "call", "gemini"): {"disconnect"},
}


def expect_what_is_known(node: pytest.Item, case: str, dialect: Dialect, lane: Lane, mode: Mode) -> None:
    """Have *node* fail, strictly, where the call lane is known to break a promise."""
    for row in UNKEPT:
        if lane == "call" and row.dialect == dialect and mode in row.modes and case in row.cases:
            node.add_marker(pytest.mark.xfail(strict=True, reason=row.reason))

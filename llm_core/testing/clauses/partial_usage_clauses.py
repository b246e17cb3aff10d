"""Clauses about usage that the provider reported before an answer ended: on errors, and on streams."""

import asyncio

import pytest

from llm_core.domain.events import TextDelta
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Break

from .clause import clause
from .error_rows import ErrorRowClauses
from .error_table import COUNTED, ERROR_ROWS, TOKENS
from .field_comparison import require_same
from .modes import STREAMS, Mode
from .sample_requests import SIMPLE_REQUEST

ROWS: dict[Break, str] = {"cut": "closed within the answer", "error": "an error event"}


class PartialUsageClauses(ErrorRowClauses):
    """What is known of the usage of an answer that did not end."""

    @clause("error.usage", *STREAMS)
    @pytest.mark.parametrize("how", ROWS)
    def test_an_error_holds_the_usage_that_was_reported(self, mode: Mode, how: Break) -> None:
        """The error of a broken stream has the usage that the provider had reported by then; None if there was none.

        The code that adds `partial` to an error: what a broken answer cost is known where the provider reports its
        usage in each event, or at the beginning.
        """
        self.require_row(ERROR_ROWS[ROWS[how]], mode)

    @clause("stream.usage", *STREAMS)
    def test_a_stream_has_the_usage_that_was_reported(self, mode: Mode) -> None:
        """`usage` of a stream is that of its response, once it has ended; after an early close, what was reported.

        The stream's own state: `llm_core.EventStream` takes a `UsageReport`, whose `read` the generator sets.
        """
        chat = self.make_chat(COUNTED)

        ended, closed = asyncio.run(_ausages(chat)) if mode == "astream" else _usages(chat)

        require_same("input_tokens of a stream that ended", TOKENS, (ended or Usage()).input_tokens)
        seen = (closed or Usage()).input_tokens
        if self.capabilities.http and seen is None:
            reported = self._reported_within(self._dialect.leading_events + 1)
            require_same("input_tokens of a closed stream", reported, seen)
        assert seen in (None, TOKENS), (
            f"input_tokens of a closed stream: {seen:,}, but the provider reported {TOKENS:,}"
        )

    def _reported_within(self, events: int) -> int | None:
        """Return the input tokens that the provider reports in the first *events* events of its answer."""
        sent = b"".join(self._dialect.events(self._dialect.visible(COUNTED))[:events])
        return TOKENS if str(TOKENS).encode() in sent else None


def _usages(chat: ChatPort) -> tuple[Usage | None, Usage | None]:
    """Return the usage of a stream that ended, and of one that is closed after its first text."""
    with chat.stream(SIMPLE_REQUEST) as ended:
        ended.until_done()
    with chat.stream(SIMPLE_REQUEST) as closed:
        next(event for event in closed if isinstance(event, TextDelta))
    return ended.usage, closed.usage


async def _ausages(chat: ChatPort) -> tuple[Usage | None, Usage | None]:
    async with chat.astream(SIMPLE_REQUEST) as ended:
        await ended.until_done()
    async with chat.astream(SIMPLE_REQUEST) as closed:
        async for event in closed:
            if isinstance(event, TextDelta):
                break
    return ended.usage, closed.usage

"""Clauses about usage that the provider reported before an answer ended: on errors, and on streams."""

import asyncio

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.events import TextDelta
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Break, Breaks, Replies

from .clause import clause
from .error_comparison import ErrorComparison
from .modes import STREAMS, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST

TOKENS = 98_765  # of the input: a number that nothing else in an answer has
COUNTED = Replies(text="A rather long answer.", usage=Usage(input_tokens=TOKENS, output_tokens=5), counting=True)


class PartialUsageClauses(ErrorComparison):
    """What is known of the usage of an answer that did not end."""

    @clause("error.usage", *STREAMS)
    @pytest.mark.parametrize("how", ["cut", "error"])
    def test_an_error_holds_the_usage_that_was_reported(self, mode: Mode, how: Break) -> None:
        """The error of a broken stream has the usage that the provider had reported by then; None if there was none.

        The code that adds `partial` to an error: what a broken answer cost is known where the provider reports its
        usage in each event, or at the beginning.
        """
        broken = Breaks(how=how, reply=COUNTED)

        with pytest.raises(ChatError) as caught:
            call_in_mode(self.make_chat(broken), SIMPLE_REQUEST, mode)

        seen = (caught.value.usage or Usage()).input_tokens
        if self.capabilities.http:
            assert self._reported_within(broken.after) == seen
        assert seen in (None, TOKENS)

    @clause("stream.usage", *STREAMS)
    def test_a_stream_has_the_usage_that_was_reported(self, mode: Mode) -> None:
        """`usage` of a stream is that of its response, once it has ended; after an early close, what was reported.

        The stream's own state: `llm_core.EventStream` takes a `UsageReport`, whose `read` the generator sets.
        """
        chat = self.make_chat(COUNTED)

        ended, closed = asyncio.run(_ausages(chat)) if mode == "astream" else _usages(chat)

        assert ended == attrs.evolve(ended or Usage(), input_tokens=TOKENS)
        seen = (closed or Usage()).input_tokens
        if self.capabilities.http and seen is None:
            assert self._reported_within(self._dialect.leading_events + 1) == seen
        assert seen in (None, TOKENS)

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

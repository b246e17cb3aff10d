"""Clauses for any answer and any history: hypothesis generates examples and minimises failing ones."""

from typing import TypeVar

from llm_core.testing.scenarios import Replies

from . import hard_replies
from .clause import clause
from .drawn_values import DrawnValues
from .error_comparison import ErrorComparison, Failing
from .hard_replies import HARD_FAILURES, HARD_REPLIES, LONG_EVENT
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

Value = TypeVar("Value")


class PropertyClauses(DrawnValues, ErrorComparison):
    """What holds for all values."""

    @clause("law.stream-equals-complete", *STREAMS)
    def test_every_stream_equals_the_complete_answer(self, mode: Mode) -> None:
        """For any answer in chunks of any size, the events of a stream add up to what the provider sent.

        The decoding of streams. Bytes are split before they are text: a packet may end within a character or a line,
        and JSON may contain line ends of `str.splitlines` that the wire format does not have (U+2028, U+0085). Nothing
        is added that the provider did not send, and nothing is left out.
        """
        self._for_every_reply(mode)

    @clause("law.colours-agree", "complete", "acomplete")
    def test_sync_and_async_agree(self, mode: Mode) -> None:
        """For any answer, `complete` and `acomplete` return what the provider sent, as streams do: all modes agree.

        Code that the modes do not share. Write every decision once, as a plain function. Nothing is added that the
        provider did not send, and nothing is left out.
        """
        self._for_every_reply(mode)

    @clause("law.error-arrives", *EVERY)
    def test_every_mode_raises_the_error_that_was_sent(self, mode: Mode) -> None:
        """For any failure, every mode raises the error that it stands for, and each field holds what was sent.

        The code that makes errors. Sync and async, streams and whole answers share it: write each decision once, as a
        plain function.
        """
        self.for_every(hard_replies.failures(), lambda failure: self._check_failure(failure, mode), first=HARD_FAILURES)

    def _for_every_reply(self, mode: Mode) -> None:
        hard = [reply for reply in HARD_REPLIES if self.capabilities.tools or not reply.calls]
        hard += [LONG_EVENT] if self.capabilities.http else []
        every = hard_replies.replies(with_tools=self.capabilities.tools)
        self.for_every(every, lambda reply: self._check_reply(reply, mode), first=hard)

    def _check_reply(self, reply: Replies, mode: Mode) -> None:
        request = REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST

        response = call_in_mode(self.make_chat(reply), request, mode)

        self.require_answer(reply, response)

    def _check_failure(self, failure: Failing, mode: Mode) -> None:
        self.error_from(failure, mode)

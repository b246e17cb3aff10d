"""Clauses for any answer and any history: hypothesis generates examples and minimises failing ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TypeVar

import attrs
from hypothesis import HealthCheck, Phase, example, given, reject, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from llm_core.domain.messages import AssistantMessage, Message, ToolMessage, UserMessage
from llm_core.domain.tools import Tool, ToolCall
from llm_core.testing import strategies
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.scenarios import Replies

from . import hard_replies
from .clause import clause
from .error_comparison import ErrorComparison, Failing
from .hard_replies import HARD_FAILURES, HARD_REPLIES
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import HARD_TEXT, REQUEST_WITH_TOOLS, SIMPLE_REQUEST, WEATHER

Value = TypeVar("Value")

_EQUAL_CALLS = [ToolCall(id=f"call_{index}", name=WEATHER.name, arguments={"city": "Ålesund 🜁"}) for index in range(2)]
_HARD_HISTORY: list[Message] = [
    UserMessage(HARD_TEXT),
    AssistantMessage("", tool_calls=_EQUAL_CALLS),
    *(ToolMessage(HARD_TEXT, tool_call_id=call.id) for call in _EQUAL_CALLS),
    UserMessage(HARD_TEXT),
]


class PropertyClauses(ErrorComparison):
    """What holds for all values."""

    examples = 20
    """How many examples are generated for each property."""

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

    @clause("law.history-arrives", *EVERY)
    def test_every_history_arrives_whole(self, mode: Mode) -> None:
        """For any history, each message reaches the model, in order and unchanged.

        The encoding of messages: code that strips, joins, drops, reorders or re-encodes them.
        """
        tools = self._tools()
        hard = [_HARD_HISTORY] if tools else []
        self.for_every(strategies.histories(tools), lambda history: self._check_history(history, mode), first=hard)

    def for_every(
        self, values: SearchStrategy[Value], check: Callable[[Value], None], *, first: Sequence[Value] = ()
    ) -> None:
        """Check the values of *first*, then generated *values*, each with a fake provider of its own.

        A generated value that fails is shown; it is minimised first where calls are fast.
        """
        shrinks = not (
            self.capabilities.http or self._is_xfail
        )  # over HTTP it takes minutes, and an xfail shows no example

        @settings(
            max_examples=self.examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if shrinks else ())),
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],  # an adapter may be slow
        )
        @given(values)
        def each(value: Value) -> None:
            with self.isolated():
                try:
                    check(value)
                except NotExpressibleError:
                    reject()

        for value in reversed(first):
            each = example(value)(each)
        with _hypothesis_folder_elsewhere():
            each()

    def _for_every_reply(self, mode: Mode) -> None:
        hard = [reply for reply in HARD_REPLIES if self.capabilities.tools or not reply.calls]
        every = hard_replies.replies(with_tools=self.capabilities.tools)
        self.for_every(every, lambda reply: self._check_reply(reply, mode), first=hard)

    def _tools(self) -> Sequence[Tool]:
        return REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()

    def _check_reply(self, reply: Replies, mode: Mode) -> None:
        request = REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST

        response = call_in_mode(self.make_chat(reply), request, mode)

        self.require_answer(reply, response)

    def _check_failure(self, failure: Failing, mode: Mode) -> None:
        self.error_from(failure, mode)

    def _check_history(self, history: list[Message], mode: Mode) -> None:
        request = attrs.evolve(REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST, messages=history)

        call_in_mode(self.make_chat(Replies()), request, mode)

        assert self.expected_request(request).messages == self.received_request(request).messages


@contextmanager
def _hypothesis_folder_elsewhere() -> Iterator[None]:
    """Let hypothesis use a temporary folder: by default it would create one in the author's project."""
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # restore the default

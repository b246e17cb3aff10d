"""What holds for every answer and every history, not for the chosen ones alone: examples are drawn, and made small."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TypeVar

import attrs
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from llm_core.domain.messages import Message
from llm_core.domain.responses import ChatResponse
from llm_core.domain.tools import ToolCall

from . import strategies
from .arranging import Arranging
from .asking import ASK, ASK_WITH_TOOLS
from .clause import clause
from .dialects import UnsayableError
from .modes import EVERY, STREAMS, Mode, ask
from .scenarios import Replies

Value = TypeVar("Value")

_WHOLE: Mapping[Mode, Mode] = {"stream": "complete", "astream": "acomplete"}
_OTHER_COLOUR: Mapping[Mode, Mode] = {"complete": "acomplete", "stream": "astream"}


class LawClauses(Arranging):
    """What always holds."""

    examples = 20
    """How many examples each law is tried on. They are the same in every run."""

    @clause("law.stream-equals-complete", *STREAMS)
    def test_every_stream_folds_to_the_whole_answer(self, mode: Mode) -> None:
        """Any answer, in pieces of any size: folding its events gives the same as asking for the whole answer.

        How the stream is decoded. Bytes are split before they are text: a packet may end within a character or a line;
        and JSON may hold line ends that `str.splitlines` knows and the wire format does not (U+2028, U+0085).
        """
        self.for_every(self._replies(), lambda reply: self._agree(reply, _WHOLE[mode], mode))

    @clause("law.colours-agree", *_OTHER_COLOUR)
    def test_both_colours_say_the_same(self, mode: Mode) -> None:
        """Any answer, in pieces of any size: blocking and awaiting say the same.

        What the two colours do not share. Whatever decides is best written once, as a plain function.
        """
        self.for_every(self._replies(), lambda reply: self._agree(reply, mode, _OTHER_COLOUR[mode]))

    @clause("law.history-arrives", *EVERY)
    def test_every_history_arrives_whole(self, mode: Mode) -> None:
        """Any history: each message reaches the model, in order and to the letter.

        The encoding of messages: what strips, joins, drops, re-orders or re-encodes them.
        """
        tools = ASK_WITH_TOOLS.tools if self.capabilities.tools else ()
        self.for_every(strategies.histories(tools), lambda history: self._carry(history, mode))

    def for_every(self, values: SearchStrategy[Value], check: Callable[[Value], None]) -> None:
        """Check values of *values*, each with a far side of its own; one that fails is made small and shown."""

        @settings(
            max_examples=self.examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
            ],  # the adapter and its wire are so
        )
        @given(values)
        def each(value: Value) -> None:
            with self.apart():
                try:
                    check(value)
                except UnsayableError:
                    reject()

        with _nothing_left_behind():
            each()

    def _replies(self) -> SearchStrategy[Replies]:
        return strategies.replies(ASK_WITH_TOOLS.tools if self.capabilities.tools else ())

    def _agree(self, reply: Replies, one: Mode, other: Mode) -> None:
        chat, request = self.given(reply), ASK_WITH_TOOLS if reply.calls else ASK

        first, second = (_told(ask(chat, request, mode), reply) for mode in (one, other))

        assert first == second

    def _carry(self, history: list[Message], mode: Mode) -> None:
        request = attrs.evolve(ASK_WITH_TOOLS if self.capabilities.tools else ASK, messages=history)

        ask(self.given(Replies()), request, mode)

        assert self.carried(request).messages == self.understood(request).messages


def _told(response: ChatResponse, reply: Replies) -> Mapping[str, object]:
    """Return what all modes must agree on. An id that the provider did not give is another one in every answer."""
    given_ids = {call.id for call in reply.calls}
    return {
        "text": response.text,
        "calls": [
            (
                call.id if call.id in given_ids else "made",
                call.name,
                call.arguments if isinstance(call, ToolCall) else call.arguments_text,
            )
            for call in response.message.every_call
        ],
        "reasoning": "".join(part.text for part in response.message.reasoning),
        "usage": response.usage,
        "finish reason": response.finish_reason,
    }


@contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """Let hypothesis keep its notes elsewhere: it would make a folder in the author's project, without being asked."""
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # the default again

"""What holds for every answer and every history, not for the chosen ones alone: examples are drawn, and made small."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import TypeAlias, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, example, given, reject, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import AssistantMessage, Message, ToolMessage, UserMessage
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import Tool, ToolCall
from llm_core.testing import strategies
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.scenarios import Call, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS, HARD_TEXT, WEATHER

Value = TypeVar("Value")
Said: TypeAlias = Callable[[Callable[[], ChatResponse], Replies], Mapping[str, object]]

_WHOLE_MODE: Mapping[Mode, Mode] = {"stream": "complete", "astream": "acomplete"}
_ASYNC_MODE: Mapping[Mode, Mode] = {"complete": "acomplete", "stream": "astream"}

# Where others fell: tried first, so that whoever falls there does so in every run.
_TWINS = [Call(id=f"call_{index}", name=WEATHER.name, arguments_text='{"city": "Ålesund 🜁"}') for index in range(2)]
_HARD_REPLIES = (
    Replies(text=HARD_TEXT, chunk_size=5, packet_size=1),
    Replies(text="Looking.", calls=_TWINS, finish_reason=FinishReason.LENGTH, chunk_size=1),
    Replies(text=HARD_TEXT, reasoning=HARD_TEXT, calls=_TWINS, chunk_size=3, packet_size=7),
)
_EQUAL_CALLS = [ToolCall(id=call.id or "", name=call.name, arguments={"city": "Ålesund 🜁"}) for call in _TWINS]
_HARD_HISTORY: list[Message] = [
    UserMessage(HARD_TEXT),
    AssistantMessage("", tool_calls=_EQUAL_CALLS),
    *(ToolMessage(HARD_TEXT, tool_call_id=call.id) for call in _EQUAL_CALLS),
    UserMessage(HARD_TEXT),
]


def _told(answer: Callable[[], ChatResponse], reply: Replies) -> Mapping[str, object]:
    """Return what all modes must agree on. An id that the provider did not give is another one in every answer."""
    response = answer()
    given_ids = {call.id for call in reply.calls}
    return {
        "text": response.text,
        "calls": [
            (
                call.id if call.id in given_ids else "made",
                call.name,
                call.arguments if isinstance(call, ToolCall) else call.arguments_text,
            )
            for call in response.message.all_tool_calls
        ],
        "reasoning": "".join(part.text for part in response.message.reasoning),
        "usage": response.usage,
        "finish reason": response.finish_reason,
    }


def _comparable_or_error(answer: Callable[[], ChatResponse], reply: Replies) -> Mapping[str, object]:
    try:
        return _told(answer, reply)
    except ChatError as error:
        return {"error": type(error)}


class PropertyClauses(ContractAuthorApi):
    """What always holds."""

    examples = 20
    """How many examples are drawn for each law."""

    @clause("law.stream-equals-complete", *STREAMS)
    def test_every_stream_folds_to_the_whole_answer(self, mode: Mode) -> None:
        """Any answer, in pieces of any size: folding its events gives the same as asking for the whole answer.

        How the stream is decoded. Bytes are split before they are text: a packet may end within a character or a line;
        and JSON may hold line ends that `str.splitlines` knows and the wire format does not (U+2028, U+0085).
        """
        self._for_every_reply(lambda reply: self._agree(reply, _WHOLE_MODE[mode], mode))

    @clause("law.colours-agree", *_ASYNC_MODE)
    def test_both_colours_say_the_same(self, mode: Mode) -> None:
        """Any answer, in pieces of any size: blocking and awaiting say the same, be it an error.

        What the two colours do not share. Whatever decides is best written once, as a plain function.
        """
        self._for_every_reply(lambda reply: self._agree(reply, mode, _ASYNC_MODE[mode], said=_comparable_or_error))

    @clause("law.history-arrives", *EVERY)
    def test_every_history_arrives_whole(self, mode: Mode) -> None:
        """Any history: each message reaches the model, in order and to the letter.

        The encoding of messages: what strips, joins, drops, re-orders or re-encodes them.
        """
        tools = self._tools()
        hard = [_HARD_HISTORY] if tools else []
        self.for_every(strategies.histories(tools), lambda history: self._carry(history, mode), first=hard)

    def for_every(
        self, values: SearchStrategy[Value], check: Callable[[Value], None], *, first: Sequence[Value] = ()
    ) -> None:
        """Check what stands *first*, then some of *values*, each with a fake provider of its own.

        One that is drawn and fails is shown: made small, where asking costs nothing.
        """
        made_small = not (self.capabilities.http or self._is_xfail)  # over HTTP it takes minutes; nobody reads an xfail

        @settings(
            max_examples=self.examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if made_small else ())),
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],  # an adapter may be
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
        with _nothing_left_behind():
            each()

    def _for_every_reply(self, check: Callable[[Replies], None]) -> None:
        tools = self._tools()
        hard = [reply for reply in _HARD_REPLIES if tools or not reply.calls]
        self.for_every(strategies.replies(tools), check, first=hard)

    def _tools(self) -> Sequence[Tool]:
        return REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()

    def _agree(self, reply: Replies, one: Mode, other: Mode, *, said: Said = _told) -> None:
        chat, request = self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST

        first, second = (said(partial(call_in_mode, chat, request, mode), reply) for mode in (one, other))

        assert first == second

    def _carry(self, history: list[Message], mode: Mode) -> None:
        request = attrs.evolve(REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST, messages=history)

        call_in_mode(self.make_chat(Replies()), request, mode)

        assert self.expected_request(request).messages == self.received_request(request).messages


@contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """Let hypothesis keep its notes elsewhere: it would make a folder in the author's project, without being asked."""
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # the default again

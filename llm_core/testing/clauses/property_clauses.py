"""Clauses for any answer and any history: hypothesis generates examples and minimises failing ones."""

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
from .sample_requests import HARD_TEXT, REQUEST_WITH_TOOLS, SIMPLE_REQUEST, WEATHER

Value = TypeVar("Value")
Comparable: TypeAlias = Callable[[Callable[[], ChatResponse], Replies], Mapping[str, object]]

_WHOLE_MODE: Mapping[Mode, Mode] = {"stream": "complete", "astream": "acomplete"}
_ASYNC_MODE: Mapping[Mode, Mode] = {"complete": "acomplete", "stream": "astream"}

# Examples that broke other adapters come first, so that an adapter that they break fails in every run.
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


def _comparable(answer: Callable[[], ChatResponse], reply: Replies) -> Mapping[str, object]:
    """Return what all modes must agree on. An id that the provider did not send differs in every answer."""
    response = answer()
    given_ids = {call.id for call in reply.calls}
    return {
        "text": response.text,
        "calls": [
            (
                call.id if call.id in given_ids else "made up",
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
        return _comparable(answer, reply)
    except ChatError as error:
        return {"error": type(error)}


class PropertyClauses(ContractAuthorApi):
    """What holds for all values."""

    examples = 20
    """How many examples are generated for each property."""

    @clause("law.stream-equals-complete", *STREAMS)
    def test_every_stream_equals_the_complete_answer(self, mode: Mode) -> None:
        """For any answer in chunks of any size, the events of `stream` add up to the response of `complete`.

        The decoding of streams. Bytes are split before they are text: a packet may end within a character or a line,
        and JSON may contain line ends of `str.splitlines` that the wire format does not have (U+2028, U+0085).
        """
        self._for_every_reply(lambda reply: self._check_modes(reply, _WHOLE_MODE[mode], mode))

    @clause("law.colours-agree", *_ASYNC_MODE)
    def test_sync_and_async_agree(self, mode: Mode) -> None:
        """For any answer in chunks of any size, sync and async give the same response or the same error class.

        Code that sync and async do not share. Write every decision once, as a plain function.
        """
        self._for_every_reply(
            lambda reply: self._check_modes(reply, mode, _ASYNC_MODE[mode], result=_comparable_or_error)
        )

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

    def _for_every_reply(self, check: Callable[[Replies], None]) -> None:
        tools = self._tools()
        hard = [reply for reply in _HARD_REPLIES if tools or not reply.calls]
        self.for_every(strategies.replies(tools), check, first=hard)

    def _tools(self) -> Sequence[Tool]:
        return REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()

    def _check_modes(
        self, reply: Replies, first_mode: Mode, second_mode: Mode, *, result: Comparable = _comparable
    ) -> None:
        chat, request = self.make_chat(reply), REQUEST_WITH_TOOLS if reply.calls else SIMPLE_REQUEST

        first, second = (
            result(partial(call_in_mode, chat, request, mode), reply) for mode in (first_mode, second_mode)
        )

        assert first == second

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

"""Clauses for any answer and any history: hypothesis generates examples and minimises failing ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from llm_core.domain.errors import ChatError
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import Tool, ToolCall
from llm_core.testing import strategies
from llm_core.testing.scenarios import Call, Replies

from .clause import clause
from .drawn_values import DrawnValues
from .modes import STREAMS, Mode, call_in_mode
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


class PropertyClauses(DrawnValues):
    """What holds for all values."""

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

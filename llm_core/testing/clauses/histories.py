"""What was said before reaches the model, whole and in order; asserted on the recorder, never on the answer."""

import attrs
import pytest

from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage
from llm_core.domain.parts import ImagePart, ProviderData, TextPart
from llm_core.domain.requests import ChatRequest
from llm_core.testing.scenarios import Call, Replies

from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .odd_histories import ODD_HISTORIES
from .request_assertions import RequestAssertions
from .sample_requests import (
    AFTER_EMPTY_RESULT,
    AFTER_INVALID_CALL,
    SIMPLE_REQUEST,
    REQUEST_WITH_TOOLS,
    HISTORY,
    LATER_SYSTEM,
    LATER_INSTRUCTION,
    PIXEL,
    WITHOUT_CALLS,
)

SIGNATURE = "c2lnbmVkIGFuZCBzZWFsZWQ="


class HistoryClauses(RequestAssertions):
    """What is sent of what was said."""

    @clause("request.messages-whole", *EVERY)
    def test_every_message_arrives_whole_and_in_order(self, mode: Mode) -> None:
        """System message, history, tool calls and results reach the model in order, white space and unicode kept.

        The encoding of messages: what strips, joins, merges or re-orders, and what happens to a system message.
        """
        history = HISTORY if self.capabilities.tools else WITHOUT_CALLS

        seen = self.seen(history, mode)

        assert self.expected_request(history).messages == seen.messages

    @clause("request.odd-history", *EVERY)
    @pytest.mark.parametrize("history", ODD_HISTORIES)
    def test_what_agents_leave_arrives_as_it_stands(self, mode: Mode, history: str) -> None:
        """A history that was trimmed, cut off, or is long reaches the model as it stands, or is refused, nothing sent.

        The encoding of messages. Nothing is made up, left out, joined or moved to please a provider: no first or last
        word of the user's, no result of a call that has none, no limit to what is sent.
        """
        tools = REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()
        request = ChatRequest(messages=ODD_HISTORIES[history], tools=tools)
        if self.is_refused(request, mode):
            return

        assert self.expected_request(request).messages == self.received_request(request).messages

    @clause("request.later-system", *EVERY)
    def test_a_later_system_message_arrives(self, mode: Mode) -> None:
        """A system message may come late: it reaches the model where it stood, or where the wire has room for it.

        The encoding of system messages: a wire with one place for them takes them all there, or this one among what was
        said, to the letter.
        """
        seen = self.seen(LATER_SYSTEM, mode)

        carried = self.expected_request(LATER_SYSTEM).messages
        if [*map(type, carried)] == [*map(type, LATER_SYSTEM.messages)]:  # the wire has room for it where it stood
            assert carried == seen.messages
        assert LATER_INSTRUCTION in [text for message in seen.messages for text in _texts(message)]

    @clause("request.calls-told-or-refused", *EVERY)
    def test_earlier_calls_are_told_or_refused(self, mode: Mode) -> None:
        """Calls and results of earlier turns are part of the history, also where no tools are on offer now.

        The encoding of messages where there are no tools. Whoever cannot tell of calls refuses the history with
        UnsupportedFeatureError, before anything is sent: what was left out in silence is missed by the model alone.
        """
        history = attrs.evolve(HISTORY, tools=())
        if self.is_refused(history, mode):
            return

        assert self.expected_request(history).messages == self.received_request(history).messages

    @clause("request.empty-result", *EVERY, needs="tools")
    def test_an_empty_result_is_a_result(self, mode: Mode) -> None:
        """A tool that returns nothing has answered: its empty words arrive, and none are put in their place.

        The encoding of results: a test by truth drops the message, or writes "null" into it; the call before it is then
        without an answer, which providers refuse.
        """
        seen = self.seen(AFTER_EMPTY_RESULT, mode)

        assert self.expected_request(AFTER_EMPTY_RESULT).messages == seen.messages

    @clause("request.result-media", *EVERY, needs="tools")
    def test_a_picture_in_a_result_arrives_or_is_refused(self, mode: Mode) -> None:
        """A tool may answer with a picture: it reaches the model, or the request is refused with nothing sent.

        The encoding of results. Most wires take text alone there; an adapter that joins the words of a result loses its
        pictures in silence.
        """
        *before, _, last = AFTER_EMPTY_RESULT.messages
        shown = ToolMessage([TextPart("Look: "), ImagePart(data=PIXEL, media_type="image/png")], tool_call_id="call_a")
        if self.is_refused(attrs.evolve(AFTER_EMPTY_RESULT, messages=[*before, shown, last]), mode):
            return

        results = [message for message in self.recorder.last.messages if isinstance(message, ToolMessage)]
        assert [PIXEL] == [part.data for one in results for part in one.parts if isinstance(part, ImagePart)]

    @clause("request.signature-goes-back", *EVERY, needs="tools")
    def test_the_signature_of_a_thought_goes_back(self, mode: Mode) -> None:
        """What the provider signed goes back to it with its signature, once the tools have answered.

        The reading of reasoning, and its encoding: `ReasoningPart.signature` and the `provider_data` of parts, calls
        and messages. In a stream the signature comes in an event of its own.
        """
        call = Call(id="call_1", name="get_time", arguments_text="{}")
        chat = self.make_chat(Replies(text="Hm.", reasoning="Well.", signature=SIGNATURE, calls=[call]))

        said = call_in_mode(chat, REQUEST_WITH_TOOLS, mode).message
        results = [ToolMessage("noon", tool_call_id=call.id) for call in said.tool_calls]
        call_in_mode(chat, attrs.evolve(REQUEST_WITH_TOOLS, messages=[*SIMPLE_REQUEST.messages, said, *results]), mode)

        assert SIGNATURE in self.sent()

    @clause("request.foreign-data-stays", *EVERY)
    def test_the_data_of_another_provider_stays(self, mode: Mode) -> None:
        """Opaque data goes back to the provider that it came from, and to no other.

        The encoding of `provider_data`: look at its `provider` before it is sent.
        """
        foreign = [ProviderData(provider="elsewhere", value={"opaque": SIGNATURE})]
        thought = ReasoningPart("Well.", provider_data=foreign)
        said = AssistantMessage("Hm.", reasoning=[thought], provider_data=foreign)
        chat = self.make_chat(Replies())
        self.skip_unless_expressible("a provider", expressible=self.capabilities.http)

        call_in_mode(chat, ChatRequest(messages=[*SIMPLE_REQUEST.messages, said, *SIMPLE_REQUEST.messages]), mode)

        assert SIGNATURE not in self.sent()

    @clause("request.call-text-verbatim", *EVERY, needs="tools")
    def test_the_text_of_earlier_calls_goes_back_verbatim(self, mode: Mode) -> None:
        """The model's own spelling of its arguments is sent back to the letter.

        The encoding of calls: `call.text`, not `json.dumps(call.arguments)`: a re-spaced history misses the provider's
        prompt cache.
        """
        seen = self.seen(HISTORY, mode)

        texts = [call.arguments_json for call in _assistant(self.expected_request(HISTORY)).tool_calls]
        assert texts == [call.arguments_json for call in _assistant(seen).tool_calls]

    @clause("request.invalid-call-goes-back", *EVERY, needs="tools")
    def test_an_invalid_call_goes_back_with_its_error(self, mode: Mode) -> None:
        """An invalid call is sent back as it was, and the failed result is marked as an error.

        The encoding of calls: `message.all_tool_calls`, not `tool_calls` alone; and of results: the wire's error flag, and
        the words as they are; where it has none, `Error: ` before the words.
        """
        seen = self.seen(AFTER_INVALID_CALL, mode)

        assert [call.arguments_text for call in _assistant(seen).invalid_tool_calls] == ['{"city": "Os']
        assert _results(self.expected_request(AFTER_INVALID_CALL)) == _results(seen)


def _texts(message: Message) -> list[str]:
    match message:
        case SystemMessage(content) | AssistantMessage(content):
            return [content]
        case _:
            return [part.text for part in message.parts if isinstance(part, TextPart)]


def _assistant(request: ChatRequest) -> AssistantMessage:
    return next(
        message for message in request.messages if isinstance(message, AssistantMessage) and message.all_tool_calls
    )


def _results(request: ChatRequest) -> list[ToolMessage]:
    return [message for message in request.messages if isinstance(message, ToolMessage)]

"""Clauses about the history: it reaches the model, whole and in order; checked on the recorder, not on the answer."""

import json

import attrs
import pytest

from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import ImagePart, ProviderData, TextPart
from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.answer_documents import answer_documents
from llm_core.testing.scenarios import Call, Replies

from .answer_comparison import AnswerComparison
from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, Mode, call_in_mode
from .odd_histories import ODD_HISTORIES
from .replay_order import ALTERNATING, MARKS, marks_in, require_order
from .request_assertions import RequestAssertions
from .sample_requests import (
    AFTER_EMPTY_RESULT,
    AFTER_INVALID_CALL,
    CLOCK,
    HISTORY,
    LATER_INSTRUCTION,
    LATER_SYSTEM,
    PIXEL,
    REQUEST_WITH_TOOLS,
    SIMPLE_REQUEST,
    WITHOUT_CALLS,
)

SIGNATURE = "c2lnbmVkIGFuZCBzZWFsZWQ="


class HistoryClauses(RequestAssertions, AnswerComparison):
    """What is sent of earlier turns."""

    @clause("request.messages-whole", *EVERY)
    def test_every_message_arrives_whole_and_in_order(self, mode: Mode) -> None:
        """System message, history, tool calls and results reach the model in order, white space and unicode intact.

        The encoding of messages: code that strips, joins, merges or reorders them, and the handling of system messages.
        """
        history = HISTORY if self.capabilities.tools else WITHOUT_CALLS

        seen = self.seen(history, mode)

        require_same("messages", self.expected_request(history).messages, seen.messages)

    @clause("request.odd-history", *EVERY)
    @pytest.mark.parametrize("history", ODD_HISTORIES)
    def test_an_unusual_history_arrives_unchanged_or_is_refused(self, mode: Mode, history: str) -> None:
        """A history that was trimmed, cut off or is long reaches the model unchanged, or is refused before it is sent.

        The encoding of messages. Nothing is added, removed, joined or moved to satisfy a provider: no first or last
        user message, no result for a call without one, no limit on the length.
        """
        tools = REQUEST_WITH_TOOLS.tools if self.capabilities.tools else ()
        request = ChatRequest(messages=ODD_HISTORIES[history], tools=tools)
        if self.is_refused(request, mode):
            return

        require_same("messages", self.expected_request(request).messages, self.received_request(request).messages)

    @clause("request.later-system", *EVERY)
    def test_a_later_system_message_arrives(self, mode: Mode) -> None:
        """A later system message reaches the model in its position, or in the wire's one field for system messages.

        The encoding of system messages: a wire with a single field for them puts all of them there, or this one
        unchanged into the conversation.
        """
        seen = self.seen(LATER_SYSTEM, mode)

        expected = self.expected_request(LATER_SYSTEM).messages
        if [*map(type, expected)] == [
            *map(type, LATER_SYSTEM.messages)
        ]:  # the wire keeps the position of system messages
            require_same("messages", expected, seen.messages)
        texts = [text for message in seen.messages for text in _texts(message)]
        assert LATER_INSTRUCTION in texts, (
            f"the later system message {LATER_INSTRUCTION!r} is in no message that was sent"
        )

    @clause("request.calls-told-or-refused", *EVERY)
    def test_earlier_calls_are_sent_or_refused(self, mode: Mode) -> None:
        """Calls and results of earlier turns are sent, also in a request without tools, or the request is refused.

        The encoding of messages without tools. An adapter that cannot send calls refuses the history with
        UnsupportedFeatureError before anything is sent; leaving them out silently changes what the model knows.
        """
        history = attrs.evolve(HISTORY, tools=())
        if self.is_refused(history, mode):
            return

        require_same("messages", self.expected_request(history).messages, self.received_request(history).messages)

    @clause("request.empty-result", *EVERY, needs="tools")
    def test_an_empty_result_is_a_result(self, mode: Mode) -> None:
        """A tool result without text arrives as an empty result: it is neither dropped nor replaced.

        The encoding of results: a truthiness test drops the message, or writes "null"; its call then has no result,
        which providers refuse.
        """
        seen = self.seen(AFTER_EMPTY_RESULT, mode)

        require_same("messages", self.expected_request(AFTER_EMPTY_RESULT).messages, seen.messages)

    @clause("request.result-media", *EVERY, needs="tools")
    def test_an_image_in_a_result_arrives_or_is_refused(self, mode: Mode) -> None:
        """An image in a tool result reaches the model, or the request is refused before it is sent.

        The encoding of results. On a wire whose results carry text only, the image follows in a user message that names
        the tool; an adapter that joins the text of a result drops its images silently.
        """
        *before, _, last = AFTER_EMPTY_RESULT.messages
        result = ToolMessage([TextPart("Look: "), ImagePart(data=PIXEL, media_type="image/png")], tool_call_id="call_a")
        if self.is_refused(attrs.evolve(AFTER_EMPTY_RESULT, messages=[*before, result, last]), mode):
            return

        seen = self.recorder.last.messages
        in_results, after = (
            [
                part.data
                for message in seen
                if isinstance(message, role)
                for part in message.parts
                if isinstance(part, ImagePart)
            ]
            for role in (ToolMessage, UserMessage)
        )
        assert [PIXEL] == in_results + after, f"the image of the result arrived {len(in_results + after)} times"
        named = any(CLOCK.name in message.text for message in seen if isinstance(message, UserMessage))
        assert in_results or named, f"the image follows in a user message that does not name the tool {CLOCK.name}"

    @clause("request.signature-goes-back", *EVERY, needs="tools")
    def test_the_signature_of_reasoning_is_replayed(self, mode: Mode) -> None:
        """Reasoning that the provider signed is sent back to it with its signature, together with the tool results.

        The decoding and encoding of reasoning: `ReasoningPart.signature` and the `provider_data` of parts, calls and
        messages. In a stream the signature comes in an event of its own.
        """
        call = Call(id="call_1", name="get_time", arguments_text="{}")
        chat = self.make_chat(Replies(text="Hm.", reasoning="Well.", signature=SIGNATURE, calls=[call]))

        message = call_in_mode(chat, REQUEST_WITH_TOOLS, mode).message
        results = [ToolMessage("noon", tool_call_id=call.id) for call in message.tool_calls]
        call_in_mode(
            chat, attrs.evolve(REQUEST_WITH_TOOLS, messages=[*SIMPLE_REQUEST.messages, message, *results]), mode
        )

        assert SIGNATURE in self.sent(), "the signature of the reasoning was not sent back"

    @clause("request.replay-order", *EVERY, needs="tools")
    def test_an_answer_goes_back_in_the_order_in_which_it_came(self, mode: Mode) -> None:
        """Reasoning, text and calls that alternate in an answer alternate in the same order when it is sent back.

        The decoding and encoding of an assistant message: its fields hold reasoning, text and calls apart, so keep the
        order in `provider_data`. A provider that signed its reasoning refuses it in another place.
        """
        chat = self.make_chat(ALTERNATING)

        message = call_in_mode(chat, REQUEST_WITH_TOOLS, mode).message
        results = [ToolMessage("noon", tool_call_id=call.id) for call in message.tool_calls]
        call_in_mode(
            chat, attrs.evolve(REQUEST_WITH_TOOLS, messages=[*SIMPLE_REQUEST.messages, message, *results]), mode
        )

        require_order(self._came_in_order(ALTERNATING), self._went_back_in_order())

    def _came_in_order(self, reply: Replies) -> list[str]:
        if not self.capabilities.http:  # a message has no order of reasoning, text and calls
            return [mark for thought in reply.thoughts for mark in (thought.text, thought.signature) if mark]
        return marks_in(answer_documents(self._dialect, reply), MARKS)

    def _went_back_in_order(self) -> list[str]:
        if not self.capabilities.http:
            message = _assistant(self.recorder.last)
            return [mark for part in message.reasoning for mark in (part.text, part.signature or "") if mark]
        return marks_in(json.loads(self.recorder.requests[-1].body), MARKS)

    @clause("request.foreign-data-stays", *EVERY)
    def test_the_data_of_another_provider_is_not_sent(self, mode: Mode) -> None:
        """Opaque data is sent back to the provider that it came from, and to no other.

        The encoding of `provider_data`: check its `provider` before you send it.
        """
        other_data = [ProviderData(provider="elsewhere", value={"opaque": SIGNATURE})]
        reasoning = ReasoningPart("Well.", provider_data=other_data)
        message = AssistantMessage("Hm.", reasoning=[reasoning], provider_data=other_data)
        chat = self.make_chat(Replies())
        self.skip_unless_expressible("the name of a provider", expressible=self.capabilities.http)

        call_in_mode(chat, ChatRequest(messages=[*SIMPLE_REQUEST.messages, message, *SIMPLE_REQUEST.messages]), mode)

        assert SIGNATURE not in self.sent(), "opaque data of another provider was sent"

    @clause("request.call-text-verbatim", *EVERY, needs="tools")
    def test_the_text_of_earlier_calls_is_replayed_verbatim(self, mode: Mode) -> None:
        """The model's own JSON text of its arguments is sent back verbatim, where the wire carries text.

        The encoding of calls: use `call.arguments_json`, not `json.dumps(call.arguments)`; a reformatted history misses
        the provider's prompt cache.
        """
        seen = self.seen(HISTORY, mode)

        expected, sent = _assistant(self.expected_request(HISTORY)).tool_calls, _assistant(seen).tool_calls
        require_same("the texts of arguments", self.argument_texts(*expected), self.argument_texts(*sent))
        require_same("the arguments", [call.arguments for call in expected], [call.arguments for call in sent])

    @clause("request.invalid-call-goes-back", *EVERY, needs="tools")
    def test_an_invalid_call_is_replayed_with_its_error(self, mode: Mode) -> None:
        """An invalid call is sent back unchanged, and its failed result is marked as an error.

        The encoding of calls: use `message.all_tool_calls`, not only `tool_calls`; and of results: set the wire's error
        flag and leave the text unchanged. Without a flag, `Error: ` stands before the text.
        """
        seen = self.seen(AFTER_INVALID_CALL, mode)

        texts = [call.arguments_text for call in _assistant(seen).invalid_tool_calls]
        require_same("the texts of invalid calls", ['{"city": "Os'], texts)
        require_same("the tool results", _results(self.expected_request(AFTER_INVALID_CALL)), _results(seen))


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

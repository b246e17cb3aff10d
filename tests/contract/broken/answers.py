"""Broken in what comes back: the words, the calls, the reasons."""

import html
import json
from collections.abc import Callable

import attrs

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatError,
    ChatPort,
    ChatResponse,
    FinishReason,
    InvalidToolCall,
    ReasoningPart,
    ToolCall,
    from_async,
)
from llm_core.testing.clauses.answers import TEXT_FOR_SCHEMA, TEXT_LIKE_MARKUP

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat

CUT = '{"ci'
DOUBLE = '"{\\"city\\": \\"Oslo\\"}"'


def _says(chat: ChatPort, change: Callable[[AssistantMessage], AssistantMessage]) -> ChatPort:
    """Return *chat*, its messages changed."""
    return Bent(chat, answers=lambda response: attrs.evolve(response, message=change(response.message)))


def _reads_invalid_as(chat: ChatPort, change: Callable[[InvalidToolCall], ToolCall]) -> ChatPort:
    """Return *chat*, its invalid calls changed into valid ones."""
    return _says(
        chat,
        lambda message: attrs.evolve(
            message, invalid_tool_calls=[], tool_calls=[change(call) for call in message.invalid_tool_calls]
        ),
    )


def _empty(call: InvalidToolCall) -> ToolCall:
    return ToolCall(id=call.id, name=call.name, arguments={})


@in_memory("answer.text", shows="assert 'a \\t line")
def strips_the_answer(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=message.content.strip()))


@in_memory("answer.text", shows="assert '  a \\t line")
def writes_line_ends_its_own_way(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=message.content.replace("\r\n", "\n")))


@in_memory("answer.words", shows="```json", text=TEXT_LIKE_MARKUP["fence"])
def cuts_fences_away(chat: ChatPort) -> ChatPort:
    def cut(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, content=message.content.removeprefix("```json\n").removesuffix("\n```"))

    return _says(chat, cut)


@in_memory("answer.words", shows="<think>", text=TEXT_LIKE_MARKUP["thoughts"])
def looks_for_thoughts_among_the_words(chat: ChatPort) -> ChatPort:
    def move(message: AssistantMessage) -> AssistantMessage:
        thought, _, said = message.content.removeprefix("<think>").partition("</think>")
        return attrs.evolve(message, content=said, reasoning=[ReasoningPart(thought)]) if said else message

    return _says(chat, move)


@in_memory("answer.words", shows="'' == '{\"name\"", text=TEXT_LIKE_MARKUP["call"])
def takes_words_for_a_call(chat: ChatPort) -> ChatPort:
    def read(message: AssistantMessage) -> AssistantMessage:
        told = json.loads(message.content)
        return AssistantMessage(tool_calls=[ToolCall(id="call_1", name=told["name"], arguments=told["arguments"])])

    return _says(chat, read)


@in_memory("answer.words", shows="&lt;b&gt;", text=TEXT_LIKE_MARKUP["entities"])
def takes_words_for_html(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=html.unescape(message.content)))


@in_memory("answer.structured", shows='{"city" :', text=TEXT_FOR_SCHEMA["spaced"])
def tidies_up_what_was_asked_for_by_a_schema(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=json.dumps(json.loads(message.content))))


@in_memory("answer.structured", shows="'{}' == 'I would rather not.'", text=TEXT_FOR_SCHEMA["prose"])
def answers_with_nothing_where_the_schema_was_not_kept(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content="{}"))


@in_memory("answer.calls", shows="Left contains one more item: ToolCall(id='call_2'")
def drops_the_second_call(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, tool_calls=message.tool_calls[:1]))


@in_memory("answer.calls", shows="Right contains one more item: ToolCall(id='call_9'")
def invents_a_call(chat: ChatPort) -> ChatPort:
    made_up = ToolCall(id="call_9", name="get_rich", arguments={})
    return _says(chat, lambda message: attrs.evolve(message, tool_calls=[*message.tool_calls, made_up]))


@in_memory("answer.calls", shows='At index 0 diff: \' {"city" :')
def spaces_the_text_of_new_calls_anew(chat: ChatPort) -> ChatPort:
    return _says(
        chat,
        lambda message: attrs.evolve(
            message,
            tool_calls=[
                attrs.evolve(one, arguments_text=one.arguments_json.replace(" : ", ":")) for one in message.tool_calls
            ],
        ),
    )


@in_memory("answer.calls", shows="'' != 'Looking.'")
def drops_the_words_before_a_call(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=""))


@in_memory("answer.empty-arguments", shows="[] == [{}]")
def takes_empty_arguments_for_invalid(chat: ChatPort) -> ChatPort:
    def refuse(call: ToolCall) -> InvalidToolCall:
        return InvalidToolCall(id=call.id, name=call.name, arguments_text="", problem="empty")

    return _says(
        chat,
        lambda message: attrs.evolve(
            message, tool_calls=[], invalid_tool_calls=[refuse(call) for call in message.tool_calls]
        ),
    )


@in_memory("answer.broken-arguments", shows="Left contains one more item: ToolCall(")
def takes_broken_arguments_for_none(chat: ChatPort) -> ChatPort:
    return _reads_invalid_as(chat, _empty)


@in_memory("answer.broken-arguments", shows="Left contains one more item: ('call_1', 'get_weather', ")
def drops_broken_calls(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, invalid_tool_calls=[]))


@in_memory("answer.broken-arguments", shows="arguments_text: does not parse", escapes=ValueError)
def crashes_on_broken_arguments(chat: ChatPort) -> ChatPort:
    def crash(call: InvalidToolCall) -> ToolCall:
        return ToolCall(id=call.id, name=call.name, arguments={}, arguments_text=call.arguments_text)

    return _reads_invalid_as(chat, crash)


@in_memory("answer.broken-arguments", shows="Left contains one more item: ToolCall(", text=DOUBLE)
def unwraps_arguments_that_were_encoded_twice(chat: ChatPort) -> ChatPort:
    return _reads_invalid_as(chat, lambda call: ToolCall(id=call.id, name=call.name, arguments={"city": "Oslo"}))


@in_memory("answer.truncated-call", shows="At index 1 diff: (ToolCall(", text=CUT)
def repairs_a_truncated_call(chat: ChatPort) -> ChatPort:
    return _reads_invalid_as(chat, _empty)


@in_memory("answer.truncated-call", shows="At index 1 diff: (ToolCall(", text="")
def carries_out_a_call_that_was_cut_before_its_arguments(chat: ChatPort) -> ChatPort:
    return _reads_invalid_as(chat, _empty)


@in_memory("answer.truncated-call", shows="<FinishReason.TOOL_CALLS: 'tool_calls'> != <FinishReason.LENGTH: 'length'>")
def says_that_a_truncated_call_is_whole(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, finish_reason=FinishReason.TOOL_CALLS))


@in_memory("answer.cut-beside-calls", shows="- tool_calls", reason=FinishReason.LENGTH)
def takes_calls_for_the_reason_why_it_stopped(chat: ChatPort) -> ChatPort:
    def overrule(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, finish_reason=FinishReason.TOOL_CALLS) if response.tool_calls else response

    return Bent(chat, answers=overrule)


@in_memory("answer.cut-beside-calls", shows="== ()", reason=FinishReason.CONTENT_FILTER)
def drops_the_calls_of_a_filtered_answer(chat: ChatPort) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        filtered = response.finish_reason is FinishReason.CONTENT_FILTER
        return attrs.evolve(response, message=AssistantMessage(response.text)) if filtered else response

    return Bent(chat, answers=drop)


def _renamed(chat: ChatPort, name: Callable[[int], str]) -> ChatPort:
    return _says(
        chat,
        lambda message: attrs.evolve(
            message, tool_calls=[attrs.evolve(one, id=name(place)) for place, one in enumerate(message.tool_calls)]
        ),
    )


@in_memory("answer.ids-made", shows="(4, 4) == (4, 1)")
def gives_all_calls_one_id(chat: ChatPort) -> ChatPort:
    return _renamed(chat, lambda _: "call")


@in_memory("answer.ids-made", shows="(4, 4) == (4, 2)")
def names_calls_by_their_place(chat: ChatPort) -> ChatPort:
    return _renamed(chat, "call_{}".format)


@in_memory("answer.ids-made", shows="id: must not be empty", escapes=ValueError)
def makes_no_ids(chat: ChatPort) -> ChatPort:
    return _renamed(chat, lambda _: "")


@in_memory("answer.finish-reason", shows="== <FinishReason.STOP: 'stop'>", reason=FinishReason.LENGTH)
def says_stop_where_the_limit_was_hit(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.finish-reason", shows="== <FinishReason.STOP: 'stop'>", reason=FinishReason.CONTENT_FILTER)
def says_stop_where_a_filter_stepped_in(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.unknown-finish-reason", shows="<FinishReason.STOP: 'stop'> != <FinishReason.OTHER: 'other'>")
def takes_an_unknown_word_for_stop(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.unknown-finish-reason", shows="None != 'wombat'")
def forgets_the_unknown_word(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, raw_finish_reason=None))


@over_http("answer.stop-with-calls", shows="could not be read", escapes=BadResponseError, mode="complete")
def looks_for_calls_by_the_finish_reason_alone(chat: PlainChat) -> ChatPort:
    def overlook(chunk: object) -> object:
        match chunk:
            case {"choices": [{"finish_reason": "stop", "message": dict(message)}]}:
                del message["tool_calls"]
        return chunk

    return from_async(attrs.evolve(chat, looks_at=overlook))


@in_memory("answer.refusal", shows="<FinishReason.STOP: 'stop'> != <FinishReason.CONTENT_FILTER: 'content_filter'>")
def takes_a_refusal_for_an_answer(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.refusal", shows="'' != \"I can't help with that.\"")
def drops_the_words_of_a_refusal(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, content=""))


@in_memory("answer.reasoning", shows="<think>Six by seven.</think>42")
def says_what_it_thought(chat: ChatPort) -> ChatPort:
    def say(message: AssistantMessage) -> AssistantMessage:
        thoughts = "".join(part.text for part in message.reasoning)
        return AssistantMessage(f"<think>{thoughts}</think>{message.content}")

    return _says(chat, say)


@in_memory("answer.reasoning", shows="'' == 'Six by seven.'")
def forgets_what_it_thought(chat: ChatPort) -> ChatPort:
    return _says(chat, lambda message: attrs.evolve(message, reasoning=[]))


@in_memory("answer.who", shows="'fake-provider-1' != 'fake-provider-1-2026'")
def tells_the_model_that_was_asked(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, model="fake-provider-1"))


@in_memory("answer.who", shows="None != 'answer-7'")
def forgets_the_id_of_the_answer(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, id=None))


def _nothing(_: ChatError) -> ChatResponse:
    return ChatResponse(message=AssistantMessage())


@in_memory("answer.no-answer", shows="DID NOT RAISE ChatError")
def takes_html_for_an_empty_answer(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=_nothing)


@in_memory("answer.null-content", shows="DID NOT RAISE BadResponseError")
def takes_nothing_for_an_answer(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=_nothing)

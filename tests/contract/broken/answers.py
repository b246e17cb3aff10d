"""Broken adapters that change the text, tool calls, reasoning or finish reason of an answer."""

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

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat

TRUNCATED = '{"ci'
ENCODED_TWICE = '"{\\"city\\": \\"Oslo\\"}"'


def _with_message(chat: ChatPort, change: Callable[[AssistantMessage], AssistantMessage]) -> ChatPort:
    """Wrap *chat* so that the message of each response is changed."""
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=change(response.message)))


def _with_invalid_calls_as(chat: ChatPort, change: Callable[[InvalidToolCall], ToolCall]) -> ChatPort:
    """Wrap *chat* so that each invalid tool call becomes a valid one."""
    return _with_message(
        chat,
        lambda message: attrs.evolve(
            message, invalid_tool_calls=[], tool_calls=[change(call) for call in message.invalid_tool_calls]
        ),
    )


def _with_empty_arguments(call: InvalidToolCall) -> ToolCall:
    return ToolCall(id=call.id, name=call.name, arguments={})


@in_memory(
    "answer.text",
    shows="the text: expected '  a \\t line",
)
def strips_white_space_from_the_answer(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=message.content.strip()))


@in_memory(
    "answer.text",
    shows="the text: expected '  a \\t line",
)
def normalises_line_endings(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=message.content.replace("\r\n", "\n")))


@in_memory("answer.words", shows="```json", text=TEXT_LIKE_MARKUP["fence"])
def removes_code_fences(chat: ChatPort) -> ChatPort:
    def cut(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, content=message.content.removeprefix("```json\n").removesuffix("\n```"))

    return _with_message(chat, cut)


@in_memory("answer.words", shows="<think>", text=TEXT_LIKE_MARKUP["thoughts"])
def moves_think_tags_into_reasoning(chat: ChatPort) -> ChatPort:
    def move(message: AssistantMessage) -> AssistantMessage:
        reasoning, _, text = message.content.removeprefix("<think>").partition("</think>")
        return attrs.evolve(message, content=text, reasoning=[ReasoningPart(reasoning)]) if text else message

    return _with_message(chat, move)


@in_memory(
    "answer.words",
    shows='the text: expected \'{"name": "get_weather", "arguments":',
    text=TEXT_LIKE_MARKUP["call"],
)
def parses_json_text_as_a_tool_call(chat: ChatPort) -> ChatPort:
    def read(message: AssistantMessage) -> AssistantMessage:
        call = json.loads(message.content)
        return AssistantMessage(tool_calls=[ToolCall(id="call_1", name=call["name"], arguments=call["arguments"])])

    return _with_message(chat, read)


@in_memory("answer.words", shows="&lt;b&gt;", text=TEXT_LIKE_MARKUP["entities"])
def unescapes_html_entities_in_text(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=html.unescape(message.content)))


@in_memory("answer.structured", shows='{"city" :', text=TEXT_FOR_SCHEMA["spaced"])
def reformats_structured_output(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=json.dumps(json.loads(message.content))))


@in_memory(
    "answer.structured", shows="the text: expected 'I would rather not.', got '{}'", text=TEXT_FOR_SCHEMA["prose"]
)
def replaces_text_that_violates_the_schema_with_an_empty_object(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content="{}"))


@in_memory("answer.calls", shows="tool_calls[1]: expected ToolCall(id='call_2'")
def drops_the_second_call(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, tool_calls=message.tool_calls[:1]))


@in_memory("answer.calls", shows="tool_calls[2]: expected nothing, got ToolCall(id='call_9'")
def adds_a_tool_call_that_was_not_made(chat: ChatPort) -> ChatPort:
    made_up = ToolCall(id="call_9", name="get_rich", arguments={})
    return _with_message(chat, lambda message: attrs.evolve(message, tool_calls=[*message.tool_calls, made_up]))


@in_memory("answer.calls", shows="the texts of arguments[0]: from character 0, expected '")
def removes_spaces_from_the_arguments_text(chat: ChatPort) -> ChatPort:
    return _with_message(
        chat,
        lambda message: attrs.evolve(
            message,
            tool_calls=[
                attrs.evolve(call, arguments_text=call.arguments_json.replace(" : ", ":"))
                for call in message.tool_calls
            ],
        ),
    )


@in_memory("answer.calls", shows="the text: expected 'Looking.', got ''")
def drops_the_text_before_a_tool_call(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=""))


@in_memory("answer.empty-arguments", shows="the arguments of all calls[0]: expected {}, got nothing", text="")
def treats_empty_arguments_as_invalid(chat: ChatPort) -> ChatPort:
    return _refusing_arguments(chat, lambda text: text != "null")


@in_memory("answer.empty-arguments", shows="the arguments of all calls[0]: expected {}, got nothing", text="null")
def treats_null_arguments_as_invalid(chat: ChatPort) -> ChatPort:
    return _refusing_arguments(chat, lambda text: text == "null")


def _refusing_arguments(chat: ChatPort, is_refused: Callable[[str | None], bool]) -> ChatPort:
    def refuse(message: AssistantMessage) -> AssistantMessage:
        refused = [call for call in message.tool_calls if is_refused(call.arguments_text)]
        invalid = [
            InvalidToolCall(id=call.id, name=call.name, arguments_text="", problem="no object") for call in refused
        ]
        kept = [call for call in message.tool_calls if call not in refused]
        return attrs.evolve(message, tool_calls=kept, invalid_tool_calls=invalid)

    return _with_message(chat, refuse)


@in_memory("answer.broken-arguments", shows="tool_calls[0]: expected nothing, got ToolCall(id='call_1'")
def replaces_invalid_arguments_with_an_empty_object(chat: ChatPort) -> ChatPort:
    return _with_invalid_calls_as(chat, _with_empty_arguments)


@in_memory("answer.broken-arguments", shows="invalid_tool_calls (id, name, text)[0]: expected ['call_1'")
def drops_invalid_tool_calls(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, invalid_tool_calls=[]))


@in_memory("answer.broken-arguments", shows="arguments_text: does not parse", raises=ValueError)
def raises_value_error_for_invalid_arguments(chat: ChatPort) -> ChatPort:
    def crash(call: InvalidToolCall) -> ToolCall:
        return ToolCall(id=call.id, name=call.name, arguments={}, arguments_text=call.arguments_text)

    return _with_invalid_calls_as(chat, crash)


@in_memory(
    "answer.broken-arguments",
    shows="tool_calls[0]: expected nothing, got ToolCall(id='call_1'",
    text=ENCODED_TWICE,
)
def decodes_doubly_encoded_arguments(chat: ChatPort) -> ChatPort:
    return _with_invalid_calls_as(chat, lambda call: ToolCall(id=call.id, name=call.name, arguments={"city": "Oslo"}))


@in_memory("answer.truncated-call", shows="tool_calls[0]: expected nothing, got ToolCall(id='call_1'", text=TRUNCATED)
def returns_a_truncated_call_as_valid(chat: ChatPort) -> ChatPort:
    return _with_invalid_calls_as(chat, _with_empty_arguments)


@in_memory("answer.truncated-call", shows="tool_calls[0]: expected nothing, got ToolCall(id='call_1'", text="")
def returns_a_call_that_was_cut_before_its_arguments_as_valid(chat: ChatPort) -> ChatPort:
    return _with_invalid_calls_as(chat, _with_empty_arguments)


@in_memory("answer.truncated-call", shows="finish_reason: expected FinishReason.LENGTH, got")
def reports_tool_calls_as_the_finish_reason_of_a_truncated_call(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, finish_reason=FinishReason.TOOL_CALLS))


@in_memory(
    "answer.cut-beside-calls",
    shows="finish_reason: expected FinishReason.LENGTH, got",
    reason=FinishReason.LENGTH,
)
def reports_tool_calls_as_the_finish_reason_whenever_there_are_calls(chat: ChatPort) -> ChatPort:
    def overrule(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, finish_reason=FinishReason.TOOL_CALLS) if response.tool_calls else response

    return Mutated(chat, on_response=overrule)


@in_memory(
    "answer.cut-beside-calls",
    shows="tool_calls[0]: expected ToolCall(id='call_1'",
    reason=FinishReason.CONTENT_FILTER,
)
def drops_the_tool_calls_of_a_filtered_answer(chat: ChatPort) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        filtered = response.finish_reason is FinishReason.CONTENT_FILTER
        return attrs.evolve(response, message=AssistantMessage(response.text)) if filtered else response

    return Mutated(chat, on_response=drop)


def _with_call_ids(chat: ChatPort, name: Callable[[int], str]) -> ChatPort:
    return _with_message(
        chat,
        lambda message: attrs.evolve(
            message, tool_calls=[attrs.evolve(call, id=name(index)) for index, call in enumerate(message.tool_calls)]
        ),
    )


@in_memory("answer.ids-made", shows="(4, 4) == (4, 1)")
def gives_all_calls_the_same_id(chat: ChatPort) -> ChatPort:
    return _with_call_ids(chat, lambda _: "call")


@in_memory("answer.ids-made", shows="(4, 4) == (4, 2)")
def makes_call_ids_from_their_index(chat: ChatPort) -> ChatPort:
    return _with_call_ids(chat, "call_{}".format)


@in_memory("answer.ids-made", shows="id: must not be empty", raises=ValueError)
def leaves_call_ids_empty(chat: ChatPort) -> ChatPort:
    return _with_call_ids(chat, lambda _: "")


@in_memory(
    "answer.finish-reason",
    shows="finish_reason: expected FinishReason.LENGTH, got",
    reason=FinishReason.LENGTH,
)
def reports_stop_when_the_token_limit_was_reached(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory(
    "answer.finish-reason",
    shows="finish_reason: expected FinishReason.CONTENT_FILTER, got",
    reason=FinishReason.CONTENT_FILTER,
)
def reports_stop_when_the_content_was_filtered(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.unknown-finish-reason", shows="finish_reason: expected FinishReason.OTHER, got")
def reports_stop_for_an_unknown_finish_reason(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.unknown-finish-reason", shows="raw_finish_reason: expected 'wombat', got None")
def drops_the_raw_value_of_an_unknown_finish_reason(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, raw_finish_reason=None))


@over_http("answer.stop-with-calls", shows="tool_calls[0]: expected ToolCall(id='call_1'", mode="complete")
def ignores_tool_calls_when_the_finish_reason_is_stop(chat: PlainChat) -> ChatPort:
    def drop_calls(chunk: object) -> object:
        match chunk:
            case {"choices": [{"finish_reason": "stop", "message": dict(message)}]}:
                del message["tool_calls"]
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=drop_calls))


@in_memory("answer.refusal", shows="finish_reason: expected FinishReason.CONTENT_FILTER, got")
def reports_stop_for_a_refusal(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, finish_reason=FinishReason.STOP))


@in_memory("answer.refusal", shows="the text: expected \"I can't help with that.\", got ''")
def drops_the_text_of_a_refusal(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, content=""))


@in_memory("answer.reasoning", shows="<think>Six by seven.</think>42")
def puts_reasoning_into_the_text(chat: ChatPort) -> ChatPort:
    def inline(message: AssistantMessage) -> AssistantMessage:
        reasoning = "".join(part.text for part in message.reasoning)
        return AssistantMessage(f"<think>{reasoning}</think>{message.content}")

    return _with_message(chat, inline)


@in_memory("answer.reasoning", shows="the reasoning: expected 'Six by seven.', got ''")
def drops_the_reasoning(chat: ChatPort) -> ChatPort:
    return _with_message(chat, lambda message: attrs.evolve(message, reasoning=[]))


@in_memory("answer.who", shows="model: expected 'fake-provider-1-2026', got 'fake-provider-1'")
def reports_the_requested_model_instead_of_the_answering_one(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, model="fake-provider-1"))


@in_memory("answer.who", shows="id: expected 'answer-7', got None")
def drops_the_response_id(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, id=None))


def _empty_answer(_: ChatError) -> ChatResponse:
    return ChatResponse(message=AssistantMessage())


@in_memory("answer.no-answer", shows="no ChatError was raised: the call returned AssistantMessage()")
def returns_an_empty_answer_for_html(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=_empty_answer)


@in_memory("answer.null-content", shows="could not be read", raises=BadResponseError)
def refuses_an_answer_that_holds_nothing(chat: ChatPort) -> ChatPort:
    def refuse(response: ChatResponse) -> ChatResponse:
        if response.message == AssistantMessage():
            raise BadResponseError
        return response

    return Mutated(chat, on_response=refuse)


@in_memory("answer.null-content", shows="output_tokens=0", mode="complete")
def drops_the_usage_of_an_answer_that_holds_nothing(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat, on_response=lambda response: attrs.evolve(response, usage=response.usage if response.text else None)
    )

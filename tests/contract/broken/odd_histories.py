"""Broken adapters that correct an unusual history: one that is trimmed, incomplete, out of order or long."""

from collections.abc import Callable
from typing import cast

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    InvalidRequestError,
    Message,
    TextPart,
    ToolMessage,
    UserMessage,
    from_async,
)

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .rewriting import JsonObject, rewritten


def _with_messages(chat: ChatPort, change: Callable[[list[Message]], list[Message]]) -> ChatPort:
    """Wrap *chat* so that the history of a request is changed."""
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=change([*request.messages])))


@in_memory("request.odd-history", shows="UserMessage(content='.')", history="model-first")
def inserts_a_user_message_before_a_leading_assistant_message(chat: ChatPort) -> ChatPort:
    return _with_messages(
        chat,
        lambda messages: [UserMessage("."), *messages] if isinstance(messages[0], AssistantMessage) else messages,
    )


@in_memory("request.odd-history", shows="UserMessage(content='Please continue.')", history="model-last")
def appends_a_user_message_after_a_trailing_assistant_message(chat: ChatPort) -> ChatPort:
    return _with_messages(
        chat,
        lambda messages: (
            [*messages, UserMessage("Please continue.")] if isinstance(messages[-1], AssistantMessage) else messages
        ),
    )


@in_memory(
    "request.odd-history", shows="messages[2]: expected AssistantMessage(content=' It rains.')", history="model-twice"
)
def joins_consecutive_assistant_messages(chat: ChatPort) -> ChatPort:
    def join(messages: list[Message]) -> list[Message]:
        joined: list[Message] = []
        for message in messages:
            match message, joined[-1:]:
                case AssistantMessage(), [AssistantMessage() as before]:
                    joined[-1] = attrs.evolve(before, content=before.content + message.content)
                case _:
                    joined.append(message)
        return joined

    return _with_messages(chat, join)


def _with_answered_calls(message: Message, result_ids: set[str]) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    return attrs.evolve(message, tool_calls=[call for call in message.tool_calls if call.id in result_ids])


@in_memory("request.odd-history", shows="messages[1].tool_calls[0]: expected ToolCall(id='call_a'", history="no-result")
def drops_tool_calls_without_a_result(chat: ChatPort) -> ChatPort:
    def drop(messages: list[Message]) -> list[Message]:
        result_ids = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
        return [_with_answered_calls(message, result_ids) for message in messages]

    return _with_messages(chat, drop)


@in_memory(
    "request.odd-history", shows="messages[2].tool_call_id: expected 'call_b', got 'call_a'", history="other-order"
)
def sorts_tool_results_into_the_order_of_their_calls(chat: ChatPort) -> ChatPort:
    def sort(messages: list[Message]) -> list[Message]:
        calls = [
            call.id for message in messages if isinstance(message, AssistantMessage) for call in message.tool_calls
        ]
        results = iter(
            sorted(
                [message for message in messages if isinstance(message, ToolMessage)],
                key=lambda result: calls.index(result.tool_call_id) if result.tool_call_id in calls else 0,
            )
        )
        return [next(results) if isinstance(message, ToolMessage) else message for message in messages]

    return _with_messages(chat, sort)


@in_memory(
    "request.odd-history",
    shows="messages[2].content: expected 'Error: no such city', got 'no",
    history="failed-result",
)
def drops_the_error_flag_of_results_of_valid_calls(chat: ChatPort) -> ChatPort:
    def drop(messages: list[Message]) -> list[Message]:
        valid = {
            call.id for message in messages if isinstance(message, AssistantMessage) for call in message.tool_calls
        }
        return [
            attrs.evolve(message, is_error=False)
            if isinstance(message, ToolMessage) and message.tool_call_id in valid
            else message
            for message in messages
        ]

    return _with_messages(chat, drop)


@in_memory("request.odd-history", shows="messages[0].content[2]: expected TextPart(text=' the", history="empty-part")
def drops_empty_text_parts(chat: ChatPort) -> ChatPort:
    def drop(message: Message) -> Message:
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            return UserMessage([part for part in message.content if part != TextPart("")])
        return message

    return _with_messages(chat, lambda messages: [drop(message) for message in messages])


@in_memory("request.odd-history", shows="UserMessage(content='Thanks.')", history="empty-answer")
def drops_empty_answers(chat: ChatPort) -> ChatPort:
    return _with_messages(chat, lambda messages: [message for message in messages if message != AssistantMessage("")])


@over_http(
    "request.odd-history",
    shows="the provider refused the request",
    raises=InvalidRequestError,
    history="empty-answer",
)
def sends_null_for_empty_text_without_calls(chat: PlainChat) -> ChatPort:
    def write_null(body: JsonObject) -> JsonObject:
        messages = cast("list[JsonObject]", body["messages"])
        return {**body, "messages": [{**message, "content": message["content"] or None} for message in messages]}

    return from_async(attrs.evolve(chat, new_client=rewritten(write_null)))


@in_memory("request.odd-history", shows="messages[1].tool_calls[0].arguments.city: expected 'Oslo 0'", history="long")
def sends_only_the_last_twenty_messages(chat: ChatPort) -> ChatPort:
    return _with_messages(
        chat, lambda messages: messages[-20:] if isinstance(messages[-20:][0], UserMessage) else messages[-21:]
    )


@in_memory("request.odd-history", shows="messages[2].content: from character 7988, expected '. It", history="long")
def truncates_long_tool_results(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        if isinstance(message, ToolMessage):
            return attrs.evolve(message, content=message.content[:8_000])
        return message

    return _with_messages(chat, lambda messages: [cut(message) for message in messages])

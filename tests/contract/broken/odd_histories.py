"""Broken in histories that are trimmed, cut off, out of order or long: tidied up to please a provider."""

from collections.abc import Callable

import attrs

from llm_core import AssistantMessage, ChatPort, Message, TextPart, ToolMessage, UserMessage

from .mutating import Mutated, in_memory


def _tells(chat: ChatPort, change: Callable[[list[Message]], list[Message]]) -> ChatPort:
    """Return *chat*, asked with another history."""
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=change([*request.messages])))


@in_memory("request.odd-history", shows="UserMessage(content='.')", history="model-first")
def inserts_a_user_message_before_a_leading_assistant_message(chat: ChatPort) -> ChatPort:
    return _tells(
        chat,
        lambda messages: [UserMessage("."), *messages] if isinstance(messages[0], AssistantMessage) else messages,
    )


@in_memory("request.odd-history", shows="UserMessage(content='Please continue.')", history="model-last")
def appends_a_user_message_after_a_trailing_assistant_message(chat: ChatPort) -> ChatPort:
    return _tells(
        chat,
        lambda messages: (
            [*messages, UserMessage("Please continue.")] if isinstance(messages[-1], AssistantMessage) else messages
        ),
    )


@in_memory("request.odd-history", shows="AssistantMessage(content='Wait. It rains.'", history="model-twice")
def joins_consecutive_assistant_messages(chat: ChatPort) -> ChatPort:
    def join(messages: list[Message]) -> list[Message]:
        told: list[Message] = []
        for message in messages:
            match message, told[-1:]:
                case AssistantMessage(), [AssistantMessage() as before]:
                    told[-1] = attrs.evolve(before, content=before.content + message.content)
                case _:
                    told.append(message)
        return told

    return _tells(chat, join)


def _answered(message: Message, answers: set[str]) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    return attrs.evolve(message, tool_calls=[call for call in message.tool_calls if call.id in answers])


@in_memory("request.odd-history", shows="tool_calls=()", history="no-result")
def drops_tool_calls_without_a_result(chat: ChatPort) -> ChatPort:
    def drop(messages: list[Message]) -> list[Message]:
        answers = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
        return [_answered(message, answers) for message in messages]

    return _tells(chat, drop)


@in_memory("request.odd-history", shows="ToolMessage(content='rain'", history="other-order")
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

    return _tells(chat, sort)


@in_memory("request.odd-history", shows="ToolMessage(content='no such city'", history="failed-result")
def drops_the_error_flag_of_results_of_valid_calls(chat: ChatPort) -> ChatPort:
    def forget(messages: list[Message]) -> list[Message]:
        valid = {call.id for one in messages if isinstance(one, AssistantMessage) for call in one.tool_calls}
        return [
            attrs.evolve(one, is_error=False) if isinstance(one, ToolMessage) and one.tool_call_id in valid else one
            for one in messages
        ]

    return _tells(chat, forget)


@in_memory("request.odd-history", shows="TextPart(text='And'), TextPart(text=' the weather?')", history="empty-part")
def drops_empty_text_parts(chat: ChatPort) -> ChatPort:
    def drop(message: Message) -> Message:
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            return UserMessage([part for part in message.content if part != TextPart("")])
        return message

    return _tells(chat, lambda messages: [drop(message) for message in messages])


@in_memory("request.odd-history", shows="Left contains", history="long")
def sends_only_the_last_twenty_messages(chat: ChatPort) -> ChatPort:
    return _tells(
        chat, lambda messages: messages[-20:] if isinstance(messages[-20:][0], UserMessage) else messages[-21:]
    )


@in_memory("request.odd-history", shows="At index 2 diff: ToolMessage(content='It rains.", history="long")
def truncates_long_tool_results(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        if isinstance(message, ToolMessage):
            return attrs.evolve(message, content=message.content[:8_000])
        return message

    return _tells(chat, lambda messages: [cut(message) for message in messages])

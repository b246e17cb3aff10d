"""Broken adapters that change the message history of a request."""

from collections.abc import Callable

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatSettings,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    from_async,
)

from .mutating import Mutated, in_memory, over_http, with_messages
from .plain_chat import PlainChat


@in_memory("request.messages-whole", shows="messages[0]: expected SystemMessage(content='You are")
def drops_the_system_message(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=[message for message in request.messages if not isinstance(message, SystemMessage)]
        ),
    )


@in_memory("request.messages-whole", shows="messages[0]: expected SystemMessage(content='You are")
def moves_the_system_message_to_the_end(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=sorted(request.messages, key=lambda message: isinstance(message, SystemMessage))
        ),
    )


@in_memory("request.messages-whole", shows="messages[0]: expected SystemMessage(content='You are")
def sends_only_the_last_message(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=request.messages[-1:]))


@in_memory(
    "request.messages-whole",
    shows="messages[2].content: expected '  a \\t line\\r\\n\\r\\nand \U0001f701 \xe9\u0301",
)
def strips_white_space_from_user_messages(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, UserMessage) and isinstance(message.content, str):
            return UserMessage(message.content.strip())
        return message

    return with_messages(chat, strip)


@in_memory("request.messages-whole", shows="messages[7].content: expected ' rain\\n', got 'rain'")
def strips_white_space_from_tool_results(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, ToolMessage) and isinstance(message.content, str):
            return attrs.evolve(message, content=message.content.strip())
        return message

    return with_messages(chat, strip)


@in_memory("request.messages-whole", shows="messages[6].content: expected 'Looking. ', got ''")
def drops_the_text_of_a_message_with_tool_calls(chat: ChatPort) -> ChatPort:
    def drop_text(message: Message) -> Message:
        if isinstance(message, AssistantMessage) and message.tool_calls:
            return attrs.evolve(message, content="")
        return message

    return with_messages(chat, drop_text)


@in_memory("request.messages-whole", shows="messages[3].content: expected [TextPart(text='first')")
def joins_text_parts_into_one_string(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return with_messages(chat, join)


@in_memory(
    "request.messages-whole",
    shows="messages[4].content: expected '  a \\t line\\r\\n\\r\\nand \U0001f701 \xe9\u0301",
)
def encodes_assistant_messages_as_ascii(chat: ChatPort) -> ChatPort:
    def to_ascii(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, content=message.content.encode("ascii", "replace").decode())
        return message

    return with_messages(chat, to_ascii)


@in_memory("request.call-text-verbatim", shows='the texts of arguments[0]: expected \'{"city" :  "Oslo"}\', got')
def reformats_the_arguments_of_earlier_calls(chat: ChatPort) -> ChatPort:
    def respace(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(
                message, tool_calls=[attrs.evolve(call, arguments_text=None) for call in message.tool_calls]
            )
        return message

    return with_messages(chat, respace)


@in_memory("request.invalid-call-goes-back", shows='the texts of invalid calls[0]: expected \'{"city": "Os\', got')
def sends_an_invalid_call_with_empty_arguments(chat: ChatPort) -> ChatPort:
    def replace(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            replaced = [ToolCall(id=call.id, name=call.name, arguments={}) for call in message.invalid_tool_calls]
            return attrs.evolve(message, tool_calls=[*message.tool_calls, *replaced], invalid_tool_calls=[])
        return message

    return with_messages(chat, replace)


@in_memory("request.invalid-call-goes-back", shows="the tool results[0].content: expected 'Error: the arguments")
def drops_the_error_flag_of_tool_results(chat: ChatPort) -> ChatPort:
    def drop(message: Message) -> Message:
        return attrs.evolve(message, is_error=False) if isinstance(message, ToolMessage) else message

    return with_messages(chat, drop)


@in_memory("request.messages-whole", shows="messages[1]: expected SystemMessage(content=' You answer in")
def sends_only_the_first_system_message(chat: ChatPort) -> ChatPort:
    def keep(request: ChatRequest) -> ChatRequest:
        later = [message for message in request.messages[1:] if not isinstance(message, SystemMessage)]
        return attrs.evolve(request, messages=[request.messages[0], *later])

    return Mutated(chat, on_request=keep)


@in_memory("request.messages-whole", shows="messages[0].content: expected 'You are terse.\\n', got 'You")
def joins_system_messages_into_one(chat: ChatPort) -> ChatPort:
    def join(request: ChatRequest) -> ChatRequest:
        joined = "\n".join(message.content for message in request.messages if isinstance(message, SystemMessage))
        others = [message for message in request.messages if not isinstance(message, SystemMessage)]
        return attrs.evolve(request, messages=[SystemMessage(joined), *others] if joined else others)

    return Mutated(chat, on_request=join)


@in_memory("request.later-system", shows="SystemMessage(content=' Now you answer in French.')")
def moves_later_system_messages_to_the_front(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=sorted(request.messages, key=lambda message: not isinstance(message, SystemMessage))
        ),
    )


@in_memory("request.later-system", shows="SystemMessage(content=' Now you answer in French.')")
def drops_system_messages_after_the_first(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        later = [message for message in request.messages[1:] if not isinstance(message, SystemMessage)]
        return attrs.evolve(request, messages=[request.messages[0], *later])

    return Mutated(chat, on_request=drop)


def _with_tool_results(chat: ChatPort, change: Callable[[ToolMessage], ToolMessage]) -> ChatPort:
    """Wrap *chat* so that each tool result of a request is changed."""
    return with_messages(chat, lambda message: change(message) if isinstance(message, ToolMessage) else message)


def _text(message: ToolMessage) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))


@in_memory("request.messages-whole", shows="messages[8].content: expected [TextPart(text='noon')")
def joins_the_text_parts_of_a_tool_result(chat: ChatPort) -> ChatPort:
    return _with_tool_results(chat, lambda message: attrs.evolve(message, content=_text(message)))


@in_memory("request.result-media", shows="Left contains one more item: b'\\x89PNG")
def drops_the_images_of_a_tool_result(chat: ChatPort) -> ChatPort:
    return _with_tool_results(chat, lambda message: attrs.evolve(message, content=_text(message)))


@in_memory("request.empty-result", shows="messages[2].content: expected '', got 'null'")
def sends_null_for_an_empty_tool_result(chat: ChatPort) -> ChatPort:
    return _with_tool_results(chat, lambda message: attrs.evolve(message, content=message.content or "null"))


@in_memory("request.empty-result", shows="messages[2]: expected ToolMessage(content=''")
def drops_empty_tool_results(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        kept = [
            message for message in request.messages if not (isinstance(message, ToolMessage) and not message.content)
        ]
        return attrs.evolve(request, messages=kept)

    return Mutated(chat, on_request=drop)


@in_memory("request.signature-goes-back", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' in")
def sends_reasoning_without_its_signature(chat: ChatPort) -> ChatPort:
    def unsign(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, reasoning=[attrs.evolve(part, signature=None) for part in message.reasoning])
        return message

    return with_messages(chat, unsign)


@in_memory("request.signature-goes-back", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' in")
def drops_the_signature_of_received_reasoning(chat: ChatPort) -> ChatPort:
    def drop(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, reasoning=[attrs.evolve(part, signature=None) for part in message.reasoning])

    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=drop(response.message)))


@over_http("request.foreign-data-stays", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' not in")
def sends_the_opaque_data_of_another_provider(chat: PlainChat) -> ChatPort:
    def pass_on(request: ChatRequest) -> ChatRequest:
        opaque = [
            data.value
            for message in request.messages
            if isinstance(message, AssistantMessage)
            for data in message.provider_data
        ]
        return attrs.evolve(request, settings=ChatSettings(extra={"opaque": opaque}))

    return Mutated(from_async(chat), on_request=pass_on)

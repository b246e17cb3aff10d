"""Broken in what the model hears of what was said before."""

from collections.abc import Callable
from typing import TypeAlias

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

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat

Change: TypeAlias = Callable[[Message], Message]


def _each(chat: ChatPort, change: Change) -> ChatPort:
    """Return *chat*, asked with every message changed."""
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, messages=[change(one) for one in request.messages])
    )


@in_memory("request.messages-whole", shows="SystemMessage(content='You are terse.\\n') !=")
def drops_the_system_message(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=[one for one in request.messages if not isinstance(one, SystemMessage)]
        ),
    )


@in_memory("request.messages-whole", shows="SystemMessage(content='You are terse.\\n') !=")
def moves_the_system_message_to_the_end(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=sorted(request.messages, key=lambda one: isinstance(one, SystemMessage))
        ),
    )


@in_memory("request.messages-whole", shows="!= UserMessage(content='Thanks.')")
def sends_only_the_last_message(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=request.messages[-1:]))


@in_memory("request.messages-whole", shows="!= UserMessage(content='a \\t line")
def strips_white_space_from_user_messages(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, UserMessage) and isinstance(message.content, str):
            return UserMessage(message.content.strip())
        return message

    return _each(chat, strip)


@in_memory("request.messages-whole", shows="!= ToolMessage(content='rain'")
def strips_white_space_from_tool_results(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, ToolMessage) and isinstance(message.content, str):
            return attrs.evolve(message, content=message.content.strip())
        return message

    return _each(chat, strip)


@in_memory("request.messages-whole", shows="At index 6 diff: AssistantMessage(content='Looking. '")
def drops_the_text_of_a_message_with_tool_calls(chat: ChatPort) -> ChatPort:
    def silence(message: Message) -> Message:
        if isinstance(message, AssistantMessage) and message.tool_calls:
            return attrs.evolve(message, content="")
        return message

    return _each(chat, silence)


@in_memory("request.messages-whole", shows="!= UserMessage(content='first second ')")
def joins_text_parts_into_one_string(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return _each(chat, join)


@in_memory("request.messages-whole", shows="At index 4 diff: AssistantMessage")
def encodes_assistant_messages_as_ascii(chat: ChatPort) -> ChatPort:
    def plain(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, content=message.content.encode("ascii", "replace").decode())
        return message

    return _each(chat, plain)


@in_memory("request.call-text-verbatim", shows='\'{"city": "Oslo"}\' != \'{"city" :  "Oslo"}\'')
def reformats_the_arguments_of_earlier_calls(chat: ChatPort) -> ChatPort:
    def respace(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(
                message, tool_calls=[attrs.evolve(one, arguments_text=None) for one in message.tool_calls]
            )
        return message

    return _each(chat, respace)


@in_memory("request.invalid-call-goes-back", shows='[] == [\'{"city": "Os\']')
def sends_an_invalid_call_with_empty_arguments(chat: ChatPort) -> ChatPort:
    def mend(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            mended = [ToolCall(id=one.id, name=one.name, arguments={}) for one in message.invalid_tool_calls]
            return attrs.evolve(message, tool_calls=[*message.tool_calls, *mended], invalid_tool_calls=[])
        return message

    return _each(chat, mend)


@in_memory("request.invalid-call-goes-back", shows="ToolMessage(content='the arguments were cut off'")
def drops_the_error_flag_of_tool_results(chat: ChatPort) -> ChatPort:
    def forget(message: Message) -> Message:
        return attrs.evolve(message, is_error=False) if isinstance(message, ToolMessage) else message

    return _each(chat, forget)


@in_memory("request.messages-whole", shows="At index 1 diff: SystemMessage(content=' You answer in English.')")
def sends_only_the_first_system_message(chat: ChatPort) -> ChatPort:
    def keep(request: ChatRequest) -> ChatRequest:
        later = [one for one in request.messages[1:] if not isinstance(one, SystemMessage)]
        return attrs.evolve(request, messages=[request.messages[0], *later])

    return Mutated(chat, on_request=keep)


@in_memory("request.messages-whole", shows="SystemMessage(content='You are terse.\\n') !=")
def joins_system_messages_into_one(chat: ChatPort) -> ChatPort:
    def join(request: ChatRequest) -> ChatRequest:
        told = "\n".join(one.content for one in request.messages if isinstance(one, SystemMessage))
        others = [one for one in request.messages if not isinstance(one, SystemMessage)]
        return attrs.evolve(request, messages=[SystemMessage(told), *others] if told else others)

    return Mutated(chat, on_request=join)


@in_memory("request.later-system", shows="SystemMessage(content=' Now you answer in French.')")
def moves_later_system_messages_to_the_front(chat: ChatPort) -> ChatPort:
    return Mutated(
        chat,
        on_request=lambda request: attrs.evolve(
            request, messages=sorted(request.messages, key=lambda one: not isinstance(one, SystemMessage))
        ),
    )


@in_memory("request.later-system", shows="SystemMessage(content=' Now you answer in French.')")
def drops_system_messages_after_the_first(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        later = [one for one in request.messages[1:] if not isinstance(one, SystemMessage)]
        return attrs.evolve(request, messages=[request.messages[0], *later])

    return Mutated(chat, on_request=drop)


def _results(chat: ChatPort, change: Callable[[ToolMessage], ToolMessage]) -> ChatPort:
    """Return *chat*, asked with every result of a tool changed."""
    return _each(chat, lambda message: change(message) if isinstance(message, ToolMessage) else message)


def _words(message: ToolMessage) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))


@in_memory("request.messages-whole", shows="ToolMessage(content='noon sharp'")
def joins_the_text_parts_of_a_tool_result(chat: ChatPort) -> ChatPort:
    return _results(chat, lambda message: attrs.evolve(message, content=_words(message)))


@in_memory("request.result-media", shows="Left contains one more item: b'\\x89PNG")
def drops_the_images_of_a_tool_result(chat: ChatPort) -> ChatPort:
    return _results(chat, lambda message: attrs.evolve(message, content=_words(message)))


@in_memory("request.empty-result", shows="ToolMessage(content='null'")
def sends_null_for_an_empty_tool_result(chat: ChatPort) -> ChatPort:
    return _results(chat, lambda message: attrs.evolve(message, content=message.content or "null"))


@in_memory("request.empty-result", shows="Left contains one more item: UserMessage(content='Well?')")
def drops_empty_tool_results(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        kept = [one for one in request.messages if not (isinstance(one, ToolMessage) and not one.content)]
        return attrs.evolve(request, messages=kept)

    return Mutated(chat, on_request=drop)


@in_memory("request.signature-goes-back", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' in")
def sends_reasoning_without_its_signature(chat: ChatPort) -> ChatPort:
    def unsign(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, reasoning=[attrs.evolve(part, signature=None) for part in message.reasoning])
        return message

    return _each(chat, unsign)


@in_memory("request.signature-goes-back", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' in")
def drops_the_signature_of_received_reasoning(chat: ChatPort) -> ChatPort:
    def forget(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, reasoning=[attrs.evolve(part, signature=None) for part in message.reasoning])

    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=forget(response.message)))


@over_http("request.foreign-data-stays", shows="'c2lnbmVkIGFuZCBzZWFsZWQ=' not in")
def sends_the_opaque_data_of_another_provider(chat: PlainChat) -> ChatPort:
    def pass_on(request: ChatRequest) -> ChatRequest:
        said = [
            data.value for one in request.messages if isinstance(one, AssistantMessage) for data in one.provider_data
        ]
        return attrs.evolve(request, settings=ChatSettings(extra={"opaque": said}))

    return Mutated(from_async(chat), on_request=pass_on)

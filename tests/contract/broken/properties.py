"""Broken in some answers or histories alone, which no chosen example need show."""

import attrs

from llm_core import AssistantMessage, ChatPort, ChatRequest

from .mutating import Mutated, PerMethodChat, in_memory


def _trims(chat: ChatPort) -> ChatPort:
    """Return *chat*, which leaves spaces out, but only at the end of an answer."""

    def trim(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, content=message.content.rstrip())

    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=trim(response.message)))


@in_memory("law.stream-equals-complete", shows="assert")
def strips_trailing_white_space_in_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=chat, for_stream=_trims(chat), for_acomplete=chat, for_astream=_trims(chat))


@in_memory("law.colours-agree", shows="assert")
def strips_trailing_white_space_in_async_calls(chat: ChatPort) -> ChatPort:
    return PerMethodChat(for_complete=chat, for_stream=chat, for_acomplete=_trims(chat), for_astream=_trims(chat))


@in_memory("law.history-arrives", shows="assert")
def drops_assistant_messages_without_tool_calls(chat: ChatPort) -> ChatPort:
    def forget(request: ChatRequest) -> ChatRequest:
        kept = [one for one in request.messages if not isinstance(one, AssistantMessage) or one.tool_calls]
        return attrs.evolve(request, messages=kept)

    return Mutated(chat, on_request=forget)

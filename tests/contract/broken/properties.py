"""Broken adapters that fail only for some answers or histories; generated examples find them."""

import attrs

from llm_core import AssistantMessage, ChatPort, ChatRequest

from .mutating import Mutated, PerMethodChat, in_memory


def _strips_trailing_white_space(chat: ChatPort) -> ChatPort:
    """Wrap *chat* so that white space at the end of an answer is removed."""

    def strip(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, content=message.content.rstrip())

    return Mutated(chat, on_response=lambda response: attrs.evolve(response, message=strip(response.message)))


@in_memory("law.stream-equals-complete", shows="the answer is not what the provider sent", mode="astream")
def strips_trailing_white_space_in_streams(chat: ChatPort) -> ChatPort:
    return PerMethodChat(
        for_complete=chat,
        for_stream=_strips_trailing_white_space(chat),
        for_acomplete=chat,
        for_astream=_strips_trailing_white_space(chat),
    )


@in_memory("law.request-arrives", shows="items, seen")
def drops_assistant_messages_without_tool_calls(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        kept = [
            message for message in request.messages if not isinstance(message, AssistantMessage) or message.tool_calls
        ]
        return attrs.evolve(request, messages=kept)

    return Mutated(chat, on_request=drop)

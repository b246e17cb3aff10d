"""Broken in some answers or histories alone, which no chosen example need show."""

import attrs

from llm_core import AssistantMessage, ChatPort, ChatRequest

from .mutating import Bent, FourWays, in_memory


def _trims(chat: ChatPort) -> ChatPort:
    """Return *chat*, which leaves spaces out, but only at the end of an answer."""

    def trim(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, content=message.content.rstrip())

    return Bent(chat, answers=lambda response: attrs.evolve(response, message=trim(response.message)))


@in_memory("law.stream-equals-complete", shows="assert")
def trims_streams(chat: ChatPort) -> ChatPort:
    return FourWays(completes=chat, streams=_trims(chat), acompletes=chat, astreams=_trims(chat))


@in_memory("law.colours-agree", shows="assert")
def trims_for_those_who_await(chat: ChatPort) -> ChatPort:
    return FourWays(completes=chat, streams=chat, acompletes=_trims(chat), astreams=_trims(chat))


@in_memory("law.history-arrives", shows="assert")
def forgets_what_the_model_said(chat: ChatPort) -> ChatPort:
    def forget(request: ChatRequest) -> ChatRequest:
        kept = [one for one in request.messages if not isinstance(one, AssistantMessage) or one.tool_calls]
        return attrs.evolve(request, messages=kept)

    return Bent(chat, asks=forget)

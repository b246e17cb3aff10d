"""Broken adapters that fail only for some answers or histories; generated examples find them."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    from_async,
)

from .mutating import Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat, aiter_lines

LIMIT = 2**16  # bytes of a line, by default, in asyncio's streams


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


@in_memory("law.colours-agree", shows="tool calls[0][1]: from character 52", mode="complete")
def cuts_names_of_calls_in_answers_at_64_characters(chat: ChatPort) -> ChatPort:
    def cut(response: ChatResponse) -> ChatResponse:
        calls = [attrs.evolve(call, name=call.name[:64]) for call in response.tool_calls]
        return attrs.evolve(response, message=attrs.evolve(response.message, tool_calls=calls))

    return Mutated(chat, on_response=cut)


@in_memory("law.request-arrives", shows="items, seen")
def drops_assistant_messages_without_tool_calls(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        kept = [
            message for message in request.messages if not isinstance(message, AssistantMessage) or message.tool_calls
        ]
        return attrs.evolve(request, messages=kept)

    return Mutated(chat, on_request=drop)


def _with_lines(chat: PlainChat, change: Callable[[str], str]) -> ChatPort:
    """Return *chat* with each line of a stream changed."""

    async def lines(response: httpx.Response) -> AsyncGenerator[str, None]:
        async with aclosing(aiter_lines(response)) as source:
            async for line in source:
                yield change(line)

    return from_async(attrs.evolve(chat, lines=lines))


@over_http("law.stream-equals-complete", shows="broke off", raises=StreamInterruptedError, mode="stream")
def takes_a_text_with_the_end_marker_for_the_end(chat: PlainChat) -> ChatPort:
    return _with_lines(chat, lambda line: "data: [DONE]" if "[DONE]" in line else line)


@over_http("law.stream-equals-complete", shows="could not be read", raises=BadResponseError, mode="astream")
def cuts_long_lines(chat: PlainChat) -> ChatPort:
    return _with_lines(chat, lambda line: line[:LIMIT])


@in_memory(
    "law.stream-equals-complete",
    shows='texts of arguments[2]: expected \'{"city": "Oslo 2"}\', got',
    mode="stream",
)
def sorts_calls_by_the_text_of_their_index(chat: ChatPort) -> ChatPort:
    def sort(response: ChatResponse) -> ChatResponse:
        calls = [call for _, call in sorted(enumerate(response.tool_calls), key=lambda pair: str(pair[0]))]
        return attrs.evolve(response, message=attrs.evolve(response.message, tool_calls=calls))

    return Mutated(chat, on_response=sort)


@in_memory("law.stream-equals-complete", shows="StreamEnd is not what the deltas add up to", mode="stream")
def drops_the_calls_after_the_tenth_from_the_end_of_a_stream(chat: ChatPort) -> ChatPort:
    def shorten(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            if isinstance(event, StreamEnd):
                message = attrs.evolve(event.response.message, tool_calls=event.response.tool_calls[:10])
                yield StreamEnd(response=attrs.evolve(event.response, message=message))
            else:
                yield event

    return Mutated(chat, on_events=shorten)

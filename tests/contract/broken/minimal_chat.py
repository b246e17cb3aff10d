"""A small correct adapter that supports neither tools nor images, and refuses requests that need them."""

from collections.abc import AsyncGenerator

import attrs

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatRequest,
    ChatResponse,
    ImagePart,
    Message,
    StreamEvent,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.ports.streams import AsyncEventStream, UsageReport

from .plain_chat import PlainChat


@attrs.frozen
class MinimalChat:
    """An `AsyncChatPort`; `from_async` adds the sync methods."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(_supported(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        usage = UsageReport()
        return AsyncEventStream(self._events(request, usage), usage)

    async def _events(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        async with self.chat.astream(_supported(request)) as stream:
            usage.read = lambda: stream.usage
            async for event in stream:
                yield event


def _supported(request: ChatRequest) -> ChatRequest:
    if request.tools or request.tool_choice != "auto" or not all(map(_is_supported, request.messages)):
        raise UnsupportedFeatureError(feature="this request")
    return request


def _is_supported(message: Message) -> bool:
    match message:
        case ToolMessage():
            return False
        case AssistantMessage():
            return not message.all_tool_calls
        case UserMessage():
            return not any(isinstance(part, ImagePart) for part in message.parts)
        case _:
            return True

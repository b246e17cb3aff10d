"""A small honest adapter that carries neither tools nor pictures, and says so to whoever asks."""

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
from llm_core.ports.streams import AsyncEventStream

from .plain_chat import PlainChat


@attrs.frozen
class WordsChat:
    """An `AsyncChatPort`; the other colour comes by `from_async`."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the answer."""
        return await self.chat.acomplete(_sayable(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as it comes."""
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with self.chat.astream(_sayable(request)) as stream:
            async for event in stream:
                yield event


def _sayable(request: ChatRequest) -> ChatRequest:
    if request.tools or request.tool_choice != "auto" or not all(map(_is_sayable, request.messages)):
        raise UnsupportedFeatureError
    return request


def _is_sayable(message: Message) -> bool:
    match message:
        case ToolMessage():
            return False
        case AssistantMessage():
            return not message.all_tool_calls
        case UserMessage():
            return not any(isinstance(part, ImagePart) for part in message.parts)
        case _:
            return True

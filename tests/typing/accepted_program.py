"""A program that `mypy --strict --disallow-any-expr` and pyright in strict mode accept."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from decimal import Decimal
from typing import assert_never, assert_type

from llm_core import (
    AssistantMessage,
    AsyncChatPort,
    AsyncChatStream,
    ChatError,
    ChatMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatStream,
    FinishReason,
    ImagePart,
    InvalidToolCall,
    JsonSchemaOutput,
    JsonValue,
    ManagedChatPort,
    Message,
    NamedTool,
    RateLimitError,
    ReasoningDelta,
    StreamEnd,
    StreamEvent,
    SyncChatPort,
    SystemMessage,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    ToolMessage,
    Usage,
    UserMessage,
    chat_from_env,
    from_async,
    from_sync,
    response_from_events,
)
from llm_core.adapters.memory import BrokenStream, Delayed, InMemoryChat, ScriptItem
from llm_core.ports.streams import AsyncEventStream, EventStream

SEARCH = Tool(name="search", description="Search.", parameters={"type": "object", "properties": {"q": {}}})


class Agent:
    """Depends on a port, not on a provider."""

    def __init__(self, chat: ChatPort) -> None:
        self._chat = chat
        self._history: list[Message] = [SystemMessage("Be brief.")]
        self.spent = Usage()

    def answer(self, text: str) -> str:
        self._history.append(UserMessage([TextPart(text), ImagePart(url="https://example.org/a.png")]))
        while True:
            response = self._chat.complete(self._request())
            self._history.append(response.message)
            self.spent += response.usage or Usage()
            if not (response.tool_calls or response.invalid_tool_calls):
                return response.text
            self._history += [self._tool_result(call) for call in response.message.all_tool_calls]

    async def aanswer(self, text: str) -> str:
        self._history.append(UserMessage(text))
        async with self._chat.astream(self._request()) as stream:
            shown = [text async for event in stream if (text := show(event))]
        assert_type(stream.response, ChatResponse)
        return "".join(shown)

    def _request(self) -> ChatRequest:
        return ChatRequest(
            messages=self._history,
            tools=[SEARCH],
            tool_choice=NamedTool("search"),
            output=JsonSchemaOutput(name="answer", schema={"type": "object"}),
            settings=ChatSettings(temperature=0, stop="END", reasoning_effort="low", extra={"top_k": 1}),
        )

    def _tool_result(self, call: ToolCall | InvalidToolCall) -> ToolMessage:
        match call:
            case ToolCall(arguments=arguments):
                found: JsonValue = arguments.get("q")
                return ToolMessage(f"found {found}", tool_call_id=call.id)
            case InvalidToolCall(problem=problem):
                return ToolMessage(problem, tool_call_id=call.id, is_error=True)
            case _:
                assert_never(call)


def show(event: StreamEvent) -> str:
    match event:
        case TextDelta(text) | ReasoningDelta(text):
            return text
        case ToolCallStart(index=index, name=name):
            return f"{index}: {name}"
        case ToolCallDelta(arguments_text=text):
            return text
        case StreamEnd(response=response):
            return response.finish_reason.value
        case _:
            assert_never(event)


def role(message: Message) -> str:
    match message:
        case SystemMessage(content):
            return content
        case UserMessage():
            return message.text
        case AssistantMessage(content):
            return content
        case ToolMessage(content, tool_call_id=answered):
            return answered if isinstance(content, str) else str(len(content))
        case _:
            assert_never(message)


class SyncOnly:
    """An adapter with the synchronous methods alone."""

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return response_from_events(self._events(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        yield TextDelta(request.model or "")
        yield StreamEnd(response=ChatResponse(message=AssistantMessage(request.model or "")))


class AsyncOnly:
    """An adapter with the asynchronous methods alone."""

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.astream(request).until_done()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        yield TextDelta(request.model or "")
        yield StreamEnd(response=ChatResponse(message=AssistantMessage(request.model or "")))


async def slow_answer(request: ChatRequest) -> ScriptItem:
    await asyncio.sleep(0)
    return Delayed(request.model or "", 0.01, between=0.001)


async def async_echo(request: ChatRequest) -> str:
    return request.model or ""


def ports() -> list[ChatPort]:
    sync: SyncChatPort = SyncOnly()
    async_: AsyncChatPort = AsyncOnly()
    broken = BrokenStream([TextDelta("h")])
    managed: ManagedChatPort = InMemoryChat(["hi", AssistantMessage("ho"), RateLimitError(retry_after=1), broken])
    slow = [InMemoryChat(["hi", Delayed(broken, 1)]), InMemoryChat(slow_answer), InMemoryChat(async_echo)]
    return [from_sync(sync), from_async(async_), managed, *slow, InMemoryChat.echo(), chat_from_env()]


def mixed_history() -> ChatRequest:
    messages = [SystemMessage("Be brief."), UserMessage("hello")]  # mypy infers list[ChatMessage]
    request = ChatRequest(messages=messages)
    assert_type(request.messages, tuple[Message, ...])
    return request


def longer(history: Sequence[ChatMessage], message: Message) -> ChatRequest:
    return ChatRequest(messages=[*history, message])


def wait_seconds(error: ChatError) -> float | None:
    assert_type(error.partial, AssistantMessage | None)
    return error.retry_after if error.retryable else None


def total_cost(responses: list[ChatResponse]) -> Decimal | None:
    total = Usage.total(response.usage for response in responses)
    assert_type(total.input_tokens, int | None)
    return total.cost_usd


def finished(response: ChatResponse) -> bool:
    return response.finish_reason is FinishReason.STOP


def main() -> None:
    with InMemoryChat(["hi"]) as chat:
        agent = Agent(chat)
        asyncio.run(agent.aanswer("hello"))
        with chat.stream(chat.requests[0]) as stream:
            for event in stream:
                show(event)

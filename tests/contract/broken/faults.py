"""Broken in what an error holds, and in what a failed call leaves behind."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from types import TracebackType

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    AuthenticationError,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    RateLimitError,
    ToolCall,
    from_async,
)
from llm_core.domain.messages import AssistantMessage
from llm_core.testing import ChatPortContract
from llm_core.testing.clauses.error_hygiene_clauses import LONG_MESSAGE, MISLEADING_MESSAGE
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat

KEY = ChatPortContract.planted_key


def _fails(chat: ChatPort, change: Callable[[ChatError], ChatError | None]) -> ChatPort:
    """Return *chat*, whose errors are changed: to what *change* returns, or in place."""
    return Bent(chat, fails=lambda error: change(error) or error)


def _with_partial(chat: ChatPort, change: Callable[[AssistantMessage], AssistantMessage]) -> ChatPort:
    def tell(error: ChatError) -> None:
        error.partial = error.partial and change(error.partial)

    return _fails(chat, tell)


@in_memory("error.partial", shows="'Two cities.'")
def forgets_the_reasoning_that_had_arrived(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, lambda partial: attrs.evolve(partial, reasoning=()))


@in_memory("error.partial", shows="'Oslo'")
def forgets_the_arguments_that_had_arrived(chat: ChatPort) -> ChatPort:
    def forget(partial: AssistantMessage) -> AssistantMessage:
        calls = [ToolCall(id=call.id, name=call.name, arguments={}) for call in partial.all_tool_calls]
        return attrs.evolve(partial, tool_calls=calls, invalid_tool_calls=())

    return _with_partial(chat, forget)


@in_memory("error.partial", shows="'Bergen'")
def keeps_the_first_call_alone(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, lambda partial: attrs.evolve(partial, tool_calls=partial.tool_calls[:1]))


@in_memory("error.retry-after", shows="None", status=503, form="seconds")
def tells_the_wait_of_a_429_alone(chat: ChatPort) -> ChatPort:
    def forget(error: ChatError) -> None:
        error.retry_after = error.retry_after if isinstance(error, RateLimitError) else None

    return _fails(chat, forget)


@in_memory("error.retry-after-date", shows="not the seconds until the date")
def takes_every_date_for_now(chat: ChatPort) -> ChatPort:
    def hurry(error: ChatError) -> None:
        error.retry_after = 0.0

    return _fails(chat, hurry)


@in_memory("error.retry-after", shows="1 == 2", status=429, form="milliseconds")
def waits_a_little_and_asks_again(chat: ChatPort) -> ChatPort:
    def again(error: ChatError) -> ChatError:
        try:
            chat.complete(SIMPLE_REQUEST)
        except ChatError as second:
            return second.with_traceback(None)
        return error

    return _fails(chat, again)


@in_memory("error.detail", shows="2000 >= 15000")
def tells_all_that_the_provider_said(chat: ChatPort) -> ChatPort:
    def tell(error: ChatError) -> None:
        error.detail = LONG_MESSAGE

    return _fails(chat, tell)


@attrs.frozen
class _Reading:
    """An `AsyncChatPort` that reads the kind of an error out of its words."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return await self.chat.acomplete(request)
        except ChatError as error:
            fault = error
        raise AuthenticationError(status_code=fault.status_code) if MISLEADING_MESSAGE in (fault.detail or "") else fault

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("error.words", shows="AuthenticationError", mode="acomplete")
def reads_the_kind_out_of_the_words(chat: PlainChat) -> ChatPort:
    return from_async(_Reading(chat))


@attrs.frozen
class _Showing:
    """A `ChatPort` that shows its key to whoever prints it."""

    chat: ChatPort
    key: str = KEY

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@in_memory("request.key-not-shown", shows="key='sk-planted")
def shows_the_key_in_its_repr(chat: ChatPort) -> ChatPort:
    return _Showing(chat)


class _KeptOpen(httpx.AsyncClient):
    """Closes nothing where something failed."""

    @asynccontextmanager
    async def stream(  # type: ignore[override]  # only as the honest adapter calls it
        self, method: str, url: str, *, json: object, headers: dict[str, str]
    ) -> AsyncGenerator[httpx.Response, None]:
        response = await self.send(self.build_request(method, url, json=json, headers=headers), stream=True)
        yield response
        await response.aclose()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if kind is None:
            await super().__aexit__(kind, error, trace)


@over_http("error.frees", shows="more than 4 connections are open after 16 failures", name="broken", mode="acomplete")
def leaks_when_it_fails(chat: PlainChat) -> ChatPort:
    clients: list[httpx.AsyncClient] = []  # or the collector would close them

    def client() -> httpx.AsyncClient:
        clients.append(_KeptOpen(trust_env=False))
        return clients[-1]

    return from_async(attrs.evolve(chat, client=client))

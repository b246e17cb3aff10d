"""Broken adapters whose errors hold the wrong data, or whose failed calls leak a connection."""

import base64
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

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat

KEY = ChatPortContract.planted_key


def _with_errors(chat: ChatPort, change: Callable[[ChatError], ChatError | None]) -> ChatPort:
    """Wrap *chat* so that *change* replaces each error, or edits it in place and returns None."""
    return Mutated(chat, on_error=lambda error: change(error) or error)


def _with_partial(chat: ChatPort, change: Callable[[AssistantMessage], AssistantMessage]) -> ChatPort:
    def set_partial(error: ChatError) -> None:
        error.partial = error.partial and change(error.partial)

    return _with_errors(chat, set_partial)


@in_memory("error.partial", shows="'Two cities.'")
def drops_the_partial_reasoning(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, lambda partial: attrs.evolve(partial, reasoning=()))


@in_memory("error.partial", shows="arguments={}")
def drops_the_partial_arguments(chat: ChatPort) -> ChatPort:
    def drop(partial: AssistantMessage) -> AssistantMessage:
        calls = [ToolCall(id=call.id, name=call.name, arguments={}) for call in partial.all_tool_calls]
        return attrs.evolve(partial, tool_calls=calls, invalid_tool_calls=())

    return _with_partial(chat, drop)


@in_memory("error.partial", shows="'Bergen'")
def keeps_only_the_first_partial_call(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, lambda partial: attrs.evolve(partial, tool_calls=partial.tool_calls[:1]))


@in_memory("error.retry-after", shows="None", status=503, form="seconds")
def reports_retry_after_only_for_a_429(chat: ChatPort) -> ChatPort:
    def drop(error: ChatError) -> None:
        error.retry_after = error.retry_after if isinstance(error, RateLimitError) else None

    return _with_errors(chat, drop)


@in_memory("error.retry-after-date", shows="got 0.0")
def reports_zero_for_every_retry_after_date(chat: ChatPort) -> ChatPort:
    def clear_delay(error: ChatError) -> None:
        error.retry_after = 0.0

    return _with_errors(chat, clear_delay)


@in_memory("error.retry-after", shows="1 == 2", status=429, form="milliseconds")
def retries_a_rate_limited_call(chat: ChatPort) -> ChatPort:
    def retry(error: ChatError) -> ChatError:
        try:
            chat.complete(SIMPLE_REQUEST)
        except ChatError as second:
            return second.with_traceback(None)
        return error

    return _with_errors(chat, retry)


@in_memory("error.detail", shows="2000 >= 15000")
def does_not_shorten_the_error_detail(chat: ChatPort) -> ChatPort:
    def set_detail(error: ChatError) -> None:
        error.detail = LONG_MESSAGE

    return _with_errors(chat, set_detail)


@attrs.frozen
class _MatchesMessages:
    """An `AsyncChatPort` that derives the error class from the text of the error message."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return await self.chat.acomplete(request)
        except ChatError as caught:
            error = caught
        is_misread = MISLEADING_MESSAGE in (error.detail or "")
        raise AuthenticationError(status_code=error.status_code) if is_misread else error

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("error.words", shows="AuthenticationError", mode="acomplete")
def chooses_the_error_class_by_the_error_message(chat: PlainChat) -> ChatPort:
    return from_async(_MatchesMessages(chat))


@attrs.frozen
class _ShowsKey:
    """A `ChatPort` whose repr contains its key."""

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
    return _ShowsKey(chat)


@over_http("error.key-spellings", shows="c2stcGxhbnRlZC", mode="complete")
def masks_the_key_only_as_it_is(chat: PlainChat) -> ChatPort:
    def quote(error: ChatError) -> None:
        error.detail = f"You sent <{base64.b64encode(KEY.encode()).decode()}>."

    return _with_errors(from_async(chat), quote)


class _StaysOpenOnFailure(httpx.AsyncClient):
    """An HTTP client that does not close its connection after a failure."""

    @asynccontextmanager
    async def stream(  # type: ignore[override]  # only the arguments that PlainChat passes
        self, method: str, url: str, *, json: object, headers: dict[str, str]
    ) -> AsyncGenerator[httpx.Response, None]:
        response = await self.send(self.build_request(method, url, json=json, headers=headers), stream=True)
        yield response
        await response.aclose()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if exc_type is None:
            await super().__aexit__(exc_type, error, traceback)


@over_http("error.frees", shows="more than 4 connections are open after 16 failures", name="broken", mode="acomplete")
def leaks_the_connection_of_a_failed_call(chat: PlainChat) -> ChatPort:
    clients: list[httpx.AsyncClient] = []  # the garbage collector would close them otherwise

    def new_client() -> httpx.AsyncClient:
        clients.append(_StaysOpenOnFailure(trust_env=False))
        return clients[-1]

    return from_async(attrs.evolve(chat, new_client=new_client))

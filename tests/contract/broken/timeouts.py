"""Broken adapters that apply the timeout incorrectly, over real connections."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    StreamEvent,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream

from .mutating import Mutated, over_http
from .plain_chat import PlainChat, make_client


def with_timeout(chat: PlainChat, change: Callable[[float], float | None]) -> ChatPort:
    """Wrap *chat* so that the timeout of a request is changed."""

    def change_timeout(request: ChatRequest) -> ChatRequest:
        seconds = change(request.settings.timeout or 0)
        return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=seconds))

    return Mutated(from_async(chat), on_request=change_timeout)


@over_http(
    "error.silence",
    shows="class: expected ChatTimeoutError, got StreamInterruptedError",
    mode="complete",
)
def never_times_out(chat: PlainChat) -> ChatPort:
    return with_timeout(chat, lambda _: None)


@over_http("error.silence", shows=" < 3", mode="stream")
def waits_ten_times_the_timeout(chat: PlainChat) -> ChatPort:
    return with_timeout(chat, lambda seconds: seconds * 10)


@over_http("error.silence", shows="a timeout of 0.4 seconds came after 0.")
def reads_the_timeout_as_milliseconds(chat: PlainChat) -> ChatPort:
    return with_timeout(chat, lambda seconds: seconds / 1000)


@over_http(
    "stream.break-is-an-error",
    shows="class: expected ChatTimeoutError, got StreamInterruptedError",
    how="drip",
    mode="stream",
)
def restarts_the_timeout_at_every_keep_alive(chat: PlainChat) -> ChatPort:
    per_read = attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, timeout=0.4))
    return with_timeout(per_read, lambda _: None)


@attrs.frozen
class _OneDeadline:
    """An `AsyncChatPort` that limits the whole stream to the timeout of one event."""

    chat: PlainChat

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        deadline = asyncio.get_running_loop().time() + (request.settings.timeout or 120)
        async with self.chat.astream(request) as stream:
            async for event in stream:
                if asyncio.get_running_loop().time() > deadline:
                    raise ChatTimeoutError
                yield event


@over_http("stream.slow-is-no-silence", shows="no answer in time", raises=ChatTimeoutError)
def applies_the_timeout_of_one_event_to_the_whole_stream(chat: PlainChat) -> ChatPort:
    return from_async(_OneDeadline(chat))


@attrs.frozen
class _LeavesRequestRunning:
    """An `AsyncChatPort` that raises after the timeout without cancelling the request."""

    chat: PlainChat
    tasks: list[asyncio.Task[ChatResponse]] = attrs.field(factory=list, init=False)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        untimed = attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=None))
        self.tasks.append(asyncio.ensure_future(self.chat.acomplete(untimed)))
        done, _ = await asyncio.wait(self.tasks, timeout=request.settings.timeout)
        if done:
            return self.tasks[0].result()
        raise ChatTimeoutError

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("error.silence", shows="the connection is still open", mode="complete")
def leaves_the_request_running_after_a_timeout(chat: PlainChat) -> ChatPort:
    return from_async(_LeavesRequestRunning(chat))


@over_http("timeout.bounds", shows="too late", phase="the body of an error", mode="acomplete")
def reads_the_body_of_an_error_beyond_the_timeout(chat: PlainChat) -> ChatPort:
    async def read_whole(response: httpx.Response) -> None:
        if response.is_success:
            return
        reading = asyncio.ensure_future(response.aread())
        while not reading.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([reading])
        reading.exception()  # it is raised again where the body is read next

    def new_client() -> httpx.AsyncClient:
        client = make_client()
        client.event_hooks = {"response": [read_whole]}
        return client

    return from_async(attrs.evolve(chat, new_client=new_client))


def _with_default(chat: PlainChat, seconds: float) -> ChatPort:
    """Wrap *chat* so that a request without a timeout has one of *seconds*."""

    def change(request: ChatRequest) -> ChatRequest:
        settings = request.settings.with_defaults(ChatSettings(timeout=seconds))
        return attrs.evolve(request, settings=settings)

    return Mutated(from_async(chat), on_request=change)


@over_http("timeout.default", shows="ended too late; by default it takes 120 seconds", mode="acomplete")
def waits_ten_minutes_by_default(chat: PlainChat) -> ChatPort:
    return _with_default(chat, 600)


@over_http("timeout.default", shows="ended too early; by default it takes 120 seconds", mode="astream")
def waits_a_minute_by_default(chat: PlainChat) -> ChatPort:
    return _with_default(chat, 60)

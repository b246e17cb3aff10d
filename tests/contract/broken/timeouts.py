"""Broken in how long it waits, over real connections."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatTimeoutError,
    StreamEvent,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream

from .mutating import Mutated, over_http
from .plain_chat import PlainChat


def _waits(chat: PlainChat, change: Callable[[float], float | None]) -> ChatPort:
    """Return *chat*, with another patience than it was told to have."""

    def ask(request: ChatRequest) -> ChatRequest:
        seconds = change(request.settings.timeout or 0)
        return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=seconds))

    return Mutated(from_async(chat), on_request=ask)


@over_http(
    "error.silence",
    shows="ChatTimeoutError'> is <class 'llm_core.domain.errors.StreamInterruptedError'>",
    mode="complete",
)
def never_times_out(chat: PlainChat) -> ChatPort:
    return _waits(chat, lambda _: None)


@over_http("error.silence", shows=" < 3", mode="stream")
def waits_ten_times_the_timeout(chat: PlainChat) -> ChatPort:
    return _waits(chat, lambda seconds: seconds * 10)


@over_http("error.silence", shows="0.3 < 0.0")
def reads_the_timeout_as_milliseconds(chat: PlainChat) -> ChatPort:
    return _waits(chat, lambda seconds: seconds / 1000)


@over_http(
    "stream.break-is-an-error",
    shows="ChatTimeoutError'> is <class 'llm_core.domain.errors.StreamInterruptedError'>",
    how="drip",
    mode="stream",
)
def restarts_the_timeout_at_every_keep_alive(chat: PlainChat) -> ChatPort:
    patient = attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, timeout=0.4))
    return _waits(patient, lambda _: None)


@attrs.frozen
class _Hurried:
    """An `AsyncChatPort` that wants the whole stream in the time for one event."""

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
    return from_async(_Hurried(chat))


@attrs.frozen
class _Abandoning:
    """An `AsyncChatPort` that stops listening when time is up, and leaves the request running."""

    chat: PlainChat
    tasks: list[asyncio.Task[ChatResponse]] = attrs.field(factory=list, init=False)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        endless = attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=None))
        self.tasks.append(asyncio.ensure_future(self.chat.acomplete(endless)))
        done, _ = await asyncio.wait(self.tasks, timeout=request.settings.timeout)
        if done:
            return self.tasks[0].result()
        raise ChatTimeoutError

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@over_http("error.silence", shows="the connection is still open", mode="complete")
def leaves_the_request_running_after_a_timeout(chat: PlainChat) -> ChatPort:
    return from_async(_Abandoning(chat))

"""What the broken adapters are made of: an honest one, bent in one place."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from typing import TypeAlias, TypeVar

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    StreamEvent,
    response_from_events,
)
from llm_core.domain.response_builder import events_from_response
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.testing import Capabilities

from .plain_chat import PlainChat

Result = TypeVar("Result")
Breaking: TypeAlias = Callable[[ChatPort], ChatPort]
BreakingPlain: TypeAlias = Callable[[PlainChat], ChatPort]
Events: TypeAlias = Generator[StreamEvent, None, None]
AsyncEvents: TypeAlias = AsyncGenerator[StreamEvent, None]


@attrs.frozen(kw_only=True)
class Broken:
    """A broken adapter, the clause that must catch it where its parameters are those *given*, and what that then says.

    It is made in memory or over HTTP. What is caught is a failed assertion, or what the adapter let out (*escapes*).
    *claims*: the honest adapter refuses what is not among them.
    """

    name: str
    clause: str
    shows: str
    given: dict[str, object]
    escapes: type[BaseException] | None = None
    claims: Capabilities | None = None
    in_memory: Breaking | None = None
    over_http: BreakingPlain | None = None


def in_memory(
    clause: str,
    *,
    shows: str,
    escapes: type[BaseException] | None = None,
    claims: Capabilities | None = None,
    **given: object,
) -> Callable[[Breaking], Broken]:
    """Name the clause that catches a broken adapter over the fake."""

    def named(breaking: Breaking) -> Broken:
        return Broken(
            name=breaking.__name__,
            clause=clause,
            shows=shows,
            given=given,
            escapes=escapes,
            claims=claims,
            in_memory=breaking,
        )

    return named


def over_http(
    clause: str, *, shows: str, escapes: type[BaseException] | None = None, **given: object
) -> Callable[[BreakingPlain], Broken]:
    """Name the clause that catches a broken adapter over a loopback server."""

    def named(breaking: BreakingPlain) -> Broken:
        return Broken(
            name=breaking.__name__, clause=clause, shows=shows, given=given, escapes=escapes, over_http=breaking
        )

    return named


def _same(value: Result) -> Result:
    return value


@attrs.frozen
class Bent:
    """A `ChatPort` over *chat* that asks, answers, tells or fails in a way of its own, by all four verbs alike.

    It blocks no event loop. A stream is told as it comes but where *answers* changes it, which needs the whole; one
    that breaks off is told as far as it came.
    """

    chat: ChatPort
    asks: Callable[[ChatRequest], ChatRequest] = attrs.field(default=_same, kw_only=True)
    answers: Callable[[ChatResponse], ChatResponse] = attrs.field(default=_same, kw_only=True)
    tells: Callable[[Iterable[StreamEvent]], Iterator[StreamEvent]] = attrs.field(default=iter, kw_only=True)
    fails: Callable[[ChatError], Exception | ChatResponse] = attrs.field(default=_same, kw_only=True)
    as_stream: Callable[[Events], ChatStream] = attrs.field(default=EventStream, kw_only=True)
    as_async_stream: Callable[[AsyncEvents], AsyncChatStream] = attrs.field(default=AsyncEventStream, kw_only=True)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.answers(self.chat.complete(self.asks(request)))
        except ChatError as error:
            fault = self.fails(error)
        return _raised(fault)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.as_stream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.answers(await self.chat.acomplete(self.asks(request)))
        except ChatError as error:
            fault = await asyncio.to_thread(self.fails, error)
        return _raised(fault)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.as_async_stream(self._async_events(request))

    def close(self) -> None:
        close = getattr(self.chat, "close", None)
        if close is not None:
            close()

    def _events(self, request: ChatRequest) -> Events:
        try:
            with self.chat.stream(self.asks(request)) as stream:
                yield from self.tells(self._bent(stream))
        except ChatError as error:
            fault = self.fails(error)
        else:
            return
        yield from events_from_response(_raised(fault), chunk_size=4)

    async def _async_events(self, request: ChatRequest) -> AsyncEvents:
        try:
            async with aclosing(self._async_told(request)) as told:
                async for event in told:
                    yield event
        except ChatError as error:
            fault = await asyncio.to_thread(self.fails, error)
        else:
            return
        for event in events_from_response(_raised(fault), chunk_size=4):
            yield event

    async def _async_told(self, request: ChatRequest) -> AsyncEvents:
        if self.tells is iter and self.answers is _same:
            async with self.chat.astream(self.asks(request)) as stream:
                async for event in stream:
                    yield event
            return
        with self.chat.stream(self.asks(request)) as blocking:  # `tells` is sync, so its reader has a thread
            told = self.tells(self._bent(blocking))
            while (following := await asyncio.to_thread(_next, told)) is not None:
                yield following

    def _bent(self, stream: Iterable[StreamEvent]) -> Iterable[StreamEvent]:
        return stream if self.answers is _same else self._changed(stream)

    def _changed(self, stream: Iterable[StreamEvent]) -> Events:
        told: list[StreamEvent] = []
        try:
            told.extend(stream)
        except ChatError as error:
            fault = error
        else:
            yield from events_from_response(self.answers(response_from_events(told)), chunk_size=4)
            return
        yield from told
        raise fault


def _next(told: Iterator[StreamEvent]) -> StreamEvent | None:
    return next(told, None)


def _raised(fault: Exception | ChatResponse) -> ChatResponse:
    if isinstance(fault, ChatResponse):
        return fault
    raise fault


@attrs.frozen(kw_only=True)
class FourWays:
    """A `ChatPort` whose verbs need not agree."""

    completes: ChatPort
    streams: ChatPort
    acompletes: ChatPort
    astreams: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.completes.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.streams.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.acompletes.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.astreams.astream(request)

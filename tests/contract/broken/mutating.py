"""How a broken adapter is made: a correct one with one behaviour changed, and the clause that must catch it."""

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
    ChatSettings,
    ChatStream,
    Message,
    StreamEvent,
    response_from_events,
)
from llm_core.domain.response_builder import events_from_response
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.testing import Capabilities

from .plain_chat import PlainChat

Result = TypeVar("Result")
Mutation: TypeAlias = Callable[[ChatPort], ChatPort]
PlainMutation: TypeAlias = Callable[[PlainChat], ChatPort]
Events: TypeAlias = Generator[StreamEvent, None, None]
AsyncEvents: TypeAlias = AsyncGenerator[StreamEvent, None]


@attrs.frozen(kw_only=True)
class Broken:
    """A broken adapter, the clause that must catch it, and a part of the message with which that clause fails.

    The clause runs with those of its parameters that match *parameters*. It fails with an AssertionError, or with
    *raises*, an exception that the adapter lets out. The correct adapter refuses every feature outside *claims*.
    Exactly one of *in_memory* and *over_http* makes the broken adapter from a correct one.
    """

    name: str
    clause: str
    shows: str
    parameters: dict[str, object]
    raises: type[BaseException] | None = None
    claims: Capabilities | None = None
    in_memory: Mutation | None = None
    over_http: PlainMutation | None = None


def in_memory(
    clause: str,
    *,
    shows: str,
    raises: type[BaseException] | None = None,
    claims: Capabilities | None = None,
    **parameters: object,
) -> Callable[[Mutation], Broken]:
    """Declare a broken adapter over `InMemoryChat`, and the clause that catches it."""

    def declare(mutation: Mutation) -> Broken:
        return Broken(
            name=mutation.__name__,
            clause=clause,
            shows=shows,
            parameters=parameters,
            raises=raises,
            claims=claims,
            in_memory=mutation,
        )

    return declare


def over_http(
    clause: str, *, shows: str, raises: type[BaseException] | None = None, **parameters: object
) -> Callable[[PlainMutation], Broken]:
    """Declare a broken adapter over `PlainChat` and a loopback server, and the clause that catches it."""

    def declare(mutation: PlainMutation) -> Broken:
        return Broken(
            name=mutation.__name__,
            clause=clause,
            shows=shows,
            parameters=parameters,
            raises=raises,
            over_http=mutation,
        )

    return declare


def _unchanged(value: Result) -> Result:
    return value


@attrs.frozen
class Mutated:
    """A `ChatPort` over *chat* that changes the request, response, events or error in all four methods alike.

    It never blocks an event loop. Events are passed on as they come, except where *on_response* changes the response:
    that needs the whole stream, and a stream that breaks off is then passed on unchanged up to the break.
    """

    chat: ChatPort
    on_request: Callable[[ChatRequest], ChatRequest] = attrs.field(default=_unchanged, kw_only=True)
    on_response: Callable[[ChatResponse], ChatResponse] = attrs.field(default=_unchanged, kw_only=True)
    on_events: Callable[[Iterable[StreamEvent]], Iterator[StreamEvent]] = attrs.field(default=iter, kw_only=True)
    on_error: Callable[[ChatError], Exception | ChatResponse] = attrs.field(default=_unchanged, kw_only=True)
    as_stream: Callable[[Events], ChatStream] = attrs.field(default=EventStream, kw_only=True)
    as_async_stream: Callable[[AsyncEvents], AsyncChatStream] = attrs.field(default=AsyncEventStream, kw_only=True)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.on_response(self.chat.complete(self.on_request(request)))
        except ChatError as error:
            outcome = self.on_error(error)
        return _response_or_raise(outcome)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.as_stream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.on_response(await self.chat.acomplete(self.on_request(request)))
        except ChatError as error:
            outcome = await asyncio.to_thread(self.on_error, error)
        return _response_or_raise(outcome)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.as_async_stream(self._async_events(request))

    def close(self) -> None:
        close = getattr(self.chat, "close", None)
        if close is not None:
            close()

    def _events(self, request: ChatRequest) -> Events:
        try:
            with self.chat.stream(self.on_request(request)) as stream:
                yield from self.on_events(self._with_changed_response(stream))
        except ChatError as error:
            outcome = self.on_error(error)
        else:
            return
        yield from events_from_response(_response_or_raise(outcome), chunk_size=4)

    async def _async_events(self, request: ChatRequest) -> AsyncEvents:
        try:
            async with aclosing(self._async_changed_events(request)) as events:
                async for event in events:
                    yield event
        except ChatError as error:
            outcome = await asyncio.to_thread(self.on_error, error)
        else:
            return
        for event in events_from_response(_response_or_raise(outcome), chunk_size=4):
            yield event

    async def _async_changed_events(self, request: ChatRequest) -> AsyncEvents:
        if self.on_events is iter and self.on_response is _unchanged:
            async with self.chat.astream(self.on_request(request)) as stream:
                async for event in stream:
                    yield event
            return
        with self.chat.stream(self.on_request(request)) as blocking:  # `on_events` is sync, so a thread reads for it
            events = self.on_events(self._with_changed_response(blocking))
            while (following := await asyncio.to_thread(_next, events)) is not None:
                yield following

    def _with_changed_response(self, stream: Iterable[StreamEvent]) -> Iterable[StreamEvent]:
        return stream if self.on_response is _unchanged else self._collect_and_change(stream)

    def _collect_and_change(self, stream: Iterable[StreamEvent]) -> Events:
        collected: list[StreamEvent] = []
        try:
            collected.extend(stream)
        except ChatError as caught:
            error = caught
        else:
            yield from events_from_response(self.on_response(response_from_events(collected)), chunk_size=4)
            return
        yield from collected
        raise error


def _next(events: Iterator[StreamEvent]) -> StreamEvent | None:
    return next(events, None)


def _response_or_raise(outcome: Exception | ChatResponse) -> ChatResponse:
    if isinstance(outcome, ChatResponse):
        return outcome
    raise outcome


def with_messages(chat: ChatPort, change: Callable[[Message], Message]) -> ChatPort:
    """Wrap *chat* so that each message of a request is changed."""

    def change_messages(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, messages=[change(message) for message in request.messages])

    return Mutated(chat, on_request=change_messages)


def with_settings(chat: ChatPort, change: Callable[[ChatSettings], ChatSettings]) -> ChatPort:
    """Wrap *chat* so that the settings of a request are changed."""
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, settings=change(request.settings)))


@attrs.frozen(kw_only=True)
class PerMethodChat:
    """A `ChatPort` that delegates each of its four methods to another chat, so that they need not agree."""

    for_complete: ChatPort
    for_stream: ChatPort
    for_acomplete: ChatPort
    for_astream: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.for_complete.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.for_stream.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.for_acomplete.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.for_astream.astream(request)

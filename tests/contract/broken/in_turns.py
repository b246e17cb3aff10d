"""Broken adapters whose streams share state while several are open, or belong to one thread or task."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator

import attrs

from llm_core import (
    AsyncChatStream,
    ChatPort,
    ChatRequest,
    ChatStream,
    StreamEvent,
    TextDelta,
    Usage,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream, EventStream

from .aftermath import PassingChat
from .mutating import AsyncEvents, Events, Mutated, in_memory, over_http
from .plain_chat import PlainChat


@attrs.define
class _Buffers:
    """A buffer for each open stream; one that is opened beside another uses that one's, where *share* says so."""

    share: Callable[[object, object], bool]
    of: dict[object, tuple[object, list[str]]] = attrs.field(factory=dict)

    def opened(self, stream: object, place: object) -> list[str]:
        others = [buffer for other, buffer in self.of.values() if self.share(other, place)]
        self.of[stream] = place, (others or [[]])[0]
        return self.of[stream][1]

    def closed(self, stream: object) -> None:
        self.of.pop(stream, None)


@attrs.frozen
class _SharesBuffers(PassingChat):
    buffers: _Buffers

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._aevents(request))

    def _events(self, request: ChatRequest) -> Events:
        key = object()
        buffer = self.buffers.opened(key, threading.get_ident())
        with self.chat.stream(request) as stream:
            try:
                for event in stream:
                    buffer += [event.text] if isinstance(event, TextDelta) else []
                    yield TextDelta(buffer[0]) if isinstance(event, TextDelta) else event
                    buffer.clear() if len(buffer) < 2 else buffer.reverse()
            finally:
                self.buffers.closed(key)

    async def _aevents(self, request: ChatRequest) -> AsyncEvents:
        key = object()
        buffer = self.buffers.opened(key, asyncio.get_running_loop())
        async with self.chat.astream(request) as stream:
            try:
                async for event in stream:
                    buffer += [event.text] if isinstance(event, TextDelta) else []
                    yield TextDelta(buffer[0]) if isinstance(event, TextDelta) else event
                    buffer.clear() if len(buffer) < 2 else buffer.reverse()
            finally:
                self.buffers.closed(key)


@in_memory("share.in-turns", shows="the answers", where="threads")
def shares_a_buffer_between_streams_of_different_threads(chat: ChatPort) -> ChatPort:
    return _SharesBuffers(chat, _Buffers(lambda other, own: other != own))


@in_memory("share.in-turns", shows="the answers", where="loops")
def shares_a_buffer_between_streams_of_different_loops(chat: ChatPort) -> ChatPort:
    return _SharesBuffers(chat, _Buffers(lambda other, own: other is not own))


@in_memory("share.in-turns", shows="the answers", where="one-thread")
def shares_a_buffer_between_streams_of_one_thread(chat: ChatPort) -> ChatPort:
    return _SharesBuffers(chat, _Buffers(lambda other, own: other == own))


@in_memory("share.in-turns", shows="the answers", where="one-loop")
def shares_a_buffer_between_streams_of_one_loop(chat: ChatPort) -> ChatPort:
    return _SharesBuffers(chat, _Buffers(lambda other, own: other is own))


class _OfAThread(EventStream):
    """Keeps its usage for the thread that read it."""

    reader: threading.Thread | None = None

    def __next__(self) -> StreamEvent:
        self.reader = threading.current_thread()
        return super().__next__()

    @property
    def usage(self) -> Usage | None:
        return super().usage if self.reader is threading.current_thread() else None


@in_memory("stream.any-thread", shows="`usage` of the stream, and of its response", mode="stream")
def knows_the_usage_in_the_thread_of_the_reader_alone(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_stream=_OfAThread)


@attrs.frozen
class _Scoped(PassingChat):
    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncEvents:
        async with asyncio.timeout(60), self.chat.astream(request) as stream:
            owner = asyncio.current_task()
            async for event in stream:
                if owner is not asyncio.current_task():
                    raise RuntimeError("attempted to exit a cancel scope in another task")
                yield event


@in_memory("stream.any-thread", shows="in another task", raises=RuntimeError, mode="astream")
def keeps_a_scope_of_a_task_open_between_events(chat: ChatPort) -> ChatPort:
    return _Scoped(chat)


def _without_repetition(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    before: StreamEvent | None = None
    for event in events:
        if event != before or not isinstance(event, TextDelta):
            yield event
        before = event


@over_http("law.stream-equals-complete", shows="is not what the deltas add up to")
def drops_a_delta_that_repeats_the_one_before(chat: PlainChat) -> ChatPort:
    return Mutated(from_async(chat), on_events=_without_repetition)


class _Strips(AsyncEventStream):
    """Drops the white space of the first delta, where it has nothing else."""

    is_begun = False

    async def __anext__(self) -> StreamEvent:
        event = await super().__anext__()
        is_blank = isinstance(event, TextDelta) and not event.text.strip() and not self.is_begun
        self.is_begun = self.is_begun or isinstance(event, TextDelta)
        return await super().__anext__() if is_blank else event


@over_http("law.stream-equals-complete", shows="is not what the deltas add up to", mode="astream")
def drops_a_blank_first_delta_of_async_streams(chat: PlainChat) -> ChatPort:
    return Mutated(from_async(chat), as_async_stream=_Strips)

"""Streams that pass everything on, and note where the stream beneath contradicts itself."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEnd, StreamEvent, ToolCallStart
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.response_builder import ResponseBuilder, response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatStream

from .observations import Observations, caller_context

Stream = TypeVar("Stream", bound="ChatStream | AsyncChatStream")


@attrs.define(eq=False)
class _Observed(Generic[Stream]):
    """What both streams note. *events* are those that the caller has read."""

    seen: Observations
    stream: Stream
    events: list[StreamEvent] = attrs.field(factory=list, init=False)
    is_over: bool = attrs.field(default=False, init=False)

    @property
    def response(self) -> ChatResponse:
        """The response of the stream."""
        return self.stream.response

    @property
    def usage(self) -> Usage | None:
        """The usage of the stream."""
        return self.stream.usage

    def _event(self, event: StreamEvent) -> None:
        if self.events and isinstance(self.events[-1], StreamEnd):
            self.seen.note("stream.one-end", f"an event came after the StreamEnd: {event!r}")
        self.events.append(event)
        if isinstance(event, StreamEnd):
            self._end(event.response)

    def _end(self, response: ChatResponse) -> None:
        self.seen.response(response)
        try:
            collected = response_from_events(self.events)
        except ValueError as problem:
            self.seen.note("stream.end-agrees", f"the events contradict each other: {problem}")
            return
        if collected != response:
            self.seen.note("stream.end-agrees", f"the deltas add up to {collected!r}, the StreamEnd has {response!r}")
        indices = sorted(event.index for event in self.events if isinstance(event, ToolCallStart))
        if indices != [*range(len(indices))]:
            self.seen.note("stream.end-agrees", f"the calls have the indices {indices}, and not their positions")

    def over(self) -> None:
        """Note what is missing at the end of the iteration."""
        self.seen.over.append(self.stream)
        if self.events and isinstance(end := self.events[-1], StreamEnd):
            self._agrees(end.response)
        elif not self.is_over:
            self.seen.note("stream.one-end", "a stream ended without a StreamEnd, and raised nothing")

    def _agrees(self, response: ChatResponse) -> None:
        """Note where the properties of a stream that has ended differ from *response*, or from what was read."""
        try:
            own = self.response
        except RuntimeError:
            self.seen.note("stream.response", "a stream that has ended has no `response`")
            return
        if own != response:
            self.seen.note("stream.response", f"`response` of the stream is {own!r}, and its end had {response!r}")
        if self.usage != response.usage:
            self.seen.note("stream.usage", f"`usage` of the stream is {self.usage!r}, its end had {response.usage!r}")
        is_compared = bool(self.events) and isinstance(self.events[-1], StreamEnd)
        if not is_compared and (problem := _not_within(self.events, response.message)):
            self.seen.note("stream.response", f"the response lacks what the events held: {problem}")

    def failed(self, error: BaseException) -> None:
        """Note where *error*, which ended the stream, differs from what was read."""
        self.is_over = True
        self.seen.over.append(self.stream)
        if not isinstance(error, ChatError):
            return
        if problem := _not_within(self.events, error.partial or AssistantMessage()):
            self.seen.note("error.partial", f"`partial` of the error lacks what the events held: {problem}")
        if self.usage != error.usage:
            self.seen.note("error.usage", f"`usage` of the error is {error.usage!r}, that of its stream {self.usage!r}")
        self.seen.error(error)

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """Note whether the close within the block loses the usage."""
        before, self.is_over = self.usage, True
        yield
        self.seen.over.append(self.stream)
        if before is not None and self.usage is None:
            self.seen.note("stream.usage", f"`usage` was {before!r}, and is None after the close")


class _Working:
    """Notes what the stream does within the block: how it ends, and whether it changes the caller's context."""

    def __init__(self, observed: _Observed[ChatStream] | _Observed[AsyncChatStream]) -> None:
        self._observed = observed

    def __enter__(self) -> None:
        self._before = caller_context()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        if isinstance(exc, StopIteration | StopAsyncIteration):
            self._observed.over()
        elif exc is not None:
            self._observed.failed(exc)
        self._observed.seen.context(self._before)


@attrs.define(eq=False)
class ObservedStream(_Observed[ChatStream]):
    """A `ChatStream` over *stream*."""

    def __iter__(self) -> Iterator[StreamEvent]:
        """Return itself, if the stream does."""
        found = iter(self.stream)
        return self if found is self.stream else found

    def __next__(self) -> StreamEvent:
        """Return the next event."""
        with _Working(self):
            event = next(self.stream)
        self._event(event)
        return event

    def __enter__(self) -> Self:
        """Enter the stream."""
        with _Working(self):
            self.stream.__enter__()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Leave the stream."""
        with self._leaving():
            self.stream.__exit__(exc_type, exc, traceback)
        self.seen.left.append(self.stream)

    def close(self) -> None:
        """Close the stream."""
        with self._leaving():
            self.stream.close()

    def until_done(self) -> ChatResponse:
        """Return the whole response."""
        with _Working(self):
            response = self.stream.until_done()
        self._agrees(response)
        return response


@attrs.define(eq=False)
class ObservedAsyncStream(_Observed[AsyncChatStream]):
    """An `AsyncChatStream` over *stream*."""

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        """Return itself, if the stream does."""
        found = aiter(self.stream)
        return self if found is self.stream else found

    async def __anext__(self) -> StreamEvent:
        """Return the next event."""
        with _Working(self):
            event = await self.stream.__anext__()
        self._event(event)
        return event

    async def __aenter__(self) -> Self:
        """Enter the stream."""
        with _Working(self):
            await self.stream.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Leave the stream."""
        with self._leaving():
            await self.stream.__aexit__(exc_type, exc, traceback)

    async def aclose(self) -> None:
        """Close the stream."""
        with self._leaving():
            await self.stream.aclose()

    async def until_done(self) -> ChatResponse:
        """Return the whole response."""
        with _Working(self):
            response = await self.stream.until_done()
        self._agrees(response)
        return response


def _not_within(events: list[StreamEvent], message: AssistantMessage) -> str:
    """Return which field of *message* does not begin with what *events* held; empty if each does."""
    builder = ResponseBuilder()
    for event in events:
        if isinstance(event, StreamEnd):
            break
        builder.add(event)
    part = builder.partial(None)
    texts = {
        "text": (part.content, message.content),
        "reasoning": tuple("".join(one.text for one in of.reasoning) for of in (part, message)),
    }
    for name, (held, whole) in texts.items():
        if not whole.startswith(held):
            return f"{name} {held!r} is no beginning of {whole!r}"
    held_calls, calls = ([(call.id, call.name) for call in of.all_tool_calls] for of in (part, message))
    return "" if set(held_calls) <= set(calls) else f"calls {held_calls!r} of {calls!r}"

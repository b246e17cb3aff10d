"""What the suite notes of a call, where no clause of its own can show it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextvars import ContextVar, copy_context
from typing import Self

import pytest

from llm_core import (
    AssistantMessage,
    ChatResponse,
    ServerError,
    StreamEnd,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.testing.guards.observations import Observations
from llm_core.testing.guards.observed_stream import ObservedAsyncStream, ObservedStream

END = StreamEnd(response=ChatResponse(message=AssistantMessage("Yes.")))


class Script(EventStream):
    """Yields events as they are, whatever they are."""

    def __init__(self, *events: StreamEvent) -> None:
        super().__init__(_events(events))
        self.script = iter(events)

    def __next__(self) -> StreamEvent:
        return next(self.script)

    def __iter__(self) -> Iterator[StreamEvent]:  # type: ignore[override]  # a stream that is not its own iterator
        return _events(tuple(self.script))


class AsyncScript(AsyncEventStream):
    def __init__(self) -> None:
        super().__init__(_aevents())

    def __aiter__(self) -> AsyncIterator[StreamEvent]:  # type: ignore[override]  # as above
        return _aevents()


def _events(events: tuple[StreamEvent, ...]) -> Generator[StreamEvent, None, None]:
    yield from events


async def _aevents() -> AsyncGenerator[StreamEvent, None]:
    yield TextDelta("Yes.")


def problems(*events: StreamEvent) -> list[str]:
    seen = Observations()
    stream = ObservedStream(seen, Script(*events))
    for _ in range(len(events) + 1):
        next(stream, None)
    return [clause for clause, _ in seen.take_problems()]


def test_an_event_after_the_end_is_noted() -> None:
    assert "stream.one-end" in problems(TextDelta("Yes."), END, TextDelta("No."))


def test_a_stream_that_just_stops_is_noted() -> None:
    assert ["stream.one-end"] == problems(TextDelta("Yes."))


def test_events_that_contradict_each_other_are_noted() -> None:
    assert "stream.end-agrees" in problems(ToolCallDelta(index=0, arguments_text="{}"), END)


def test_an_end_that_the_deltas_do_not_add_up_to_is_noted() -> None:
    assert "stream.end-agrees" in problems(TextDelta("No."), END)


def test_a_stream_that_is_not_its_own_iterator_is_iterated_as_it_is() -> None:
    seen = Observations()

    assert [TextDelta("Yes."), END] == list(ObservedStream(seen, Script(TextDelta("Yes."), END)))
    assert [TextDelta("Yes.")] == asyncio.run(_all(ObservedAsyncStream(seen, AsyncScript())))


async def _all(stream: ObservedAsyncStream) -> list[StreamEvent]:
    return [event async for event in stream]


def test_usage_that_is_lost_by_a_close_is_noted() -> None:
    class Forgetful(EventStream):
        known: Usage | None = Usage(input_tokens=7)

        def close(self) -> None:
            super().close()
            self.known = None

        @property
        def usage(self) -> Usage | None:
            return self.known

    seen = Observations()
    ObservedStream(seen, Forgetful(_events((END,)))).close()

    assert ["stream.usage"] == [clause for clause, _ in seen.take_problems()]


def test_an_error_of_two_calls_and_one_that_changes_later_are_noted() -> None:
    seen, error = Observations(), ServerError(status_code=500)
    error.__context__ = OSError()

    seen.error(error)
    seen.error(error)
    error.status_code = 502

    clauses = ["error.nothing-hangs-on-it", "error.own", "error.nothing-hangs-on-it", "error.own"]
    assert clauses == [clause for clause, _ in seen.take_problems()]


def test_a_context_variable_that_changes_is_noted() -> None:
    seen, before = Observations(), copy_context()
    token = ContextVar[int]("of_a_call").set(1)

    seen.context(before)

    assert ["quiet.context"] == [clause for clause, _ in seen.take_problems()]
    token.var.reset(token)


def test_a_stream_that_cannot_be_closed_again_is_noted() -> None:
    class Once(EventStream):
        is_closed = False

        def close(self) -> None:
            if self.is_closed:
                raise OSError("closed already")
            self.is_closed = True

    seen = Observations()
    with ObservedStream(seen, Once(_events(()))):
        pass

    seen.use_again()

    assert ["close.twice"] == [clause for clause, _ in seen.take_problems()]


def test_a_stream_may_refuse_to_be_entered_again() -> None:
    class EnteredOnce(EventStream):
        is_entered = False

        def __enter__(self) -> Self:
            if self.is_entered:
                raise RuntimeError("the stream has ended")
            self.is_entered = True
            return super().__enter__()

    seen = Observations()
    with ObservedStream(seen, EnteredOnce(_events(()))):
        pass

    seen.use_again()

    assert [] == list(seen.take_problems())


def test_what_stream_and_error_say_otherwise_is_noted() -> None:
    class Contrary(EventStream):
        error: ServerError | None = None

        def __next__(self) -> StreamEvent:
            if self.error is not None:
                raise self.error
            return super().__next__()

        @property
        def usage(self) -> Usage | None:
            return Usage(input_tokens=7)

        @property
        def response(self) -> ChatResponse:
            if self.error is None:
                raise RuntimeError
            return ChatResponse(message=AssistantMessage("No."))

    seen = Observations()
    inner = Contrary(_events((TextDelta("Yes."), END)))
    stream = ObservedStream(seen, inner)
    assert [TextDelta("Yes."), END] == list(stream)
    inner.error = ServerError()
    next_error = ObservedStream(seen, inner)
    next_error.events += [TextDelta("Yes."), END]
    with pytest.raises(ServerError):
        next(next_error)
    stream._agrees(END.response)
    next_error._agrees(ChatResponse(message=AssistantMessage("No.")))

    clauses = [clause for clause, _ in seen.take_problems()]
    assert ["stream.response", "error.partial", "error.usage"] == clauses[:3]
    assert {"stream.response", "stream.usage"} == {*clauses[3:]}

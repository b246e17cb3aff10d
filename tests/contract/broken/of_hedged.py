"""Broken forms of `Hedged`."""

from collections.abc import Sequence

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ChatStream, EventStream, StreamEvent
from llm_core.wrappers import Hedged, Steps, call, race, relay

from .broken_wrapper import wrapper

_LEFT_OPEN: list[ChatStream] = []  # so that no collection closes them


class Slow(Hedged):
    """Calls the second chat after half a minute; a broken form overrides a step of the race."""

    def __init__(self, chats: Sequence[ChatPort]) -> None:
        super().__init__(chats, after=30)

    def begun(self, request: ChatRequest) -> list[ChatStream]:
        """Return the streams of all chats, which are kept open."""
        streams = [chat.stream(request) for chat in self.chats]
        for stream in streams:
            next(stream)
        _LEFT_OPEN.extend(streams)
        return streams


@wrapper(
    "wrapper.not-chosen",
    shows="still in progress: stream",
    mode="stream",
    fails=False,
    chats=2,
    attempts_per_call=2,
    begins_in_callers_thread=False,
)
def leaves_the_loser_open(chats: Sequence[ChatPort]) -> ChatPort:
    class Leaves(Slow):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            self.begun(request)
            return (yield from super().exchange(request))

    return Leaves(chats)


@wrapper(
    "wrapper.usage-of-attempts",
    shows="usage.input_tokens: expected 107",
    mode="stream",
    chats=2,
    attempts_per_call=2,
    begins_in_callers_thread=False,
)
def forgets_what_the_others_had_reported(chats: Sequence[ChatPort]) -> ChatPort:
    class Forgets(Slow):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                answer = yield from call(self.chats[0], request)
            except ChatError:
                answer = None
            if answer is None:
                answer = yield from call(self.chats[1], request)
            return (yield from relay(answer))

    return Forgets(chats)


@wrapper("wrapper.attempts", shows="1 attempts, and 2 are declared", chats=2, attempts_per_call=2)
def waits_although_the_first_has_failed(chats: Sequence[ChatPort]) -> ChatPort:
    return Slow(chats[:1])


@wrapper("wrapper.events-unchanged", shows="ReasoningDelta", mode="stream", chats=2, attempts_per_call=2)
def loses_the_first_event_of_the_winner(chats: Sequence[ChatPort]) -> ChatPort:
    class Loses(Slow):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            answer = yield from race(self.chats, request, 30)

            def without_first(event: StreamEvent) -> list[StreamEvent]:
                first, answer.first = answer.first, event
                return [] if first is None else [event]

            return (yield from relay(answer, without_first))

    return Loses(chats)


@wrapper("wrapper.close-from-thread", shows="a deadlock", chats=2, attempts_per_call=2)
def does_not_close_its_runners_from_another_thread(chats: Sequence[ChatPort]) -> ChatPort:
    class Deaf(Slow):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            inner = super().stream(request)
            return EventStream(event for event in inner)

    return Deaf(chats)


@wrapper("wrapper.previous", shows="'attempt-0'", mode="stream", chats=2, attempts_per_call=2)
def forgets_the_errors_of_the_others(chats: Sequence[ChatPort]) -> ChatPort:
    class Forgets(Slow):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from super().exchange(request))
            except ChatError as error:
                error.previous = ()
                raise

    return Forgets(chats)


@wrapper("wrapper.response-unchanged", shows="id: expected 'answer-1', got None", chats=2, attempts_per_call=2)
def makes_a_response_of_the_deltas_alone(chats: Sequence[ChatPort]) -> ChatPort:
    class Collects(Slow):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            return attrs.evolve((yield from super().exchange(request)), id=None)

    return Collects(chats)

"""Broken forms of `Recorded`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ModelDescription,
    RecordingMissingError,
    StreamEnd,
    StreamEvent,
)
from llm_core.serialization import error_from_json, error_to_json
from llm_core.wrappers import Recorded, Steps, forward

from .broken_wrapper import wrapper


def _tape() -> Path:
    return Path(tempfile.mkdtemp(prefix="llm-core-")) / "tape.jsonl"


@wrapper("wrapper.stored-answers", shows="number", mode="complete")
def replays_what_it_has_just_recorded(chats: Sequence[ChatPort]) -> ChatPort:
    path = _tape()

    class Replays(Recorded):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            again = Recorded(self.chats[0], path, mode="once")
            return (yield from again.exchange(request))

    return Replays(chats[0], path, mode="once")


@wrapper("wrapper.error-unchanged", shows="detail")
def raises_the_error_of_the_tape(chats: Sequence[ChatPort]) -> ChatPort:
    class OfTheTape(Recorded):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from super().exchange(request))
            except ChatError as error:
                text = error_to_json(error)
            raised = error_from_json(text)
            raised.detail = None
            raise raised

    return OfTheTape(chats[0], _tape(), mode="record")


@wrapper("wrapper.events-at-once", shows="after 2 events that the caller read")
def records_before_it_passes_events_on(chats: Sequence[ChatPort]) -> ChatPort:
    class Holds(Recorded):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            held: list[StreamEvent] = []

            def hold(event: StreamEvent) -> list[StreamEvent]:
                held.append(event)
                return held if isinstance(event, StreamEnd) else []

            return (yield from forward(self.chats[0], request, hold))

    return Holds(chats[0], _tape(), mode="record")


@wrapper("wrapper.lazy", shows="", raises=RecordingMissingError)
def misses_in_stream_itself(chats: Sequence[ChatPort]) -> ChatPort:
    class Misses(Recorded):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            raise self._tape.missing(request)

        def astream(self, request: ChatRequest, /) -> AsyncChatStream:
            raise self._tape.missing(request)

    return Misses(chats[0], _tape(), mode="record")


@wrapper("wrapper.describe", shows="provider")
def describes_nothing_while_it_records(chats: Sequence[ChatPort]) -> ChatPort:
    class Nothing(Recorded):
        def describe(self) -> ModelDescription:
            return ModelDescription()

    return Nothing(chats[0], _tape(), mode="record")

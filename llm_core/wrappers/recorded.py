"""Calls that are recorded on a tape, and replayed from it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock

from .argument_checks import require_one_of
from .recording import Recording
from .steps import Steps, call, emit, relay, run, spend
from .tape import Tape
from .wrapper import Wrapper

if TYPE_CHECKING:
    import os

RecordMode: TypeAlias = Literal["replay", "record", "once"]


class Recorded(Wrapper):
    """A chat whose calls are recorded in the file at *path*, and replayed from it without a key or a network.

    - ``"replay"``: each call is answered by the tape, and nothing is sent.
    - ``"record"``: each call is sent, and recorded in place of what the tape holds of the namespace.
    - ``"once"``: what the tape lacks is sent and recorded.

    The n-th of equal requests gets the n-th recording. Requests are equal if their fields are, whatever their timeout.
    A tape serves all four verbs, whichever of them recorded it; a replay does not wait. Errors are recorded too; a call
    that the caller ended early, and a failure that is no `ChatError`, are not.

    A tape holds prompts and answers; of the adapter it holds no key, header or address, and so neither `host` nor
    `detail` of an error. Its file is made with mode 0600.
    """

    def __init__(
        self,
        chat: ChatPort | None,
        path: str | os.PathLike[str],
        *,
        mode: RecordMode,
        namespace: str = "",
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Wrap *chat*, which is closed with the wrapper; a replay needs none. A tape may hold several namespaces.

        Raises:
            ValueError: *mode* is another word, or there is no chat to record.
        """
        require_one_of("mode", mode, ("replay", "record", "once"))
        if chat is None and mode != "replay":
            raise ValueError(f"chat: must not be None with mode {mode!r}")
        super().__init__(*(() if chat is None else (chat,)), clock=clock)
        self._mode = mode
        self._tape = Tape(Path(path), namespace, begins_anew=mode == "record")

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the recorded response, or that of the chat, once it is recorded.

        Raises:
            RecordingMissingError: the tape has no recording of the request, in a replay.
            ChatError: the recorded error, or that of the chat.
            ValueError: the file is not a tape.
            OSError: the file cannot be read or written.
        """
        if self._mode == "record":
            return (yield from self._record(request))
        if not self._tape.is_loaded:
            yield from run(self._tape.load)
        recording = self._tape.take(request)
        if recording is not None:
            return (yield from _replay(recording))
        if self._mode == "replay":
            raise self._tape.missing(request)
        return (yield from self._record(request))

    def _record(self, request: ChatRequest) -> Steps[ChatResponse]:
        started, deltas = self.clock.now(), list[StreamEvent]()
        first: float | None = None
        outcome: ChatResponse | ChatError

        def keep(event: StreamEvent) -> Iterable[StreamEvent]:
            if not isinstance(event, StreamEnd):
                deltas.append(event)
            return (event,)

        try:
            answer = yield from call(self.chats[0], request)
            first = None if answer.response is not None else self.clock.now() - started
            outcome = yield from relay(answer, keep)
        except ChatError as error:
            outcome = error
        seconds = self.clock.now() - started
        recording = Recording(events=tuple(deltas), outcome=outcome, seconds=seconds, first_event_seconds=first)
        yield from run(partial(self._tape.add, request, recording))
        try:
            return _returned(outcome)
        finally:
            del outcome, recording  # an error refers to this frame


def _replay(recording: Recording) -> Steps[ChatResponse]:
    yield from spend(recording.outcome.usage)  # so that a stream reports it too
    yield from emit(recording.deltas())
    return _returned(recording.outcome, usage_is_spent=True)


def _returned(outcome: ChatResponse | ChatError, *, usage_is_spent: bool = False) -> ChatResponse:
    if isinstance(outcome, ChatError):
        try:
            raise outcome
        finally:
            del outcome  # as above
    return attrs.evolve(outcome, usage=None) if usage_is_spent else outcome

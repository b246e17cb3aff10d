"""The steps of an exchange: what a wrapper's `exchange` yields, through the functions below, and a driver performs.

Three rules: always ``yield from`` a step, take no step in ``finally``, and catch `ChatError` only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from typing import TypeAlias, TypeVar

import attrs

from llm_core.domain.errors import ChatError, StreamInterruptedError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatPort, ChatStream

from .signals import Signal

Result = TypeVar("Result")


class Answer:
    """The answer of a chat to a request: a whole response (`complete`), or a stream that has begun (`stream`)."""

    __slots__ = ("astream", "chat", "closed", "first", "request", "response", "stream")

    def __init__(self, chat: ChatPort, request: ChatRequest) -> None:
        """Prepare a call, which `begin` makes."""
        self.chat: ChatPort = chat
        """The chat that answers."""
        self.request: ChatRequest = request
        """The request that it gets."""
        self.response: ChatResponse | None = None
        """The response, once it is whole."""
        self.stream: ChatStream | None = None
        self.astream: AsyncChatStream | None = None
        self.first: StreamEvent | None = None
        self.closed: bool = False
        """Whether `close` was called, perhaps before there was a stream."""

    @property
    def usage(self) -> Usage | None:
        """What has been reported so far, also after an error, a cancellation or an early close."""
        if self.response is not None:
            return self.response.usage
        stream = self.stream or self.astream
        return None if stream is None else stream.usage

    def close(self) -> None:
        """Close the stream, if it is a sync one that has been made."""
        self.closed = True
        if self.stream is not None:
            self.stream.close()

    async def aclose(self) -> None:
        """Close the stream, if it is an async one that has been made."""
        if self.astream is not None:
            await self.astream.aclose()

    def end(self, event: StreamEvent | None) -> None:
        """Keep the response of *event*, the last one of the stream, if it is its `StreamEnd`."""
        if isinstance(event, StreamEnd):
            self.response = event.response


@attrs.frozen(eq=False)
class Begin:
    """Make the call, up to the first event of a stream, or to the whole response."""

    answer: Answer


@attrs.frozen(eq=False)
class Race:
    """Begin the first of `answers`, and each other one `after` seconds later, until one has its first event."""

    answers: tuple[Answer, ...]
    after: float


@attrs.frozen(eq=False)
class Relay:
    """Pass on the deltas of a stream, each changed by `each`, up to its whole response."""

    answer: Answer
    each: Each | None


@attrs.frozen(eq=False)
class Emit:
    """Pass on events of the wrapper's own."""

    events: tuple[StreamEvent, ...]


@attrs.frozen(eq=False)
class Wait:
    """Wait for `seconds` (None: without limit), or until `signal` is set."""

    seconds: float | None
    signal: Signal | None = None


@attrs.frozen(eq=False)
class Run:
    """Run a function that may block; `arun` is its async form."""

    run: Callable[[], None]
    arun: Callable[[], Awaitable[None]] | None


@attrs.frozen(eq=False)
class Spend:
    """Add `usage` to that of the response."""

    usage: Usage | None


Step: TypeAlias = Begin | Race | Relay | Emit | Wait | Run | Spend
Steps: TypeAlias = Generator[Step, None, Result]
"""The steps that lead to a result."""
Each: TypeAlias = Callable[[StreamEvent], Iterable[StreamEvent]]
"""What an event becomes: the same, others, or none yet. A `StreamEnd`, which carries the whole message, must become
events that end with a `StreamEnd`. It is called with `StreamEnd` alone where there are no deltas."""


def begin(answer: Answer) -> Steps[None]:
    """Make the call of *answer*, which was prepared by ``Answer(chat, request)``.

    For a wrapper that needs `Answer.usage` also of a call that was ended before its first event.
    """
    yield Begin(answer)


def call(chat: ChatPort, request: ChatRequest) -> Steps[Answer]:
    """Return the answer of *chat*: once it is whole (`complete`), or once its first event has arrived (`stream`).

    Raises:
        ChatError: the call failed: in `complete` as a whole, in `stream` before its first event.
    """
    answer = Answer(chat, request)
    yield Begin(answer)
    return answer


def race(chats: Sequence[ChatPort], request: ChatRequest, after: float) -> Steps[Answer]:
    """Return the answer of the chat whose first event comes first; in streams alone.

    The first chat is called, the next one *after* seconds later, and so on. A chat that fails leaves the race; if it
    was the last in it and the error is retryable, the next one is called at once. The losers are closed, and the usage
    that they reported is added to that of the response.

    Raises:
        ChatError: the last chat in the race failed; `previous` are the errors of the others.
    """
    answers = tuple(Answer(chat, request) for chat in chats)
    yield Race(answers, after)
    return next(answer for answer in answers if answer.first is not None)


def relay(answer: Answer, each: Each | None = None) -> Steps[ChatResponse]:
    """Pass the deltas of *answer* on, changed by *each*, and return its response, changed by *each* in its `StreamEnd`.

    Raises:
        ChatError: the stream broke off; its `partial` has been changed by *each*.
    """
    if answer.response is not None:  # it is whole, and has no deltas
        return (yield from _changed_response(answer.response, each))
    try:
        yield Relay(answer, each)
    except ChatError as error:
        failed = error
    else:
        return (yield from _changed_response(_whole(answer), each))
    try:
        yield from _change_partial(failed, each)
        raise failed
    finally:
        del failed  # an error refers to this frame, which would keep both alive


def forward(chat: ChatPort, request: ChatRequest, each: Each | None = None) -> Steps[ChatResponse]:
    """Call *chat* and relay its answer: `call` and `relay` in one.

    Raises:
        ChatError: the call failed; its `partial` has been changed by *each*.
    """
    try:
        answer = yield from call(chat, request)
    except ChatError as error:
        failed = error
    else:
        return (yield from relay(answer, each))
    try:
        yield from _change_partial(failed, each)
        raise failed
    finally:
        del failed  # an error refers to this frame, which would keep both alive


def emit(events: Iterable[StreamEvent]) -> Steps[None]:
    """Pass on deltas of the wrapper's own; the `StreamEnd` follows by itself from what `exchange` returns."""
    yield Emit(tuple(events))


def wait(seconds: float) -> Steps[None]:
    """Wait for *seconds*.

    Raises:
        ConnectionFailedError: the wrapper was closed meanwhile.
    """
    yield Wait(seconds)


def wait_for(signal: Signal, seconds: float | None = None) -> Steps[bool]:
    """Wait until *signal* is set, at most for *seconds*; return whether it is set.

    Raises:
        ConnectionFailedError: the wrapper was closed meanwhile.
    """
    yield Wait(seconds, signal)
    return signal.is_set


def run(function: Callable[[], Result], afunction: Callable[[], Awaitable[Result]] | None = None) -> Steps[Result]:
    """Return what *function* returns, which may block: the async verbs await *afunction*, else run it in a thread."""
    results: list[Result] = []

    async def arun(afunction: Callable[[], Awaitable[Result]]) -> None:
        results.append(await afunction())

    yield Run(lambda: results.append(function()), None if afunction is None else lambda: arun(afunction))
    return results[0]


def spend(usage: Usage | None) -> Steps[None]:
    """Add *usage*, of another call than the one that is relayed, to that of the response and of the stream."""
    yield Spend(usage)


def _whole(answer: Answer) -> ChatResponse:
    if answer.response is None:
        raise StreamInterruptedError  # its stream has ended without a `StreamEnd`
    return answer.response


def _changed_response(response: ChatResponse, each: Each | None) -> Steps[ChatResponse]:
    """Return *response* as *each* changes it, after the events that *each* held back."""
    if each is None:
        return response
    *held, end = each(StreamEnd(response=response))
    yield Emit(tuple(held))
    if not isinstance(end, StreamEnd):
        raise TypeError(f"each: a StreamEnd must become events that end with a StreamEnd, got {type(end).__name__}")
    return end.response


def _change_partial(error: ChatError, each: Each | None) -> Steps[None]:
    """Change the partial message of *error* as the message of a `StreamEnd`."""
    if each is not None and error.partial is not None:
        changed = yield from _changed_response(ChatResponse(message=error.partial), each)
        error.partial = changed.message

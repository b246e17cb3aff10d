"""Broken adapters on which an earlier call leaves something behind, so that the next one hangs or fails."""

import asyncio
import threading
from collections.abc import Iterable, Iterator

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatStream,
    ConnectionFailedError,
    StreamEvent,
    TextDelta,
    Usage,
    from_async,
)
from llm_core.ports.streams import EventStream

from .mutating import Events, Mutated, in_memory, over_http
from .plain_chat import PlainChat

SLOTS = 10


@attrs.frozen
class PassingChat:
    """A `ChatPort` that delegates; subclasses change one method."""

    chat: ChatPort

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.chat.stream(request)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return await self.chat.acomplete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.chat.astream(request)


@attrs.frozen
class _KeepsLock(PassingChat):
    lock: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        await self.lock.acquire()
        try:
            response = await self.chat.acomplete(request)
        except Exception:
            self.lock.release()
            raise
        self.lock.release()
        return response


@over_http("cancel.complete", shows="a deadlock: not done after")
def keeps_a_lock_after_a_cancelled_call(chat: PlainChat) -> ChatPort:
    return _KeepsLock(from_async(chat))


@attrs.frozen
class _LosesPermits(PassingChat):
    """Gives a permit back after an answer only: neither after an early end nor after an error or a cancellation."""

    permits: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(SLOTS), init=False)
    free: list[int] = attrs.field(factory=lambda: [SLOTS], init=False)  # of the async methods, which may not block

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        self.permits.acquire()
        response = self.chat.complete(request)
        self.permits.release()
        return response

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        while not self.free[0]:  # noqa: ASYNC110 -- a semaphore that belongs to no loop
            await asyncio.sleep(0.01)
        self.free[0] -= 1
        response = await self.chat.acomplete(request)
        self.free[0] += 1
        return response

    def _events(self, request: ChatRequest) -> Events:
        self.permits.acquire()
        with self.chat.stream(request) as stream:
            yield from stream
        self.permits.release()


@in_memory("after.break", shows="a deadlock: not done after 5 seconds", mode="stream")
def loses_a_slot_with_each_early_end(chat: ChatPort) -> ChatPort:
    return _LosesPermits(chat)


@in_memory("after.error", shows="a deadlock: not done after 5 seconds", how="status", mode="complete")
def loses_a_permit_with_each_error(chat: ChatPort) -> ChatPort:
    return _LosesPermits(chat)


@over_http("after.cancel", shows="a deadlock: not done after", mode="acomplete")
def loses_a_permit_with_each_cancelled_call(chat: PlainChat) -> ChatPort:
    return _LosesPermits(from_async(chat))


@attrs.frozen
class _GivesUp(PassingChat):
    """Fails for ever after its first error, as with a client that was closed."""

    errors: list[ChatError] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        if self.errors:
            raise ConnectionFailedError
        try:
            return self.chat.complete(request)
        except ChatError as error:
            self.errors.append(error)
            raise


@over_http("error.status", shows="3 of 3 further calls, made at once, gave something else", status=500, mode="complete")
def fails_for_ever_after_an_error(chat: PlainChat) -> ChatPort:
    return _GivesUp(from_async(chat))


@over_http("stream.break-is-an-error", shows="further calls, made at once", how="cut", mode="stream")
def puts_the_text_of_a_broken_answer_before_the_next(chat: PlainChat) -> ChatPort:
    kept = list[str]()

    def change_events(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        if kept:
            yield TextDelta("".join(kept))
        for event in events:
            kept.extend([event.text] if isinstance(event, TextDelta) else [])
            yield event
        kept.clear()

    return Mutated(from_async(chat), on_events=change_events)


@attrs.frozen
class _HidesInterrupt(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.chat.complete(request)
        except KeyboardInterrupt:
            error = ConnectionFailedError()
        raise error


@over_http("after.interrupt", shows="could not be reached", mode="complete", raises=ConnectionFailedError)
def turns_ctrl_c_into_an_error(chat: PlainChat) -> ChatPort:
    return _HidesInterrupt(from_async(chat))


@attrs.frozen
class _InThread(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        responses: list[ChatResponse] = []
        work = threading.Thread(target=lambda: responses.append(self.chat.complete(request)), daemon=True)
        work.start()
        work.join()
        return responses[0]


@over_http("after.interrupt", shows="the connection is still open", mode="complete")
def leaves_the_request_running_after_ctrl_c(chat: PlainChat) -> ChatPort:
    return _InThread(from_async(chat))


@over_http("error.status", shows="settings.temperature: expected 0.5, seen nothing", status=400, mode="acomplete")
def sends_no_settings_after_a_refusal(chat: PlainChat) -> ChatPort:
    refused: list[ChatError] = []

    def note(error: ChatError) -> ChatError:
        refused.append(error)
        return error

    def without_settings(request: ChatRequest) -> ChatRequest:
        timeout = ChatSettings(timeout=request.settings.timeout)
        return attrs.evolve(request, settings=timeout) if refused else request

    return Mutated(from_async(chat), on_request=without_settings, on_error=note)


@in_memory("answer.text", shows="tokens (14, 10)", mode="complete")
def adds_up_the_usage_of_all_its_calls(chat: ChatPort) -> ChatPort:
    usages: list[Usage | None] = []

    def add_up(response: ChatResponse) -> ChatResponse:
        usages.append(response.usage)
        return attrs.evolve(response, usage=Usage.total(usages))

    return Mutated(chat, on_response=add_up)


@over_http("answer.text", shows="settings.extra: expected nothing, seen {'previous_response_id'", mode="stream")
def sends_the_id_of_the_answer_before(chat: PlainChat) -> ChatPort:
    ids: list[str] = []

    def add_id(request: ChatRequest) -> ChatRequest:
        extra = {"previous_response_id": ids[-1]} if ids else {}
        return attrs.evolve(request, settings=attrs.evolve(request.settings, extra=extra))

    def note_id(response: ChatResponse) -> ChatResponse:
        ids.extend([response.id] if response.id else [])
        return response

    return Mutated(from_async(chat), on_request=add_id, on_response=note_id)

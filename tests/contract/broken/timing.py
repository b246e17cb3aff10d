"""Broken adapters that begin too early, count time from the wrong moment, try again, or need a loop of their own."""

import asyncio
import math
import threading
import time
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import attrs
import httpx

from llm_core import (
    AsyncChatStream,
    BadResponseError,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatStream,
    ChatTimeoutError,
    ConnectionFailedError,
    StreamEvent,
    StreamInterruptedError,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream, EventStream
from llm_core.testing.clauses.timing_clauses import LONG_TIMEOUT, TIMEOUT

from .aftermath import PassingChat
from .mutating import Events, Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat
from .timeouts import with_timeout


@over_http("timeout.bounds", shows="too late", phase="before the body", mode="complete")
def rounds_the_timeout_up_to_whole_seconds(chat: PlainChat) -> ChatPort:
    return with_timeout(chat, math.ceil)


@over_http("timeout.bounds", shows="too early", phase="before the head", mode="astream")
def times_out_after_half_the_time(chat: PlainChat) -> ChatPort:
    return with_timeout(chat, lambda seconds: seconds / 2)


@over_http("timeout.bounds", shows="broke off", phase="keep-alives", mode="complete", raises=StreamInterruptedError)
def limits_each_read_of_a_whole_answer(chat: PlainChat) -> ChatPort:
    per_read = attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, timeout=TIMEOUT))
    return with_timeout(per_read, lambda _: None)


@over_http(
    "timeout.bounds",
    shows="could not be reached",
    phase="within the head",
    mode="complete",
    raises=ConnectionFailedError,
)
def limits_each_read_of_the_head(chat: PlainChat) -> ChatPort:
    per_read = attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, timeout=TIMEOUT))
    return with_timeout(per_read, lambda _: None)


def _with_timeout_of_each_read(chat: PlainChat) -> ChatPort:
    per_read = attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, timeout=LONG_TIMEOUT))

    def without_deadline(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, settings=ChatSettings())

    return Mutated(from_async(per_read), on_request=without_deadline, on_error=lambda _: ChatTimeoutError())


@over_http("timeout.covers-all-phases", shows="too late", mode="complete")
def begins_a_new_timeout_for_the_body(chat: PlainChat) -> ChatPort:
    return _with_timeout_of_each_read(chat)


@over_http("timeout.covers-all-phases", shows="too late", mode="astream")
def begins_a_new_timeout_for_the_first_event(chat: PlainChat) -> ChatPort:
    return _with_timeout_of_each_read(chat)


@over_http("timeout.is-the-requests-own", shows="could not be reached", raises=ConnectionFailedError)
def leaves_the_default_timeout_of_httpx_on(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False)))


@over_http("timeout.counts-from-the-work", shows="too early", mode="complete")
def counts_the_timeout_from_its_construction(chat: PlainChat) -> ChatPort:
    made = time.monotonic()
    return with_timeout(chat, lambda seconds: max(0.001, made + seconds - time.monotonic()))


@attrs.frozen
class _CountsFromStream(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request, time.monotonic()))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._aevents(request, time.monotonic()))

    def _events(self, request: ChatRequest, made: float) -> Events:
        with self.chat.stream(_less(request, made)) as stream:
            yield from stream

    async def _aevents(self, request: ChatRequest, made: float) -> AsyncGenerator[StreamEvent, None]:
        async with self.chat.astream(_less(request, made)) as stream:
            async for event in stream:
                yield event


def _less(request: ChatRequest, made: float) -> ChatRequest:
    seconds = max(0.001, (request.settings.timeout or 120) - (time.monotonic() - made))
    return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=seconds))


@over_http("timeout.counts-from-the-work", shows="too early", mode="stream")
def counts_the_first_deadline_from_stream(chat: PlainChat) -> ChatPort:
    return _CountsFromStream(from_async(chat))


@over_http("timeout.counts-from-the-work", shows="too early", mode="astream")
def counts_the_first_deadline_from_astream(chat: PlainChat) -> ChatPort:
    return _CountsFromStream(from_async(chat))


@attrs.frozen
class _RunsInNewLoop(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        work = self.chat.acomplete(request)
        try:
            return asyncio.run(work)
        finally:
            work.close()  # it was not awaited where a loop is running


@in_memory("call.in-a-running-loop", shows="cannot be called from a running", mode="complete", raises=RuntimeError)
def completes_by_asyncio_run(chat: ChatPort) -> ChatPort:
    return _RunsInNewLoop(chat)


@attrs.frozen
class _WaitsForRunningLoop(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self.chat.acomplete(request))
        return asyncio.run_coroutine_threadsafe(self.chat.acomplete(request), loop).result()


@in_memory("call.in-a-running-loop", shows="a deadlock: not done after 5 seconds", mode="complete")
def waits_for_the_running_loop_that_it_blocks(chat: ChatPort) -> ChatPort:
    return _WaitsForRunningLoop(chat)


class _DropsSilently(AsyncEventStream):
    def __del__(self) -> None:
        """Say nothing."""


class _AlwaysWarns(AsyncEventStream):
    def __del__(self) -> None:
        warnings.warn("unclosed stream", ResourceWarning, stacklevel=1)


@in_memory("stream.dropped-warns", shows="a stream that is dropped while it is open does not warn")
def drops_an_open_stream_without_a_warning(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_async_stream=_DropsSilently)


@in_memory("stream.dropped-warns", shows="a stream that has ended, or was never read, warns")
def warns_about_every_dropped_stream(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_async_stream=_AlwaysWarns)


@attrs.frozen
class _Eager(PassingChat):
    """Begins to read as soon as a stream is made: in a task or a thread."""

    tasks: list[object] = attrs.field(factory=list, init=False)
    in_thread: bool = False

    def stream(self, request: ChatRequest, /) -> ChatStream:
        stream = self.chat.stream(request)
        if self.in_thread:
            threading.Thread(target=stream.__enter__, daemon=True).start()
        return stream

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        stream = self.chat.astream(request)
        if not self.in_thread:
            with suppress(RuntimeError):
                self.tasks.append(asyncio.get_running_loop().create_task(stream.__aenter__()))
        return stream


@in_memory("stream.begins-late", shows="before a stream is read")
def begins_an_async_stream_in_a_task_at_once(chat: ChatPort) -> ChatPort:
    return _Eager(chat)


@in_memory("stream.begins-late", shows="before a stream is read")
def begins_a_stream_in_a_thread_at_once(chat: ChatPort) -> ChatPort:
    return _Eager(chat, in_thread=True)


@attrs.frozen
class _TriesAgain(PassingChat):
    """Sends a request again after a ConnectionFailedError, where *should_retry* is true for the number of the call."""

    should_retry: Callable[[int], bool]
    pause: float = 0.0
    calls: list[int] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        self.calls.append(1)
        with suppress(ConnectionFailedError):
            return self.chat.complete(request)
        if not self.should_retry(len(self.calls)):
            raise ConnectionFailedError
        time.sleep(self.pause)
        return self.chat.complete(request)


@over_http("error.one-attempt", shows="1 == 2", name="hung up", mode="complete")
def tries_again_where_the_provider_hangs_up(chat: PlainChat) -> ChatPort:
    return _TriesAgain(from_async(chat), lambda _: True)


@over_http("error.one-attempt-later", shows="3 requests for 2 calls", how="close", mode="complete")
def tries_again_on_a_connection_that_was_used_before(chat: PlainChat) -> ChatPort:
    return _TriesAgain(from_async(chat), lambda call: call > 1)


@over_http("error.refused-at-once", shows="was tried again after 0.4 seconds", mode="complete")
def connects_again_after_a_pause(chat: PlainChat) -> ChatPort:
    return _TriesAgain(from_async(chat), lambda _: True, pause=0.5)


@attrs.frozen
class _ConnectsTwice(PassingChat):
    url: str

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        address = urlsplit(self.url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            return await self.chat.acomplete(request)
        finally:
            writer.close()


@over_http("answer.one-request", shows="2 connections for 1 call", name="plain", mode="acomplete")
def opens_a_spare_connection_in_each_call(chat: PlainChat) -> ChatPort:
    return _ConnectsTwice(from_async(chat), chat.url)


@over_http("timeout.open-whole-body", shows="broke off", raises=StreamInterruptedError)
def waits_without_a_timeout_for_the_end_of_a_whole_body(chat: PlainChat) -> ChatPort:
    patient = with_timeout(chat, lambda _: 60)
    hasty = from_async(chat)
    return PerMethodChat(for_complete=patient, for_stream=hasty, for_acomplete=patient, for_astream=hasty)


@over_http("timeout.open-whole-body", shows=" answer could not be read", raises=BadResponseError)
def takes_a_whole_body_that_stays_open_for_a_broken_one(chat: PlainChat) -> ChatPort:
    def to_bad_response(error: ChatError) -> ChatError:
        return BadResponseError() if isinstance(error, ChatTimeoutError) else error

    return Mutated(from_async(chat), on_error=to_bad_response)

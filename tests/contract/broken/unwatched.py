"""Broken adapters whose fault lies beside what a clause is about: in another field, a later call, or rare values."""

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatTimeoutError,
    Message,
    RateLimitError,
    ServerError,
    StreamEvent,
    StreamInterruptedError,
    Usage,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream, UsageReport

from .aftermath import PassingChat
from .mutating import Mutated, PerMethodChat, in_memory, over_http, with_messages
from .plain_answers import Reader
from .plain_chat import PlainChat
from .plain_requests import encode


@attrs.frozen
class _AnswersByHeader(PlainChat):
    async def _chunks(self, response: httpx.Response, *, streams: bool) -> AsyncGenerator[object, None]:
        own = response.headers.get("x-request-id")
        async with aclosing(PlainChat._chunks(self, response, streams=streams)) as chunks:
            async for chunk in chunks:
                yield {**chunk, "id": own} if own and isinstance(chunk, dict) else chunk


@over_http("answer.who", shows="id: expected 'answer-7', got 'request-1'", mode="stream")
def reports_the_id_of_the_http_request_as_that_of_the_answer(chat: PlainChat) -> ChatPort:
    return from_async(_AnswersByHeader(chat.url, chat.key))


@attrs.frozen
class _StoresColdAnswers(PassingChat):
    """Stores the answers of `complete` to requests with temperature 0."""

    stored: list[tuple[ChatRequest, ChatResponse]] = attrs.field(factory=list)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        response = next((response for known, response in self.stored if known == request), None)
        if response is None:
            response = self.chat.complete(request)
            if request.settings.temperature == 0:
                self.stored.append((request, response))
        return response


@in_memory("answer.no-stored-answer", shows="3 requests for 4 calls", mode="complete")
def stores_answers_of_temperature_zero(chat: ChatPort) -> ChatPort:
    return _StoresColdAnswers(chat)


@in_memory("request.tool-strict", shows="sent, and set by no request: parallel_tool_calls")
def forbids_parallel_calls_where_a_tool_is_strict(chat: ChatPort) -> ChatPort:
    def change(request: ChatRequest) -> ChatRequest:
        if not any(tool.strict for tool in request.tools):
            return request
        return attrs.evolve(request, settings=attrs.evolve(request.settings, parallel_tool_calls=False))

    return Mutated(chat, on_request=change)


@in_memory("law.hard-values-arrive", shows="content: expected ' ', seen nothing", name="odd texts beside calls")
def drops_blank_text_beside_calls(chat: ChatPort) -> ChatPort:
    def change(message: Message) -> Message:
        is_blank = isinstance(message, AssistantMessage) and message.all_tool_calls and not message.content.strip()
        return attrs.evolve(message, content="") if is_blank else message

    return with_messages(chat, change)


@attrs.frozen
class _RenewsTimeout(PlainChat):
    """The timeout of a stream begins anew with each chunk, one without content too."""

    async def _events_in_time(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        clock, seconds, limits = (
            asyncio.get_running_loop().time,
            request.settings.timeout or 120,
            list[asyncio.Timeout](),
        )
        usage.read = (reader := Reader()).usage

        def renew(chunk: object) -> object:
            limits[-1].reschedule(clock() + seconds)
            return chunk

        events = PlainChat._events(attrs.evolve(self, on_chunk=renew), request, reader, streams=True)
        async with aclosing(events):
            while True:
                try:
                    async with asyncio.timeout(seconds) as limit:
                        limits.append(limit)
                        event = await anext(events, None)
                except TimeoutError:
                    break
                if event is None:
                    return
                yield event
        raise ChatTimeoutError


@over_http(
    "error.fields", shows="got StreamInterruptedError", row="chunks without text within the answer", mode="stream"
)
def renews_the_timeout_at_each_chunk_without_content(chat: PlainChat) -> ChatPort:
    return from_async(_RenewsTimeout(chat.url, chat.key))


@attrs.frozen
class _TriesAgain(PlainChat):
    """Sends a request again if its stream breaks off before the first event."""

    async def _events(
        self, request: ChatRequest, reader: Reader, *, streams: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        for attempt in itertools.count(1):
            number = 0
            try:
                again = reader if attempt == 1 else Reader()
                async with aclosing(PlainChat._events(self, request, again, streams=streams)) as events:
                    async for event in events:
                        number += 1
                        yield event
            except StreamInterruptedError as caught:
                error = caught
            else:
                return
            if number or not streams or attempt > 1:
                raise error


@over_http("error.fields", shows="2 requests for 1 call", row="closed after the head", mode="stream")
def sends_again_if_a_stream_ends_before_its_first_event(chat: PlainChat) -> ChatPort:
    return from_async(_TriesAgain(chat.url, chat.key))


@in_memory("error.fields", shows="holds the prompt, which the provider", row="silent before the answer")
def quotes_the_request_in_the_detail_of_its_own_timeout(chat: ChatPort) -> ChatPort:
    last: list[str] = []

    def keep(request: ChatRequest) -> ChatRequest:
        last[:] = [json.dumps(encode(request, "any"))]
        return request

    def explain(error: ChatError) -> ChatError:
        if isinstance(error, ChatTimeoutError):
            error.detail = f"no answer to {last[0]}"
        return error

    return Mutated(chat, on_request=keep, on_error=explain)


@attrs.frozen
class _WaitsOut(PlainChat):
    """Refuses calls itself until the wait of a rate limit is over."""

    until: list[float] = attrs.field(factory=lambda: [0.0])

    async def _events(
        self, request: ChatRequest, reader: Reader, *, streams: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        if (left := self.until[0] - time.monotonic()) > 0:
            raise RateLimitError(status_code=429, retry_after=left)
        try:
            async with aclosing(PlainChat._events(self, request, reader, streams=streams)) as events:
                async for event in events:
                    yield event
        except RateLimitError as error:
            self.until[0] = time.monotonic() + (error.retry_after or 0)
            raise


@over_http("error.retry-after", shows="the first wrong one: RateLimitError", form="own", status=429, mode="complete")
def refuses_calls_itself_until_a_rate_limit_is_over(chat: PlainChat) -> ChatPort:
    return from_async(_WaitsOut(chat.url, chat.key))


@attrs.frozen
class _SharesUsage(PlainChat):
    """Its streams show the usage of the one before until they have their own."""

    last: list[Usage | None] = attrs.field(factory=lambda: [None])

    async def _events_in_time(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        own = UsageReport()

        def read() -> Usage | None:
            self.last[0] = own.read() or self.last[0]
            return self.last[0]

        usage.read = read
        async with aclosing(PlainChat._events_in_time(self, request, own)) as events:
            async for event in events:
                read()
                yield event


@over_http("error.one-attempt-later", shows="that of its stream Usage(input_tokens=7,", how="close", mode="stream")
def shows_the_usage_of_the_stream_before(chat: PlainChat) -> ChatPort:
    return from_async(_SharesUsage(chat.url, chat.key))


@attrs.frozen
class _SetsTheEnvironment(PlainChat):
    """An environment variable has another value while a call runs."""

    @asynccontextmanager
    async def _response(self, body: Mapping[str, object]) -> AsyncIterator[httpx.Response]:
        before = os.environ.get("NO_PROXY")
        os.environ["NO_PROXY"] = "127.0.0.1"
        try:
            async with PlainChat._response(self, body) as response:
                yield response
        finally:
            os.environ.pop("NO_PROXY", None)
            if before is not None:
                os.environ["NO_PROXY"] = before


@over_http("quiet.process", shows="the call changed os.environ['NO_PROXY']", mode="complete")
def changes_the_environment_while_a_call_runs(chat: PlainChat) -> ChatPort:
    return from_async(_SetsTheEnvironment(chat.url, chat.key))


@attrs.frozen
class _WatchesSlowCalls(PlainChat):
    """A timer of a minute holds each request, also once it has been answered."""

    async def _events(
        self, request: ChatRequest, reader: Reader, *, streams: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        asyncio.get_running_loop().call_later(60, _note_slow, request)
        async with aclosing(PlainChat._events(self, request, reader, streams=streams)) as events:
            async for event in events:
                yield event


def _note_slow(_: ChatRequest) -> None:
    """Do nothing: the loop of a test ends before that."""


@over_http("share.no-memory", shows="16 of 16 requests are still in memory", mode="stream")
def holds_each_request_by_a_timer(chat: PlainChat) -> ChatPort:
    return from_async(_WatchesSlowCalls(chat.url, chat.key))


class _FailsToClose(AsyncEventStream):
    """Closing it raises the error with which it ended."""

    error: ChatError | None = None

    async def __anext__(self) -> StreamEvent:
        try:
            return await super().__anext__()
        except ChatError as error:
            self.error = error
            raise

    async def aclose(self) -> None:
        await super().aclose()
        if self.error is not None:
            raise self.error


@over_http("stream.over-after-break", shows="the provider failed", mode="astream", raises=ServerError)
def raises_the_error_of_a_stream_again_when_it_is_closed(chat: PlainChat) -> ChatPort:
    right = from_async(chat)
    wrong = from_async(_Closes(chat.url, chat.key))
    return PerMethodChat(for_complete=right, for_stream=right, for_acomplete=right, for_astream=wrong)


@attrs.frozen
class _Closes(PlainChat):
    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        usage = UsageReport()
        return _FailsToClose(self._events_in_time(request, usage), usage)

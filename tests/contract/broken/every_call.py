"""Broken adapters that the clause of another promise catches too, since the suite observes each call."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    RateLimitError,
    StreamEvent,
    ToolMessage,
    Usage,
    from_async,
)
from llm_core.ports.streams import AsyncEventStream, EventStream

from .aftermath import PassingChat
from .mutating import Events, Mutated, in_memory, over_http, with_messages
from .plain_chat import PlainChat


class _WithoutUsage(EventStream):
    @property
    def response(self) -> ChatResponse:
        return attrs.evolve(super().response, usage=None)


class _AsyncWithoutUsage(AsyncEventStream):
    @property
    def response(self) -> ChatResponse:
        return attrs.evolve(super().response, usage=None)


@in_memory("stream.one-end", shows="see stream.response")
def has_a_response_without_the_usage_of_the_end(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_stream=_WithoutUsage, as_async_stream=_AsyncWithoutUsage)


class _AsyncWithoutResponse(AsyncEventStream):
    @property
    def response(self) -> ChatResponse:
        raise RuntimeError("the stream has not ended")


@in_memory("stream.one-end", shows="see stream.response", mode="astream")
def has_no_response_after_the_last_event(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_async_stream=_AsyncWithoutResponse)


class _UsageUnknown(EventStream):
    @property
    def usage(self) -> Usage | None:
        return None


@in_memory("stream.one-end", shows="see stream.usage", mode="stream")
def reports_usage_in_the_response_alone(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_stream=_UsageUnknown)


class _UsageGone(AsyncEventStream):
    is_closed = False

    async def aclose(self) -> None:
        await super().aclose()
        self.is_closed = True

    @property
    def usage(self) -> Usage | None:
        return None if self.is_closed else super().usage


@attrs.frozen
class _PassingStreams(PassingChat):
    on_stream: Callable[[AsyncChatStream], AsyncChatStream]

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return self.on_stream(self.chat.astream(request))


def _forget_usage(stream: AsyncChatStream) -> AsyncChatStream:
    assert isinstance(stream, AsyncEventStream)
    stream.__class__ = _UsageGone
    return stream


@over_http("stream.response", shows="see stream.usage", mode="astream")
def forgets_the_usage_when_a_stream_is_closed(chat: PlainChat) -> ChatPort:
    return _PassingStreams(from_async(chat), _forget_usage)


def _without_partial(error: ChatError) -> ChatError:
    error.partial = None
    return error


@in_memory("stream.over-after-break", shows="see error.partial")
def loses_the_partial_of_an_error_event(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=_without_partial)


@attrs.frozen
class _OneError(PassingChat):
    errors: dict[type[ChatError], ChatError] = attrs.field(factory=dict, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.chat.complete(request)
        except ChatError as caught:
            error = self.errors.setdefault(type(caught), caught)
        raise error


@in_memory("error.frees", shows="see error.own", mode="complete")
def raises_one_error_object_in_each_call(chat: ChatPort) -> ChatPort:
    return _OneError(chat)


@attrs.frozen
class _LastError(PassingChat):
    errors: list[ChatError] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        try:
            return self.chat.complete(request)
        except ChatError as caught:
            for earlier in self.errors:
                earlier.request_id = "request-2"
            self.errors.append(caught)
            raise


@in_memory("error.frees", shows="see error.own", mode="complete")
def changes_the_errors_of_earlier_calls(chat: ChatPort) -> ChatPort:
    return _LastError(chat)


def _in_except(error: ChatError) -> ChatError:
    if isinstance(error, RateLimitError):
        error.__context__ = OSError("429 Too Many Requests")
    return error


@in_memory("error.retry-after", shows="see error.nothing-hangs-on-it", mode="complete", status=429)
def has_a_context_for_rate_limits(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=_in_except)


@attrs.frozen
class _KeepsExtra(PassingChat):
    extras: list[object] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        for extra in self.extras:
            if isinstance(extra, dict):
                extra["user"] = "another"
        self.extras.extend([request.settings.extra] if request.settings.extra else [])
        return self.chat.complete(request)


@in_memory("request.unchanged", shows="see request.unchanged", mode="complete")
def changes_the_extra_of_an_earlier_request(chat: ChatPort) -> ChatPort:
    return _KeepsExtra(chat)


@attrs.frozen
class _ClearsExtra(_KeepsExtra):
    def close(self) -> None:
        for extra in self.extras:
            if isinstance(extra, dict):
                extra.clear()


@in_memory("request.nothing-sticks", shows="see request.unchanged", mode="complete")
def clears_the_extra_of_its_requests_when_it_is_closed(chat: ChatPort) -> ChatPort:
    return _ClearsExtra(chat)


@attrs.frozen
class _OneArguments(PassingChat):
    """Fills the arguments of the first call again and again."""

    kept: list[object] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        response = self.chat.complete(request)
        for earlier in self.kept:
            if isinstance(earlier, dict):
                earlier["city"] = "Rome"
        self.kept.extend(call.arguments for call in response.message.tool_calls)
        return response


@in_memory("answer.own", shows="a later call changed the response of an earlier one", mode="complete")
def fills_the_arguments_of_an_earlier_response(chat: ChatPort) -> ChatPort:
    return _OneArguments(chat)


_CURRENT = ContextVar[str]("current_request", default="")


@attrs.frozen
class _SetsVariable(PassingChat):
    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        _CURRENT.set(f"request {id(request)}")
        return await self.chat.acomplete(request)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    def _events(self, request: ChatRequest) -> Events:
        _CURRENT.set(f"request {id(request)}")
        with self.chat.stream(request) as stream:
            yield from stream


@in_memory("answer.text", shows="context variables: current_request: see quiet.context", mode="acomplete")
def sets_a_context_variable_of_the_caller(chat: ChatPort) -> ChatPort:
    return _SetsVariable(chat)


@in_memory("quiet.context", shows="context variables: current_request", mode="stream")
def sets_a_context_variable_of_the_reader(chat: ChatPort) -> ChatPort:
    return _SetsVariable(chat)


@attrs.frozen
class _SetsLoop(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.close()
        return self.chat.complete(request)


@in_memory("quiet.process", shows="the call changed asyncio.get_event_loop()", mode="complete")
def leaves_an_event_loop_set_in_the_callers_thread(chat: ChatPort) -> ChatPort:
    return _SetsLoop(chat)


def _without_port(error: ChatError) -> ChatError:
    error.host = "127.0.0.1"
    return error


@over_http("error.status", shows="host: expected '127.0.0.1:", mode="complete", status=500)
def names_the_host_without_its_port(chat: PlainChat) -> ChatPort:
    return Mutated(from_async(chat), on_error=_without_port)


class _RaisesAgain(EventStream):
    """Raises its error again from each `close` after the one of ``with``."""

    error: ChatError | None = None
    closes = 0

    def __next__(self) -> StreamEvent:
        try:
            return super().__next__()
        except ChatError as error:
            self.error = error
            raise

    def close(self) -> None:
        self.closes += 1
        super().close()
        if self.error is not None and self.closes > 1:
            raise type(self.error)


@in_memory("stream.over-after-break", shows="see close.twice", mode="stream")
def raises_its_error_again_when_it_is_closed_again(chat: ChatPort) -> ChatPort:
    return Mutated(chat, as_stream=_RaisesAgain)


@attrs.frozen
class _Remembers(PassingChat):
    requests: list[ChatRequest] = attrs.field(factory=list, init=False)

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        self.requests.append(request)
        return self.chat.complete(request)

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        self.requests.append(request)
        return self.chat.astream(request)


@over_http("share.no-memory", shows="16 of 16 requests are still in memory", mode="complete")
def keeps_each_request(chat: PlainChat) -> ChatPort:
    return _Remembers(from_async(chat))


@over_http("share.no-memory", shows="16 of 16 requests are still in memory", mode="astream")
def keeps_the_request_of_each_async_stream(chat: PlainChat) -> ChatPort:
    return _Remembers(from_async(chat))


@attrs.frozen
class _OwnModel(PassingChat):
    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.chat.complete(attrs.evolve(request, model=None) if request.tools else request)


@in_memory("law.request-arrives", shows="the model None was sent instead of 'fake-provider-2'", mode="complete")
def uses_its_own_model_where_there_are_tools(chat: ChatPort) -> ChatPort:
    return _OwnModel(chat)


def _with_results(chat: ChatPort, change: Callable[[ToolMessage], ToolMessage]) -> ChatPort:
    return with_messages(chat, lambda message: change(message) if isinstance(message, ToolMessage) else message)


@in_memory("law.hard-values-arrive", shows="messages[2]", name="failed result of parts")
def forgets_that_a_result_of_parts_is_an_error(chat: ChatPort) -> ChatPort:
    return _with_results(
        chat,
        lambda result: result if isinstance(result.content, str) else attrs.evolve(result, is_error=False),
    )


@in_memory("law.hard-values-arrive", shows="messages[", name="odd results")
def replaces_the_line_ends_of_results(chat: ChatPort) -> ChatPort:
    return _with_results(
        chat,
        lambda result: (
            attrs.evolve(result, content=result.content.replace("\r\n", "\n"))
            if isinstance(result.content, str)
            else result
        ),
    )

"""A whole chat from one async generator; timeouts, partial messages and errors are handled here, once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Protocol, assert_never

import attrs

from llm_core.domain.errors import BadResponseError, StreamInterruptedError, UnsupportedFeatureError
from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest, require_request
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import NO_USAGE, Usage

from .chat import DEFAULT_TIMEOUT, AsyncChatStream, ManagedChatPort
from .client_errors import chat_error_of
from .event_loops import require_asyncio
from .partial_response import PartialResponse
from .streams import AsyncEventStream, UsageReport
from .sync_async import from_async
from .tool_call_assembler import ToolCallChunk

_UNSET = ChatSettings()


class ChatEventSource(Protocol):
    """What `from_events` needs to make a chat."""

    @property
    def provider(self) -> str:
        """The provider's name, as errors carry it."""

    @property
    def model(self) -> str:
        """The model's name, as errors carry it where the request sets no model."""

    @property
    def transport_errors(self) -> tuple[type[Exception], ...]:
        """The exceptions of the HTTP client where the connection fails, as in ``(httpx.TransportError,)``."""

    def events(self, request: ChatRequest, /) -> AsyncGenerator[StreamEvent | Usage, None]:
        """Send *request* once, and yield the answer: its deltas, then one `StreamEnd`, whose message may be empty.

        A `Usage` is what the provider has reported so far: for the stream's `usage`, for errors, and for a `StreamEnd`
        without one. Empty deltas are ignored. Tool calls may come in the order in which the server sends them: a
        `ToolCallStart` for every chunk with an id or a name (empty where the chunk has none), before or after the
        arguments. A call without an id gets a generated one; a call with neither name nor arguments is left out. Hold
        resources in ``async with``: the generator is closed or cancelled when the caller stops reading.

        Raises:
            UnsupportedFeatureError: the request has something that cannot be sent; nothing was sent.
            ChatError: the provider refused the request.
            Exception: one of `transport_errors` becomes ConnectionFailedError, or StreamInterruptedError once an event
                has arrived; TimeoutError becomes ChatTimeoutError; any other exception BadResponseError.
        """


def from_events(
    chat: ChatEventSource,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    ignored_settings: Collection[str] = ("cache", "service_tier"),
    server_tools: bool = False,
) -> ManagedChatPort:
    """Return a chat over the events of *chat*, sync and async, that keeps the promises about time and errors.

    *timeout* is in seconds, for requests that set none. The settings named in *ignored_settings* never reach *chat*,
    and stand in the response's `ignored_settings`. Unless *chat* sends `server_tools`, they are refused. Events without
    an end raise StreamInterruptedError, none at all BadResponseError; an end without deltas is an empty answer. The
    message of the end is built from the deltas. The sync verbs are those of `from_async`.
    """
    return from_async(_FromEvents(chat, timeout, frozenset(ignored_settings), server_tools))


@attrs.frozen
class _FromEvents:
    _chat: ChatEventSource
    _timeout: float
    _ignored_settings: frozenset[str]
    _server_tools: bool

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return response_from_events([event async for event in self._events(request, UsageReport(), whole=True)])

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        usage = UsageReport()
        return AsyncEventStream(self._events(request, usage, whole=False), usage)

    async def _events(
        self, request: ChatRequest, usage: UsageReport, *, whole: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        import asyncio

        require_asyncio()
        require_request(request)
        response, clock = PartialResponse(), asyncio.get_running_loop().time
        usage.read = lambda: response.usage
        seconds = self._timeout if request.settings.timeout is None else request.settings.timeout
        deadline = clock() + seconds
        try:
            request, ignored = self._accepted(request)
            async with aclosing(self._chat.events(request)) as source:
                event: StreamEvent | Usage | None = None
                while not isinstance(event, StreamEnd):
                    async with asyncio.timeout_at(deadline):
                        event = await anext(source, None)
                    is_empty = _is_empty(event)
                    for complete in _feed(response, event, ignored):
                        yield complete
                    deadline = deadline if whole or is_empty else clock() + seconds
        except Exception as error:  # noqa: BLE001 -- only ChatErrors may escape
            ours = chat_error_of(self._chat, error, _partial(response))
            ours.usage = ours.usage or response.usage
        else:
            return
        ours.provider, ours.model = self._chat.provider, request.model or self._chat.model
        raise ours  # outside the `except`: inside it, the client's error, with its headers, would be its context

    def _accepted(self, request: ChatRequest) -> tuple[ChatRequest, tuple[str, ...]]:
        """Return *request* without the settings that are ignored, and the names of those that it sets."""
        if request.server_tools and not self._server_tools:
            raise UnsupportedFeatureError(feature="server_tools[0]")
        unset = {name: getattr(_UNSET, name) for name in sorted(self._ignored_settings)}
        ignored = tuple(name for name, value in unset.items() if getattr(request.settings, name) != value)
        return attrs.evolve(request, settings=attrs.evolve(request.settings, **unset)) if ignored else request, ignored


def _partial(response: PartialResponse) -> AssistantMessage | None:
    """Return the message so far; None if nothing has arrived."""
    return response.partial() if response.has_begun else None


def _is_empty(event: StreamEvent | Usage | None) -> bool:
    """Return whether *event* is no part of the answer, so that it does not extend the deadline.

    TypeError: its text is not str.
    """
    match event:
        case Usage():
            return True
        case TextDelta(text) | ReasoningDelta(text) | ToolCallDelta(arguments_text=text):
            return not (text + "")
        case _:
            return False


def _feed(response: PartialResponse, event: StreamEvent | Usage | None, ignored: tuple[str, ...]) -> list[StreamEvent]:
    """Return the events that *event* completes; None is the end of a generator that yielded no `StreamEnd`."""
    match event:
        case Usage():
            response.usage = None if event == NO_USAGE else event
            return []
        case None:
            raise StreamInterruptedError if response.has_begun else BadResponseError
        case TextDelta(text):
            return response.feed(text=text)
        case ReasoningDelta(text):
            return response.feed(reasoning=text)
        case ToolCallStart(index=index, id=id, name=name):
            return response.feed(calls=[ToolCallChunk(index=index, id=id or None, name=name or None)])
        case ToolCallDelta(index=index, arguments_text=text):
            return response.feed(calls=[ToolCallChunk(index=index, arguments=text, arguments_only=True)])
        case StreamEnd(response=end):
            return [*response.finish(), StreamEnd(response=_completed(end, response, ignored))]
        case _:
            assert_never(event)


def _completed(end: ChatResponse, response: PartialResponse, ignored: tuple[str, ...]) -> ChatResponse:
    message = response.builder.message(end.finish_reason, end.message)
    usage = response.usage if end.usage in (None, NO_USAGE) else end.usage
    named = tuple(dict.fromkeys((*end.ignored_settings, *ignored)))
    return attrs.evolve(end, message=message, usage=usage, ignored_settings=named)

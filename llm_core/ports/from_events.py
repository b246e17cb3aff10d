"""A whole chat made of one async generator: time, partial answers and errors are seen to here, once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from llm_core.domain.errors import (
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    StreamInterruptedError,
)
from llm_core.domain.events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder, response_from_events
from llm_core.domain.responses import ChatResponse

from .arrived import Arrived
from .chat import AsyncChatStream, ManagedChatPort
from .streams import AsyncEventStream
from .sync_async import from_async


class ChatEventSource(Protocol):
    """The least that `from_events` makes a chat of."""

    @property
    def provider(self) -> str:
        """Who is asked, as errors name it."""

    @property
    def model(self) -> str:
        """Which model is asked where a request names none."""

    @property
    def transport_errors(self) -> tuple[type[Exception], ...]:
        """What the client raises where the line to the provider fails, as in ``(httpx.TransportError,)``."""

    def events(self, request: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        """Ask once, and yield the answer: its deltas, then one `StreamEnd`, whose message may be left empty.

        Deltas of nothing are passed over. Calls may come as servers tell them: a `ToolCallStart` for each piece of an
        id or a name, empty where nothing is told, before or after the arguments; a call without an id gets one. What
        must be freed is held in ``async with``: the generator is closed, or cancelled, when nobody listens any more.

        Raises:
            UnsupportedFeatureError: the request asks for what cannot be carried; nothing was sent.
            ChatError: whatever the provider refused.
            Exception: one of `transport_errors` is told as ConnectionFailedError, and as StreamInterruptedError once an
                event has come; TimeoutError as ChatTimeoutError; anything else as BadResponseError.
        """


def from_events(chat: ChatEventSource, *, timeout: float = 120.0) -> ManagedChatPort:
    """Return the chat that *chat* tells the events of: both verbs, both colours, every promise about time and errors.

    *timeout* is in seconds, for requests that set none. An end that never came is a StreamInterruptedError, an answer
    of nothing a BadResponseError; the message of the end is made of the deltas. The sync verbs are `from_async`'s.
    """
    return from_async(_FromEvents(chat, timeout))


class _FromEvents:
    def __init__(self, chat: ChatEventSource, timeout: float) -> None:
        self._chat = chat
        self._timeout = timeout

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        return response_from_events([event async for event in self._events(request, whole=True)])

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._events(request, whole=False))

    async def _events(self, request: ChatRequest, *, whole: bool) -> AsyncGenerator[StreamEvent, None]:
        import asyncio

        told, arrived, clock = ResponseBuilder(), Arrived(), asyncio.get_running_loop().time
        seconds = self._timeout if request.settings.timeout is None else request.settings.timeout
        deadline = clock() + seconds
        try:
            async with aclosing(self._chat.events(request)) as arriving:
                while told.end is None:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(arriving, None)
                    for whole_event in arrived.take(event, told):
                        told.add(whole_event)
                        yield whole_event
                    deadline = deadline if whole or _is_silent(event) else clock() + seconds
        except Exception as error:  # noqa: BLE001 -- whatever it is, nothing but a ChatError leaves
            fault = self._fault(error, arrived.partial(told))
        else:
            return
        fault.provider, fault.model = self._chat.provider, request.model or self._chat.model
        raise fault  # out here: inside of the `except` the client's own error, with its headers, would hang on it

    def _fault(self, error: Exception, partial: AssistantMessage | None) -> ChatError:
        fault = self._ours(error, begun=partial is not None)
        fault.partial = partial
        fault.__cause__, fault.__context__ = _cause(error, package=type(self._chat).__module__.partition(".")[0]), None
        return fault.with_traceback(None)

    def _ours(self, error: Exception, *, begun: bool) -> ChatError:
        if isinstance(error, ChatError):
            return error
        if isinstance(error, self._chat.transport_errors):
            failed = CertificateError() if _distrusts(error) else ConnectionFailedError()
            return StreamInterruptedError() if begun else failed
        return ChatTimeoutError() if isinstance(error, TimeoutError) else BadResponseError()


def _is_silent(event: StreamEvent | None) -> bool:
    """Return whether *event* tells nothing: a server that drips such keeps nobody waiting. TypeError: it is no text."""
    match event:
        case TextDelta(text) | ReasoningDelta(text) | ToolCallDelta(arguments_text=text):
            return not (text + "")
        case _:
            return False


def _distrusts(error: Exception) -> bool:
    import ssl

    return any(isinstance(link, ssl.SSLCertVerificationError) for link in _chain(error))


def _cause(error: Exception, *, package: str) -> ProviderFault:
    """Return where *error* came from: its first link by type, and the line of *package* that raised it."""
    import traceback

    *_, first = _chain(error)
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package
    ]
    return ProviderFault(f"{type(first).__module__}.{type(first).__qualname__}", frames[-1] if frames else "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

"""Broken adapters that put work off until after the call, or let a later call wait for an earlier one."""

import asyncio
import logging
import socket
import time
import urllib.request
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from threading import Timer
from urllib.parse import urlsplit

import attrs

from llm_core import (
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamEvent,
    from_async,
)

from .mutating import Mutated, in_memory, over_http
from .plain_answers import Reader
from .plain_chat import PlainChat

_logger = logging.getLogger(__name__)
_tasks: set[asyncio.Task[None]] = set()


def _later(seconds: float, work: Callable[[], object]) -> None:
    timer = Timer(seconds, work)
    timer.daemon = True
    timer.start()


@in_memory("quiet.afterwards", shows="a log record holds the key or the prompt")
def logs_the_prompt_half_a_second_after_the_call(chat: ChatPort) -> ChatPort:
    def log(request: ChatRequest) -> ChatRequest:
        _later(0.5, lambda: _logger.debug("asked: %s", request.messages[-1].content))
        return request

    return Mutated(chat, on_request=log)


@in_memory("quiet.afterwards", shows="the call wrote to stdout or stderr: 'tokens:")
def prints_the_usage_some_time_after_the_answer(chat: ChatPort) -> ChatPort:
    def show(response: ChatResponse) -> ChatResponse:
        _later(0.6, lambda: print("tokens:", response.usage))  # noqa: T201 -- the fault
        return response

    return Mutated(chat, on_response=show)


def _after_failures(chat: PlainChat, act: Callable[[], object]) -> ChatPort:
    """Wrap *chat* so that *act* is called some time after the provider has failed."""

    def note(error: ChatError) -> ChatError:
        if isinstance(error, ServerError | ConnectionFailedError):
            _later(0.6, act)
        return error

    return Mutated(from_async(chat), on_error=note)


@over_http("quiet.afterwards", shows="came after the calls")
def asks_after_a_failure_whether_the_provider_is_back(chat: PlainChat) -> ChatPort:
    def ask() -> None:
        with suppress(OSError):
            urllib.request.urlopen(f"{chat.url}/v1/models", timeout=1).close()  # noqa: S310 -- on loopback

    return _after_failures(chat, ask)


@over_http("quiet.afterwards", shows="0 requests and 8 connections came after the calls")
def connects_in_advance_after_a_failure(chat: PlainChat) -> ChatPort:
    def connect() -> None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", urlsplit(chat.url).port or 0), timeout=1).close()

    return _after_failures(chat, connect)


@attrs.frozen
class _CountsLater(PlainChat):
    """Asks for its own usage in a task that nothing waits for."""

    async def _events(
        self, request: ChatRequest, reader: Reader, *, streams: bool
    ) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(PlainChat._events(self, request, reader, streams=streams)) as events:
            async for event in events:
                yield event
        _start(self._ask_again(request))

    async def _ask_again(self, request: ChatRequest) -> None:
        await asyncio.sleep(0.6)
        async with aclosing(PlainChat._events(self, request, Reader(), streams=False)) as events:
            async for _ in events:
                pass


def _start(work: Coroutine[None, None, None]) -> None:
    _tasks.add(task := asyncio.get_running_loop().create_task(work))
    task.add_done_callback(_tasks.discard)


@over_http("quiet.afterwards", shows="came after the calls")
def sends_a_request_again_in_a_task_of_its_own(chat: PlainChat) -> ChatPort:
    return from_async(_CountsLater(chat.url, chat.key))


@attrs.frozen
class _Paces(PlainChat):
    """A call after a rate limit waits until it is over, before its own timeout begins."""

    until: list[float] = attrs.field(factory=lambda: [0.0])

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        await asyncio.sleep(min(self.until[0] - time.monotonic(), 5.5))
        try:
            return await PlainChat.acomplete(self, request)
        except RateLimitError as error:
            self.until[0] = time.monotonic() + (error.retry_after or 0)
            raise


@over_http("error.retry-after", shows="further calls, made at once, took", form="own", status=429, mode="complete")
def waits_in_the_next_call_until_a_rate_limit_is_over(chat: PlainChat) -> ChatPort:
    return from_async(_Paces(chat.url, chat.key))


def _broken_circuit(chat: PlainChat, error_class: type[ChatError]) -> ChatPort:
    """Wrap *chat* so that three errors of *error_class* in a row become the error of each call in the next seconds."""
    in_a_row, until = list[ChatError](), [0.0]

    def refuse(request: ChatRequest) -> ChatRequest:
        if time.monotonic() < until[0]:
            raise error_class
        return request

    def note(error: ChatError) -> ChatError:
        in_a_row.append(error)
        if len(in_a_row) == 3 and isinstance(error, error_class):
            until[0] = time.monotonic() + 5
        return error

    def forget(response: ChatResponse) -> ChatResponse:
        in_a_row.clear()
        return response

    return Mutated(from_async(chat), on_request=refuse, on_error=note, on_response=forget)


@over_http("after.error", shows="the first wrong one: ServerError", how="status", mode="complete")
def breaks_its_circuit_after_three_server_errors(chat: PlainChat) -> ChatPort:
    return _broken_circuit(chat, ServerError)


@over_http("after.error", shows="the first wrong one: RateLimitError", how="rate limit", mode="complete")
def breaks_its_circuit_after_three_rate_limits(chat: PlainChat) -> ChatPort:
    return _broken_circuit(chat, RateLimitError)

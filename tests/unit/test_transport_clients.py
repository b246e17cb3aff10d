"""Tests for httpx and httpx2 clients of the caller: the direct lane sends through them and does not close them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import httpx2
import pytest

from llm_core import ChatRequest, ChatResponse, ChatSettings, StreamEvent, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import (
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing import Breaks, Fails, FakeProvider, Recorder, Redirects, Refuses, Replies, Scenario, Sends
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from tests.faults.keeping_server import KeepingServer, response

KEY = "sk-planted-0123456789abcdef"
ANSWER = {"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}
REQUEST = ChatRequest(messages=[UserMessage("hi")])
TLS = ssl.create_default_context()  # each client would make one of its own, which takes 25 ms
IMPATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.3))


def call_sync(url: str, request: ChatRequest, *, stream: bool, times: int = 1) -> list[ChatResponse]:
    with (
        httpx.Client(verify=TLS, follow_redirects=True) as client,
        LiteLLMChat("openai/x", api_key=KEY, api_base=url, client=client) as chat,
    ):
        for _ in range(times):
            seen = [chat.stream(request).until_done() if stream else chat.complete(request)]
        chat.close()
        assert not client.is_closed
        return seen


async def call_async(url: str, request: ChatRequest, *, stream: bool, times: int = 1) -> list[ChatResponse]:
    async with (
        httpx.AsyncClient(verify=TLS, follow_redirects=True) as client,
        LiteLLMChat("openai/x", api_key=KEY, api_base=url, async_client=client) as chat,
    ):
        for _ in range(times):
            seen = [await (chat.astream(request).until_done() if stream else chat.acomplete(request))]
        await chat.aclose()
        assert not client.is_closed
        return seen


def call(mode: Mode, fake_provider: FakeProvider, request: ChatRequest = REQUEST, *, times: int = 1) -> ChatResponse:
    """Return the last response; the test owns the client and asserts that the chat leaves it open."""
    url, stream = f"{fake_provider.url}/v1", mode in ("stream", "astream")
    if mode in ("complete", "stream"):
        return call_sync(url, request, stream=stream, times=times)[-1]
    return asyncio.run(call_async(url, request, stream=stream, times=times))[-1]


@pytest.mark.parametrize("mode", EVERY)
def test_the_callers_client_is_used_and_left_open(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        seen = call(mode, fake_provider, times=3)
        freed = recorder.all_freed()

    assert ("Hello.", 3, True) == (seen.text, recorder.count, freed)
    (method, token) = recorder.requests[0].method, recorder.requests[0].headers["authorization"]
    assert ("POST", f"Bearer {KEY}") == (method, token)


@pytest.mark.parametrize("mode", EVERY)
def test_a_redirect_is_not_followed_even_if_the_client_follows_redirects(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Redirects(), recorder=recorder) as fake_provider, pytest.raises(InvalidRequestError) as caught:
        call(mode, fake_provider)

    assert (307, 1) == (caught.value.status_code, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("error_class", "scenario"),
    [
        (RateLimitError, Fails(status=429, retry_after=3.0)),
        (ServerError, Fails(status=500)),
        (BadResponseError, Sends(body=b"<html>", content_type="text/html")),
        (ConnectionFailedError, Refuses()),
        (StreamInterruptedError, Breaks(how="cut")),
        (ChatTimeoutError, Breaks(how="silence")),
        (ChatTimeoutError, Breaks(how="drip")),
        (ChatTimeoutError, Breaks(how="silence", after=0)),
    ],
    ids=["rate limit", "server error", "html", "refused", "cut", "silence", "drip", "silence at once"],
)
def test_each_failure_through_a_client_has_its_error_class(
    error_class: type[ChatError], scenario: Scenario, mode: Mode
) -> None:
    recorder, request = Recorder(), IMPATIENT if error_class is ChatTimeoutError else REQUEST

    with FakeProvider(scenario, recorder=recorder) as fake_provider, pytest.raises(ChatError) as caught:
        call(mode, fake_provider, request)

    assert (error_class, "openai", None) == (type(caught.value), caught.value.provider, caught.value.__context__)
    assert KEY not in repr(caught.value.__cause__)


class TimeoutRecorder:
    """Answers, and records the timeouts in seconds that httpx was given."""

    def __init__(self) -> None:
        self.timeouts: object = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.timeouts = request.extensions["timeout"]
        return httpx.Response(200, json=ANSWER)


def test_httpx_limits_each_step_by_the_timeout_of_the_request() -> None:
    handler = TimeoutRecorder()

    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        LiteLLMChat("openai/x", api_key=KEY, client=client).complete(IMPATIENT)

    assert {"connect": 0.3, "read": 0.3, "write": 0.3, "pool": 0.3} == handler.timeouts


def test_httpx_has_no_time_limit_if_the_event_loop_enforces_it() -> None:
    handler = TimeoutRecorder()

    async def complete() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler), timeout=1e-9) as client:
            await LiteLLMChat("openai/x", api_key=KEY, async_client=client).acomplete(IMPATIENT)

    asyncio.run(complete())

    assert {"connect": None, "read": None, "write": None, "pool": None} == handler.timeouts


def test_a_body_that_cannot_be_decompressed_is_a_bad_response() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=NotGzip())

    with httpx.Client(transport=httpx.MockTransport(answer)) as client, pytest.raises(BadResponseError):
        LiteLLMChat("openai/x", api_key=KEY, client=client).complete(REQUEST)


class NotGzip(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"this is not gzip"


@pytest.mark.parametrize(
    "leave", [lambda stream: stream.close(), lambda stream: stream.__exit__(None, None, None)], ids=["close", "exit"]
)
def test_leaving_a_stream_closes_its_connection(leave: Callable[[object], None]) -> None:
    recorder = Recorder()

    with FakeProvider(Breaks(how="drip", patience=5.0), recorder=recorder) as fake_provider, httpx.Client() as client:
        stream = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", client=client).stream(REQUEST)
        first = next(iter(stream))
        leave(stream)
        freed = recorder.all_freed()

    assert isinstance(first, StreamEvent)
    assert freed


def test_cancelling_a_task_closes_its_connection() -> None:
    recorder = Recorder()

    async def cancelled(url: str) -> bool:
        async with httpx.AsyncClient() as client:
            chat = LiteLLMChat("openai/x", api_key=KEY, api_base=url, async_client=client)
            first = asyncio.Event()
            task = asyncio.create_task(_until_cancelled(chat.astream(REQUEST), first))
            await first.wait()
            task.cancel()
            await asyncio.wait([task])
            return await asyncio.to_thread(recorder.all_freed) and task.cancelled()

    with FakeProvider(Breaks(how="drip", patience=5.0), recorder=recorder) as fake_provider:
        seen = asyncio.run(cancelled(f"{fake_provider.url}/v1"))

    assert seen


async def _until_cancelled(stream: AsyncIterator[StreamEvent], first: asyncio.Event) -> None:
    async with stream as events:  # type: ignore[attr-defined]  # a stream of the port is a context manager too
        async for _ in events:
            first.set()


class DerivedClient(httpx2.Client):
    """A class of another module, as the openai SDK has one."""


@pytest.mark.parametrize("make", [httpx2.Client, DerivedClient])
def test_a_sync_client_of_httpx2_is_used(make: Callable[[], httpx2.Client]) -> None:
    with FakeProvider(Replies()) as fake_provider, make() as client:
        with DirectChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", client=client) as chat:
            seen = [chat.complete(REQUEST).text, chat.stream(REQUEST).until_done().text]
        assert not client.is_closed

    assert ["Hello.", "Hello."] == seen


def test_an_async_client_of_httpx2_is_used() -> None:
    async def calls(url: str) -> list[str]:
        async with httpx2.AsyncClient() as client:
            chat = DirectChat("openai/x", api_key=KEY, api_base=url, async_client=client)
            return [(await chat.acomplete(REQUEST)).text, (await chat.astream(REQUEST).until_done()).text]

    with FakeProvider(Replies()) as fake_provider:
        seen = asyncio.run(calls(f"{fake_provider.url}/v1"))

    assert ["Hello.", "Hello."] == seen


@pytest.mark.parametrize(
    ("scenario", "error_class"),
    [(Refuses(), ConnectionFailedError), (Fails(status=503), ServerError), (Breaks(how="cut"), StreamInterruptedError)],
)
def test_a_failure_of_a_client_of_httpx2_has_its_class(scenario: Scenario, error_class: type[ChatError]) -> None:
    with FakeProvider(scenario) as fake_provider, httpx2.Client() as client:
        chat = DirectChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", client=client)
        with pytest.raises(error_class) as caught:
            chat.stream(REQUEST).until_done()

    assert error_class is type(caught.value)


def with_surplus(number: int, stream: bool) -> bytes:
    return response(str(number), stream=stream) + b"surplus"


def call_twice(mode: Mode, server: KeepingServer) -> list[str]:
    """Return two answers through one client."""
    if mode in ("complete", "stream"):
        with httpx.Client() as client:
            chat = DirectChat("openai/x", api_key=KEY, api_base=server.url, client=client)
            return [call_in_mode(chat, REQUEST, mode).text for _ in range(2)]
    return asyncio.run(acall_twice(mode, server))


async def acall_twice(mode: Mode, server: KeepingServer) -> list[str]:
    async with httpx.AsyncClient() as client:
        chat = DirectChat("openai/x", api_key=KEY, api_base=server.url, async_client=client)
        if mode == "acomplete":
            return [(await chat.acomplete(REQUEST)).text for _ in range(2)]
        return [(await chat.astream(REQUEST).until_done()).text for _ in range(2)]


@pytest.mark.parametrize("mode", EVERY)
def test_a_connection_of_a_client_is_reused(mode: Mode) -> None:
    with KeepingServer() as server:
        seen = call_twice(mode, server)

    assert (["1", "2"], 1) == (seen, server.connections)


@pytest.mark.parametrize("mode", EVERY)
def test_a_connection_of_a_client_with_bytes_behind_an_answer_is_closed(mode: Mode) -> None:
    with KeepingServer(with_surplus) as server:
        seen = call_twice(mode, server)

    assert (["1", "2"], 2) == (seen, server.connections)

"""Clients of httpx that are handed in carry the direct lane, and stay whose they are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from llm_core import ChatRequest, ChatResponse, ChatSettings, StreamEvent, UserMessage
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
from llm_core.testing.clauses.modes import EVERY, Mode

KEY = "sk-planted-0123456789abcdef"
ANSWER = {"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}
ASK = ChatRequest(messages=[UserMessage("hi")])
IMPATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.3))


def blocking(url: str, request: ChatRequest, *, stream: bool, times: int = 1) -> list[ChatResponse]:
    with (
        httpx.Client(follow_redirects=True) as client,
        LiteLLMChat("openai/x", api_key=KEY, api_base=url, client=client) as chat,
    ):
        for _ in range(times):
            seen = [chat.stream(request).until_done() if stream else chat.complete(request)]
        chat.close()
        assert not client.is_closed
        return seen


async def awaited(url: str, request: ChatRequest, *, stream: bool, times: int = 1) -> list[ChatResponse]:
    async with (
        httpx.AsyncClient(follow_redirects=True) as client,
        LiteLLMChat("openai/x", api_key=KEY, api_base=url, async_client=client) as chat,
    ):
        for _ in range(times):
            seen = [await (chat.astream(request).until_done() if stream else chat.acomplete(request))]
        await chat.aclose()
        assert not client.is_closed
        return seen


def asked(mode: Mode, fake_provider: FakeProvider, request: ChatRequest = ASK, *, times: int = 1) -> ChatResponse:
    """Return the last answer; the client is the tests' own, and open until they close it."""
    url, stream = f"{fake_provider.url}/v1", mode in ("stream", "astream")
    if mode in ("complete", "stream"):
        return blocking(url, request, stream=stream, times=times)[-1]
    return asyncio.run(awaited(url, request, stream=stream, times=times))[-1]


@pytest.mark.parametrize("mode", EVERY)
def test_the_client_that_was_handed_in_is_used_and_left_open(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        seen = asked(mode, fake_provider, times=3)
        freed = recorder.all_freed()

    assert ("Hello.", 3, True) == (seen.text, recorder.count, freed)
    (method, token) = recorder.requests[0].method, recorder.requests[0].headers["authorization"]
    assert ("POST", f"Bearer {KEY}") == (method, token)


@pytest.mark.parametrize("mode", EVERY)
def test_no_redirect_is_followed_whatever_the_client_would_do(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Redirects(), recorder=recorder) as fake_provider, pytest.raises(InvalidRequestError) as caught:
        asked(mode, fake_provider)

    assert (307, 1) == (caught.value.status_code, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("kind", "scenario"),
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
    ids=["refused", "failed", "html", "nobody", "cut", "silence", "drip", "silence at once"],
)
def test_what_goes_wrong_has_its_kind(kind: type[ChatError], scenario: Scenario, mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(scenario, recorder=recorder) as fake_provider, pytest.raises(ChatError) as caught:
        asked(mode, fake_provider, IMPATIENT)

    assert (kind, "openai", None) == (type(caught.value), caught.value.provider, caught.value.__context__)
    assert KEY not in repr(caught.value.__cause__)


class Bounds:
    """Answers, and remembers what httpx was told to bound, in seconds."""

    def __init__(self) -> None:
        self.told: object = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.told = request.extensions["timeout"]
        return httpx.Response(200, json=ANSWER)


def test_httpx_bounds_each_step_by_the_timeout_of_the_request() -> None:
    bounds = Bounds()

    with httpx.Client(transport=httpx.MockTransport(bounds)) as client:
        LiteLLMChat("openai/x", api_key=KEY, client=client).complete(IMPATIENT)

    assert {"connect": 0.3, "read": 0.3, "write": 0.3, "pool": 0.3} == bounds.told


def test_httpx_bounds_nothing_where_the_event_loop_does() -> None:
    bounds = Bounds()

    async def asked() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(bounds), timeout=1e-9) as client:
            await LiteLLMChat("openai/x", api_key=KEY, async_client=client).acomplete(IMPATIENT)

    asyncio.run(asked())

    assert {"connect": None, "read": None, "write": None, "pool": None} == bounds.told


def test_a_body_that_unpacks_to_nonsense_is_a_bad_response() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Nonsense())

    with httpx.Client(transport=httpx.MockTransport(answer)) as client, pytest.raises(BadResponseError):
        LiteLLMChat("openai/x", api_key=KEY, client=client).complete(ASK)


class Nonsense(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"this is no gzip"


@pytest.mark.parametrize(
    "leave", [lambda stream: stream.close(), lambda stream: stream.__exit__(None, None, None)], ids=["close", "exit"]
)
def test_leaving_a_stream_frees_its_connection_alone(leave: Callable[[object], None]) -> None:
    recorder = Recorder()

    with FakeProvider(Breaks(how="drip", patience=5.0), recorder=recorder) as fake_provider, httpx.Client() as client:
        stream = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", client=client).stream(ASK)
        first = next(iter(stream))
        leave(stream)
        freed = recorder.all_freed()

    assert isinstance(first, StreamEvent)
    assert freed


def test_a_task_that_is_cancelled_frees_its_connection() -> None:
    recorder = Recorder()

    async def cancelled(url: str) -> bool:
        async with httpx.AsyncClient() as client:
            chat = LiteLLMChat("openai/x", api_key=KEY, api_base=url, async_client=client)
            first = asyncio.Event()
            task = asyncio.create_task(_until_cancelled(chat.astream(ASK), first))
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

"""Tests of connection reuse: one pool for each process and event loop, and every connection is closed at the end."""

import asyncio
import gc
import json
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import ServerError
from llm_core.testing import Echoes, FakeProvider, Recorder, Replies, Sends
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat

REQUEST = ChatRequest(messages=[UserMessage("hi")])
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\n'


def chat_of(fake_provider: FakeProvider) -> LiteLLMChat:
    return LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")


class ConnectionCounter(Recorder):
    """Counts the connections that clients opened."""

    connections = 0

    def connected(self) -> None:
        type(self).connections += 1
        super().connected()


@pytest.fixture
def recorder() -> ConnectionCounter:
    class FreshCounter(ConnectionCounter):
        connections = 0

    return FreshCounter()


@pytest.mark.parametrize("stream", [True, False])
def test_sync_calls_reuse_one_connection(recorder: ConnectionCounter, *, stream: bool) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        for _ in range(3):
            call_in_mode(chat, REQUEST, "stream" if stream else "complete")

    assert (1, 3) == (recorder.connections, recorder.count)


@pytest.mark.parametrize("stream", [True, False])
def test_calls_in_one_event_loop_reuse_one_connection(recorder: ConnectionCounter, *, stream: bool) -> None:
    async def call_three_times(chat: LiteLLMChat) -> None:
        async with chat:
            for _ in range(3):
                await (chat.astream(REQUEST).until_done() if stream else chat.acomplete(REQUEST))

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        asyncio.run(call_three_times(chat_of(fake_provider)))

    assert (1, 3) == (recorder.connections, recorder.count)


def test_bytes_after_the_end_marker_of_a_stream_are_not_awaited(recorder: ConnectionCounter) -> None:
    body = CHUNK + b"data: [DONE]\n\n" + b": comment\n\n" * 1_000

    with FakeProvider(Sends(body=body, content_type="text/event-stream"), recorder=recorder) as fake_provider:
        with chat_of(fake_provider) as chat:
            seen = [chat.stream(REQUEST).until_done().text for _ in range(2)]
        freed = recorder.all_freed()

    assert (["Hi.", "Hi."], True) == (seen, freed)


def test_successive_event_loops_have_their_own_connections(recorder: ConnectionCounter) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = chat_of(fake_provider)
        seen = [asyncio.run(chat.acomplete(REQUEST)).text for _ in range(3)]
        freed = recorder.all_freed()

    assert (["Hello."] * 3, 3, True) == (seen, recorder.connections, freed)


def test_concurrent_event_loops_do_not_mix_responses(recorder: ConnectionCounter) -> None:
    async def call_five_times(chat: LiteLLMChat, name: str) -> list[str]:
        requests = [ChatRequest(messages=[UserMessage(f"{name}-{number}")]) for number in range(5)]
        return [answer.text for answer in await asyncio.gather(*map(chat.acomplete, requests))]

    with FakeProvider(Echoes(), recorder=recorder) as fake_provider, ThreadPoolExecutor(4) as threads:
        chat = chat_of(fake_provider)
        seen = list(threads.map(lambda name: asyncio.run(call_five_times(chat, name)), "abcd"))
        freed = recorder.all_freed()

    assert [[f"{name}-{number}" for number in range(5)] for name in "abcd"] == seen
    assert freed


def test_threads_do_not_mix_responses(recorder: ConnectionCounter) -> None:
    with (
        FakeProvider(Echoes(), recorder=recorder) as fake_provider,
        ThreadPoolExecutor(8) as threads,
        chat_of(fake_provider) as chat,
    ):
        requests = [ChatRequest(messages=[UserMessage(str(number))]) for number in range(40)]
        seen = [answer.text for answer in threads.map(chat.complete, requests)]

    assert [str(number) for number in range(40)] == seen
    assert recorder.connections <= 8


@pytest.mark.parametrize("mode", EVERY)
def test_a_closed_chat_opens_new_connections_and_closing_twice_is_allowed(
    mode: Mode, recorder: ConnectionCounter
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = chat_of(fake_provider)
        for _ in range(2):
            call_in_mode(chat, REQUEST, mode)
            chat.close()
            chat.close()
            asyncio.run(chat.aclose())
        freed = recorder.all_freed()

    assert (2, 2, True) == (recorder.connections, recorder.count, freed)


def test_a_chat_closed_within_an_event_loop_opens_a_new_connection(recorder: ConnectionCounter) -> None:
    async def call_twice(chat: LiteLLMChat) -> bool:
        await chat.acomplete(REQUEST)
        await chat.aclose()
        await chat.aclose()
        freed = await asyncio.to_thread(recorder.all_freed)
        await chat.acomplete(REQUEST)
        return freed

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        freed = asyncio.run(call_twice(chat_of(fake_provider)))
        freed_again = recorder.all_freed()

    assert (True, True, 2) == (freed, freed_again, recorder.connections)


def test_the_end_of_the_event_loop_closes_open_connections_without_a_warning(recorder: ConnectionCounter) -> None:
    async def read_one_event(chat: LiteLLMChat) -> None:
        async with chat.astream(REQUEST) as events:
            await anext(events)

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        asyncio.run(read_one_event(chat_of(fake_provider)))
        gc.collect()
        freed = recorder.all_freed()

    assert (True, []) == (freed, [str(warning.message) for warning in warned])


def test_a_chat_that_is_garbage_collected_closes_its_connection_without_a_warning(recorder: ConnectionCounter) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        chat_of(fake_provider).complete(REQUEST)
        gc.collect()
        freed = recorder.all_freed()

    assert (True, []) == (freed, [str(warning.message) for warning in warned])


SCRIPT = """
import asyncio, os, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

chat = LiteLLMChat("openai/x", api_key="k", api_base=sys.argv[1])
request = ChatRequest(messages=[UserMessage("hi")])
chat.complete(request)
asyncio.run(chat.acomplete(request))
child = os.fork()
if child == 0:
    texts = [chat.complete(request).text, asyncio.run(chat.acomplete(request)).text]
    chat.close()
    os._exit(0 if texts == ["Hello.", "Hello."] else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), chat.complete(request).text)
chat.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.slow
def test_a_forked_process_does_not_use_its_parents_connections(recorder: ConnectionCounter) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, f"{fake_provider.url}/v1"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        freed = recorder.all_freed()

    assert ("0 Hello.\n", "") == (done.stdout, done.stderr)
    assert (5, 4, True) == (recorder.count, recorder.connections, freed)


@pytest.mark.parametrize("mode", EVERY)
def test_a_long_error_body_is_not_read_to_its_end(mode: Mode, recorder: ConnectionCounter) -> None:
    scenario = Sends(body=b"x" * 5_000_000, status=500)

    with FakeProvider(scenario, recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        with pytest.raises(ServerError) as caught:
            call_in_mode(chat, REQUEST, mode)
        freed = recorder.all_freed()

    assert ("x" * 2_000, True) == (caught.value.detail, freed)


class Trailing(OpenAIChat):
    """Sends two comments after the last event, each in its own packet."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return (*super().events(reply), b": comment\n\n", b": comment\n\n")


@pytest.mark.parametrize("mode", STREAMS)
def test_bytes_after_the_last_event_are_read_so_that_the_connection_is_reusable(
    mode: Mode, recorder: ConnectionCounter
) -> None:
    with FakeProvider(Replies(pause=0.01), Trailing(), recorder) as fake_provider, chat_of(fake_provider) as chat:
        seen = [call_in_mode(chat, REQUEST, mode).text for _ in range(2)]

    assert ["Hello.", "Hello."] == seen


@pytest.mark.parametrize("mode", EVERY)
def test_the_stream_flag_is_true_in_the_streaming_modes_only(mode: Mode, recorder: ConnectionCounter) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        call_in_mode(chat, REQUEST, mode)

    assert (mode in STREAMS) is json.loads(recorder.requests[0].body).get("stream", False)

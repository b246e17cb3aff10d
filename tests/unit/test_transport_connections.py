"""Connections are kept for the next call, belong to one process and one event loop, and are closed by somebody."""

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

ASK = ChatRequest(messages=[UserMessage("hi")])
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\n'


def chat_of(fake_provider: FakeProvider) -> LiteLLMChat:
    return LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")


class Counting(Recorder):
    """Counts the connections that were ever made."""

    made = 0

    def connected(self) -> None:
        type(self).made += 1
        super().connected()


@pytest.fixture
def recorder() -> Counting:
    class Fresh(Counting):
        made = 0

    return Fresh()


@pytest.mark.parametrize("stream", [True, False])
def test_two_calls_of_a_thread_share_one_connection(recorder: Counting, *, stream: bool) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        for _ in range(3):
            call_in_mode(chat, ASK, "stream" if stream else "complete")

    assert (1, 3) == (recorder.made, recorder.count)


@pytest.mark.parametrize("stream", [True, False])
def test_two_calls_of_a_loop_share_one_connection(recorder: Counting, *, stream: bool) -> None:
    async def thrice(chat: LiteLLMChat) -> None:
        async with chat:
            for _ in range(3):
                await (chat.astream(ASK).until_done() if stream else chat.acomplete(ASK))

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        asyncio.run(thrice(chat_of(fake_provider)))

    assert (1, 3) == (recorder.made, recorder.count)


def test_a_stream_that_goes_on_after_its_end_is_not_waited_for(recorder: Counting) -> None:
    body = CHUNK + b"data: [DONE]\n\n" + b": and on\n\n" * 1_000

    with FakeProvider(Sends(body=body, content_type="text/event-stream"), recorder=recorder) as fake_provider:
        with chat_of(fake_provider) as chat:
            seen = [chat.stream(ASK).until_done().text for _ in range(2)]
        freed = recorder.all_freed()

    assert (["Hi.", "Hi."], True) == (seen, freed)


def test_event_loops_one_after_the_other_have_connections_of_their_own(recorder: Counting) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = chat_of(fake_provider)
        seen = [asyncio.run(chat.acomplete(ASK)).text for _ in range(3)]
        freed = recorder.all_freed()

    assert (["Hello."] * 3, 3, True) == (seen, recorder.made, freed)


def test_event_loops_at_once_do_not_mix(recorder: Counting) -> None:
    async def many(chat: LiteLLMChat, name: str) -> list[str]:
        requests = [ChatRequest(messages=[UserMessage(f"{name}-{number}")]) for number in range(5)]
        return [answer.text for answer in await asyncio.gather(*map(chat.acomplete, requests))]

    with FakeProvider(Echoes(), recorder=recorder) as fake_provider, ThreadPoolExecutor(4) as threads:
        chat = chat_of(fake_provider)
        seen = list(threads.map(lambda name: asyncio.run(many(chat, name)), "abcd"))
        freed = recorder.all_freed()

    assert [[f"{name}-{number}" for number in range(5)] for name in "abcd"] == seen
    assert freed


def test_threads_do_not_mix(recorder: Counting) -> None:
    with (
        FakeProvider(Echoes(), recorder=recorder) as fake_provider,
        ThreadPoolExecutor(8) as threads,
        chat_of(fake_provider) as chat,
    ):
        requests = [ChatRequest(messages=[UserMessage(str(number))]) for number in range(40)]
        seen = [answer.text for answer in threads.map(chat.complete, requests)]

    assert [str(number) for number in range(40)] == seen
    assert recorder.made <= 8


@pytest.mark.parametrize("mode", EVERY)
def test_it_is_closed_twice_and_opens_anew(mode: Mode, recorder: Counting) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = chat_of(fake_provider)
        for _ in range(2):
            call_in_mode(chat, ASK, mode)
            chat.close()
            chat.close()
            asyncio.run(chat.aclose())
        freed = recorder.all_freed()

    assert (2, 2, True) == (recorder.made, recorder.count, freed)


def test_within_a_loop_it_is_closed_and_opens_anew(recorder: Counting) -> None:
    async def twice(chat: LiteLLMChat) -> bool:
        await chat.acomplete(ASK)
        await chat.aclose()
        await chat.aclose()
        freed = await asyncio.to_thread(recorder.all_freed)
        await chat.acomplete(ASK)
        return freed

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        freed = asyncio.run(twice(chat_of(fake_provider)))
        freed_again = recorder.all_freed()

    assert (True, True, 2) == (freed, freed_again, recorder.made)


def test_what_the_loop_never_closed_is_closed_by_its_end_without_a_warning(recorder: Counting) -> None:
    async def and_leave(chat: LiteLLMChat) -> None:
        async with chat.astream(ASK) as events:
            await anext(events)

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        asyncio.run(and_leave(chat_of(fake_provider)))
        gc.collect()
        freed = recorder.all_freed()

    assert (True, []) == (freed, [str(one.message) for one in warned])


def test_what_nobody_holds_any_more_is_closed_without_a_warning(recorder: Counting) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        chat_of(fake_provider).complete(ASK)
        gc.collect()
        freed = recorder.all_freed()

    assert (True, []) == (freed, [str(one.message) for one in warned])


SCRIPT = """
import asyncio, os, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

chat = LiteLLMChat("openai/x", api_key="k", api_base=sys.argv[1])
ask = ChatRequest(messages=[UserMessage("hi")])
chat.complete(ask)
asyncio.run(chat.acomplete(ask))
child = os.fork()
if child == 0:
    texts = [chat.complete(ask).text, asyncio.run(chat.acomplete(ask)).text]
    chat.close()
    os._exit(0 if texts == ["Hello.", "Hello."] else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), chat.complete(ask).text)
chat.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.slow
def test_a_fork_takes_no_connection_of_its_parents(recorder: Counting) -> None:
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
    assert (5, 4, True) == (recorder.count, recorder.made, freed)


@pytest.mark.parametrize("mode", EVERY)
def test_of_a_long_error_the_rest_is_left_unread(mode: Mode, recorder: Counting) -> None:
    failed = Sends(body=b"x" * 5_000_000, status=500)

    with FakeProvider(failed, recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        with pytest.raises(ServerError) as caught:
            call_in_mode(chat, ASK, mode)
        freed = recorder.all_freed()

    assert ("x" * 2_000, True) == (caught.value.detail, freed)


class Trailing(OpenAIChat):
    """Says more after the last event, in packets of their own."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return (*super().events(reply), b": and on\n\n", b": and on\n\n")


@pytest.mark.parametrize("mode", STREAMS)
def test_what_comes_after_the_last_event_is_read_for_the_connections_sake(mode: Mode, recorder: Counting) -> None:
    with FakeProvider(Replies(pause=0.01), Trailing(), recorder) as fake_provider, chat_of(fake_provider) as chat:
        seen = [call_in_mode(chat, ASK, mode).text for _ in range(2)]

    assert ["Hello.", "Hello."] == seen


@pytest.mark.parametrize("mode", EVERY)
def test_a_stream_is_asked_for_in_the_streaming_modes_alone(mode: Mode, recorder: Counting) -> None:
    with FakeProvider(Replies(), recorder=recorder) as fake_provider, chat_of(fake_provider) as chat:
        call_in_mode(chat, ASK, mode)

    assert (mode in STREAMS) is json.loads(recorder.requests[0].body)["stream"]

"""`Cached`: what is kept, who waits, and what a stored answer costs."""

import asyncio
import logging
import math
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    ConfigurationError,
    FinishReason,
    InvalidToolCall,
    ModelDescription,
    ServerError,
    StreamEnd,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, Delayed, InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.wrappers import Budget, Cached, MemoryStore, SqliteStore, Store

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, complete, in_every_verb, in_streams

USAGE = Usage(input_tokens=6, output_tokens=4, cost_usd=Decimal("0.30"))
FREE = attrs.evolve(USAGE, cost_usd=Decimal(0))
ANSWER = ChatResponse(message=AssistantMessage("hello, " * 10), usage=USAGE, model="model-1")
DESCRIBED = ModelDescription(provider="p", model="m")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "cache" / "answers.db")


def cached(inner: InMemoryChat | ProbeChat, store: Store | None = None, ttl: float | None = None) -> Cached:
    return Cached(inner, MemoryStore() if store is None else store, namespace="n", ttl=ttl)


@in_every_verb
def test_an_equal_request_is_answered_without_a_call(call: Verb, store: Store) -> None:
    chat = cached(inner := InMemoryChat([ANSWER]), store)

    assert [ANSWER, attrs.evolve(ANSWER, usage=FREE)] == [call(chat), call(chat)]
    assert (1, 1, USAGE, Decimal("0.30")) == (len(inner.requests), chat.hits, chat.saved, chat.saved_usd)


@in_every_verb
def test_another_chat_with_the_same_namespace_gets_the_answer(call: Verb, store: Store) -> None:
    call(cached(InMemoryChat([ANSWER]), store))

    assert ANSWER.message == call(cached(InMemoryChat([]), store)).message


def test_a_stream_gets_a_stored_answer_as_deltas() -> None:
    chat = cached(InMemoryChat([ANSWER]))
    complete(chat)

    with chat.stream(REQUEST) as events:
        first = next(events)
        usage, rest = events.usage, list(events)

    assert (TextDelta(ANSWER.text[:32]), FREE) == (first, usage)
    assert [TextDelta(ANSWER.text[32:64]), TextDelta(ANSWER.text[64:])] == rest[:-1]
    assert StreamEnd(response=attrs.evolve(ANSWER, usage=FREE)) == rest[-1]


@in_every_verb
def test_an_answer_without_usage_costs_nothing_from_the_store(call: Verb) -> None:
    chat = cached(InMemoryChat(["hi"]))

    call(chat)

    assert (Usage(cost_usd=Decimal(0)), Decimal(0)) == (call(chat).usage, chat.saved_usd)


@pytest.mark.parametrize(
    "outcome",
    [
        ServerError(),
        BrokenStream([TextDelta("he")], error=StreamInterruptedError()),
        ChatResponse(message=AssistantMessage("cut"), finish_reason=FinishReason.LENGTH),
        ChatResponse(message=AssistantMessage("no"), finish_reason=FinishReason.CONTENT_FILTER),
        ChatResponse(
            message=AssistantMessage(
                invalid_tool_calls=[InvalidToolCall(id="1", name="f", arguments_text="{", problem="not JSON")]
            )
        ),
    ],
)
@in_every_verb
def test_what_is_no_whole_answer_is_not_kept(call: Verb, outcome: ServerError | BrokenStream | ChatResponse) -> None:
    chat = cached(inner := InMemoryChat([outcome, ANSWER]))

    if isinstance(outcome, ChatResponse):
        assert outcome == call(chat)
    else:
        with pytest.raises((ServerError, StreamInterruptedError)):
            call(chat)

    assert (ANSWER, 2, 0) == (call(chat), len(inner.requests), chat.hits)


def test_a_stream_that_is_left_early_is_not_kept() -> None:
    chat = cached(probe := ProbeChat(ANSWER))

    with chat.stream(REQUEST) as events:
        next(events)
    complete(chat)

    assert (2, 0) == (len(probe.calls), len(chat._flights))


@in_streams
def test_an_interrupt_leaves_nothing_in_progress(call: Verb) -> None:
    chat = cached(ProbeChat(Plays(response=ANSWER, error=KeyboardInterrupt(), after=1), ANSWER))

    with pytest.raises(KeyboardInterrupt):
        call(chat)

    assert (ANSWER.message, 0) == (call(chat).message, len(chat._flights))


@in_every_verb
def test_requests_that_differ_are_calls_of_their_own(call: Verb) -> None:
    chat = cached(inner := InMemoryChat.echo())
    others = [attrs.evolve(REQUEST, model="m"), attrs.evolve(REQUEST, settings=ChatSettings(seed=1))]

    call(chat)
    for other in others:
        chat.complete(other)
        chat.complete(attrs.evolve(other, settings=attrs.evolve(other.settings, timeout=9)))

    assert [REQUEST, *others] == list(inner.requests)


def test_answers_are_kept_apart_by_namespace_else_by_provider_and_model() -> None:
    store, inner = MemoryStore(), InMemoryChat.echo()
    others = [ModelDescription(provider="p", model="m2"), ModelDescription(provider="p2", model="m")]

    for _ in range(2):
        for description in (DESCRIBED, *others):
            complete(Cached(InMemoryChat(lambda _: complete(inner), description=description), store))
        complete(Cached(inner, store, namespace="n"))
        complete(Cached(inner, store, namespace=""))

    assert (5, 5) == (len(inner.requests), len(store))


@pytest.mark.parametrize("description", [ModelDescription(provider="p"), ModelDescription(model="m")])
def test_a_chat_without_a_name_needs_a_namespace(description: ModelDescription) -> None:
    with pytest.raises(ConfigurationError, match="namespace: must be given"):
        Cached(InMemoryChat([], description=description), MemoryStore())


@pytest.mark.parametrize("ttl", [-1, math.nan])
def test_a_wrong_time_to_live_is_refused(ttl: float) -> None:
    with pytest.raises(ValueError, match="ttl: must not be negative"):
        cached(InMemoryChat([]), ttl=ttl)


@in_every_verb
def test_without_a_time_to_live_each_request_is_a_call(call: Verb) -> None:
    chat = cached(InMemoryChat(["one", "two"]), ttl=0)

    assert ["one", "two"] == [call(chat).text, call(chat).text]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@in_every_verb
def test_an_answer_is_kept_for_its_time_to_live(call: Verb, kind: str, tmp_path: Path) -> None:
    clock = FakeClock()
    clock.time = 1_000.0
    store: Store = MemoryStore(now=clock.now) if kind == "memory" else SqliteStore(tmp_path / "db", now=clock.now)
    chat = cached(InMemoryChat(["one", "two"]), store, ttl=60)

    texts = [call(chat).text]
    clock.time += 59
    texts.append(call(chat).text)
    clock.time += 1
    texts.append(call(chat).text)

    assert ["one", "one", "two"] == texts


def test_a_text_of_another_version_is_a_miss() -> None:
    store = MemoryStore()
    chat = cached(InMemoryChat(["one"]), store)
    store.set(chat._key(REQUEST), '{"colour": 1}', seconds=None)

    assert ("one", 0) == (complete(chat).text, chat.hits)
    assert ("one", 1) == (complete(chat).text, chat.hits)


def test_a_memory_store_drops_what_was_unused_longest() -> None:
    store = MemoryStore(max_entries=2)
    for key in "ab":
        store.set(key, key, seconds=None)
    store.get("a")
    store.set("c", "c", seconds=None)

    assert ["a", None, "c", 2] == [store.get("a"), store.get("b"), store.get("c"), len(store)]
    with pytest.raises(ValueError, match="max_entries: must be at least 1, got 0"):
        MemoryStore(max_entries=0)


def test_equal_requests_of_threads_at_once_make_one_call() -> None:
    chat = cached(inner := InMemoryChat(lambda _: Delayed(ANSWER, 0.1)))

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: complete(chat), range(8)))

    assert (1, 7, {ANSWER.message.content}) == (len(inner.requests), chat.hits, {r.text for r in responses})


def test_equal_requests_of_tasks_at_once_make_one_call(store: Store) -> None:
    chat = cached(inner := InMemoryChat(lambda _: Delayed(ANSWER, 0.05)), store)

    async def call_all() -> list[ChatResponse]:
        whole = [chat.acomplete(REQUEST) for _ in range(4)]
        streams = [chat.astream(REQUEST).until_done() for _ in range(4)]
        return await asyncio.gather(*whole, *streams)

    responses = asyncio.run(call_all())

    assert (1, 7, {ANSWER.text}) == (len(inner.requests), chat.hits, {response.text for response in responses})


def test_one_that_waits_calls_itself_where_the_first_call_fails() -> None:
    chat = cached(inner := InMemoryChat([Delayed(ServerError(), 0.05), ANSWER]))

    async def call_all() -> list[ChatResponse | BaseException]:
        return await asyncio.gather(*(chat.acomplete(REQUEST) for _ in range(3)), return_exceptions=True)

    failed, *responses = asyncio.run(call_all())

    assert isinstance(failed, ServerError)
    assert [ANSWER, attrs.evolve(ANSWER, usage=FREE)] == responses
    assert 2 == len(inner.requests)


def test_the_wait_counts_in_the_timeout() -> None:
    chat = cached(inner := InMemoryChat([Delayed(ServerError(), 0.1), ANSWER]))
    patient = attrs.evolve(REQUEST, settings=ChatSettings(timeout=60))
    hasty = attrs.evolve(REQUEST, settings=ChatSettings(timeout=0.02))

    async def call_all() -> list[ChatResponse | BaseException]:
        calls = [chat.acomplete(request) for request in (REQUEST, patient, hasty)]
        return await asyncio.gather(*calls, return_exceptions=True)

    failed, answered, timed_out = asyncio.run(call_all())

    assert isinstance(failed, ServerError)
    assert ANSWER == answered
    assert isinstance(timed_out, ChatTimeoutError)
    assert 59 < (inner.requests[1].settings.timeout or 0) < 60


def test_a_call_within_an_open_stream_of_an_equal_request_does_not_wait() -> None:
    chat = cached(inner := InMemoryChat(lambda _: ANSWER))

    with chat.stream(REQUEST) as events:
        next(events)
        assert ANSWER == complete(chat)

    async def within() -> ChatResponse:
        other = attrs.evolve(REQUEST, model="m")
        async with chat.astream(other) as stream:
            await anext(aiter(stream))
            return await chat.acomplete(other)

    assert ANSWER == asyncio.run(within())
    assert 4 == len(inner.requests)


def test_a_wait_ends_when_the_time_is_used_up() -> None:
    clock = FakeClock()
    chat = Cached(InMemoryChat(lambda _: ANSWER), MemoryStore(), namespace="n", clock=clock)
    request = attrs.evolve(REQUEST, settings=ChatSettings(timeout=2))
    errors = list[ChatTimeoutError]()

    def wait() -> None:
        try:
            chat.complete(request)
        except ChatTimeoutError as error:
            errors.append(error)

    with chat.stream(REQUEST) as events:
        next(events)
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(5)

    assert ["an equal request was in progress, and had no answer in time"] == [error.detail for error in errors]


def test_a_budget_above_counts_no_money_for_a_stored_answer() -> None:
    chat = Budget(cached(InMemoryChat([ANSWER])), usd=1, unpriced="count")

    complete(chat)
    complete(chat)

    assert Decimal("0.30") == chat.spent_usd


def test_the_file_of_a_store_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    store = SqliteStore(folder / "answers.db")

    with store._connection():
        store.set("a", "b", seconds=None)
        modes = {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}

    assert ({"0o600"}, "b") == (modes, store.get("a"))


def test_expired_texts_are_deleted(tmp_path: Path) -> None:
    clock = FakeClock()
    store = SqliteStore(tmp_path / "db", now=clock.now)
    store.set("a", "1", seconds=5)
    clock.time = 6.0
    store.set("b", "2", seconds=None)

    with store._connection() as connection:
        assert [("b",)] == connection.execute("SELECT key FROM answers").fetchall()


@in_every_verb
def test_a_file_that_is_no_database_costs_a_call_and_a_warning(
    call: Verb, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "db"
    path.write_text("no database " * 100)

    assert ANSWER == call(cached(InMemoryChat([ANSWER]), SqliteStore(path)))

    assert [logging.WARNING] * 2 == [record.levelno for record in caplog.records]
    assert f"{path} cannot be read" in caplog.text
    assert f"{path} cannot be written" in caplog.text


def test_the_event_loop_goes_on_while_a_file_is_busy(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "db")
    store.set("a", "b", seconds=None)

    async def set_while_busy() -> int:
        with store._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            task, turns, until = asyncio.create_task(store.aset("a", "c", seconds=None)), 0, time.monotonic() + 0.1
            while time.monotonic() < until:
                await asyncio.sleep(0.001)
                turns += 1
            assert not task.done()
            connection.execute("COMMIT")
        await task
        return turns

    assert asyncio.run(set_while_busy()) > 1
    assert "c" == store.get("a")


def test_processes_share_a_file(tmp_path: Path) -> None:
    program = f"""
import sys
from llm_core.wrappers import SqliteStore
store = SqliteStore({str(tmp_path / "db")!r})
for n in range(20):
    store.set(sys.argv[1] + str(n), "x" * 1000, seconds=None)
    assert store.get(sys.argv[1] + str(n)) == "x" * 1000
"""
    runs = [subprocess.Popen([sys.executable, "-c", program, name], stderr=subprocess.PIPE, text=True) for name in "ab"]

    assert [("", 0), ("", 0)] == [(run.communicate(timeout=60)[1], run.returncode) for run in runs]
    with SqliteStore(tmp_path / "db")._connection() as connection:
        assert [(40,)] == connection.execute("SELECT count(*) FROM answers").fetchall()


def test_a_request_with_other_content_has_another_key() -> None:
    chat = cached(InMemoryChat([]))
    other = ChatRequest(messages=[UserMessage("another")])

    assert 64 == len(chat._key(REQUEST))
    assert chat._key(other) != chat._key(REQUEST)


def test_a_sync_call_imports_no_event_loop_and_the_wrappers_no_codec() -> None:
    program = """
import sys
import llm_core.wrappers
assert not {"asyncio", "cattrs"} & {*sys.modules}
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import Cached, MemoryStore
chat = Cached(InMemoryChat(["hi"]), MemoryStore(), namespace="n")
for _ in range(2):
    chat.complete(ChatRequest(messages=[UserMessage("hi")]))
assert "asyncio" not in sys.modules
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert ("", 0) == (run.stderr, run.returncode)

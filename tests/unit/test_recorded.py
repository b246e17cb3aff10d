"""`Recorded`: what is recorded, what is replayed, and what a miss shows."""

import asyncio
import itertools
import json
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Literal

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FinishReason,
    InvalidToolCall,
    ModelDescription,
    RateLimitError,
    ReasoningDelta,
    ReasoningPart,
    RecordingMissingError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    ToolMessage,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
    description_of,
)
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.serialization import InvalidDocumentError
from llm_core.testing import Fails, FakeProvider, Plays, ProbeChat, Replies
from llm_core.wrappers import Recorded, RecordMode
from llm_core.wrappers.tape import Tape

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, acomplete, astream, complete, in_every_verb, in_streams, stream, sync_and_async

USAGE = Usage(input_tokens=6, output_tokens=4, cost_usd=Decimal("0.30"))
ANSWER = ChatResponse(
    message=AssistantMessage(
        "Line one.\nLine\u2028two \N{GRINNING FACE}",
        tool_calls=[ToolCall(id="1", name="ring", arguments={"times": 2})],
        reasoning=[ReasoningPart("Let me see.", signature="signed")],
    ),
    usage=USAGE,
    model="model-1",
    id="answer-1",
    raw_finish_reason="tool_use",
    ignored_settings=["seed"],
)
VERBS: list[Verb] = [complete, acomplete, stream, astream]
from_verb_to_verb = pytest.mark.parametrize(("by", "to"), [*itertools.product(VERBS, VERBS)])


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tapes" / "a.jsonl"


def request(text: str = "hi", settings: ChatSettings | None = None) -> ChatRequest:
    messages = [SystemMessage("Be brief."), UserMessage(text)]
    return ChatRequest(messages=messages, settings=settings or ChatSettings())


def record(tape: Path, *answers: ChatResponse | ChatError | str | BrokenStream, call: Verb = complete) -> None:
    with Recorded(InMemoryChat(list(answers)), tape, mode="record") as chat:
        for _ in answers:
            with suppress(ChatError):
                call(chat)


def replayed(tape: Path, namespace: str = "") -> Recorded:
    return Recorded(None, tape, mode="replay", namespace=namespace)


def read(chat: Recorded) -> tuple[list[StreamEvent], ChatError]:
    """Return the events of a stream that fails, and its error."""
    events = list[StreamEvent]()
    try:
        for event in chat.stream(REQUEST):
            events.append(event)
    except ChatError as error:
        return events, error
    raise AssertionError("the stream has not failed")


def lines(tape: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in tape.read_bytes().split(b"\n")[:-1]]


@from_verb_to_verb
def test_a_tape_serves_every_verb_whichever_recorded_it(tape: Path, by: Verb, to: Verb) -> None:
    record(tape, ANSWER, call=by)

    assert ANSWER == to(replayed(tape))


@from_verb_to_verb
def test_an_error_is_replayed_with_its_fields(tape: Path, by: Verb, to: Verb) -> None:
    error = RateLimitError(
        provider="p", model="m", status_code=429, request_id="r", retry_after=2.5, usage=USAGE, previous=(ChatError(),)
    )
    record(tape, error, call=by)

    with pytest.raises(RateLimitError) as caught:
        to(replayed(tape))

    assert repr(error) == repr(caught.value)
    assert (USAGE, 1) == (caught.value.usage, len(caught.value.previous))
    assert "llm_core: replayed from a tape" == str(caught.value.__cause__)


@from_verb_to_verb
def test_a_broken_answer_is_replayed_with_what_had_arrived(tape: Path, by: Verb, to: Verb) -> None:
    partial = AssistantMessage(
        "he", invalid_tool_calls=[InvalidToolCall(id="1", name="f", arguments_text='{"a', problem="cut off")]
    )
    events: list[StreamEvent] = [
        TextDelta("he"),
        ToolCallStart(index=0, id="1", name="f"),
        ToolCallDelta(index=0, arguments_text='{"a'),
    ]
    record(tape, BrokenStream(events, error=StreamInterruptedError(partial=partial, usage=USAGE)), call=by)

    with pytest.raises(StreamInterruptedError) as caught:
        to(replayed(tape))

    assert (partial, USAGE) == (caught.value.partial, caught.value.usage)


def test_the_deltas_of_a_stream_are_replayed_as_they_came(tape: Path) -> None:
    answer = ChatResponse(message=AssistantMessage("hello", reasoning=[ReasoningPart("hm")]))
    with Recorded(InMemoryChat([answer], chunk_size=2), tape, mode="record") as chat:
        chat.stream(REQUEST).until_done()

    deltas = [ReasoningDelta("hm"), TextDelta("he"), TextDelta("ll"), TextDelta("o")]
    assert [*deltas, StreamEnd(response=answer)] == list(replayed(tape).stream(REQUEST))


def test_a_whole_answer_is_replayed_in_several_deltas(tape: Path) -> None:
    record(tape, ChatResponse(message=AssistantMessage("x" * 70)))

    *deltas, _ = replayed(tape).stream(REQUEST)

    assert [TextDelta("x" * 32), TextDelta("x" * 32), TextDelta("x" * 6)] == deltas


@in_streams
def test_a_broken_whole_answer_is_replayed_with_deltas_first(tape: Path, call: Verb) -> None:
    error = BadResponseError(retryable=False, partial=AssistantMessage("he"))
    record(tape, error)

    seen, raised = read(replayed(tape))

    assert ([TextDelta("he")], "BadResponseError", False) == (seen, type(raised).__name__, raised.retryable)
    with pytest.raises(BadResponseError):
        call(replayed(tape))


def test_halves_of_a_character_survive(tape: Path) -> None:
    halves = [TextDelta("\ud83d"), TextDelta("\ude00")]
    record(tape, BrokenStream(halves, error=ChatError()), call=stream)
    with Recorded(InMemoryChat(["hi"]), tape, mode="record", namespace="another") as chat:
        complete(chat)
        complete_again = Recorded(InMemoryChat(["ho"]), tape, mode="record", namespace="another")
    complete(complete_again)  # writes the tape anew, with the halves

    assert halves == read(replayed(tape))[0]


@in_streams
def test_a_replayed_stream_reports_its_usage(tape: Path, call: Verb) -> None:
    record(tape, ANSWER, RateLimitError(usage=USAGE), call=call)
    chat = replayed(tape)

    with chat.stream(REQUEST) as left_early:
        next(left_early)
    failed = chat.stream(REQUEST)
    with pytest.raises(RateLimitError):
        failed.until_done()

    assert (USAGE, USAGE) == (left_early.usage, failed.usage)


@in_every_verb
def test_the_nth_equal_request_gets_the_nth_recording(tape: Path, call: Verb) -> None:
    record(tape, "one", RateLimitError(), "three", call=call)
    chat = replayed(tape)

    assert "one" == call(chat).text
    with pytest.raises(RateLimitError):
        call(chat)
    assert "three" == call(chat).text
    with pytest.raises(RecordingMissingError) as caught:
        call(chat)

    assert (None, f"{tape}: each of the 3 recordings of this request has been used") == (
        caught.value.differs_at,
        caught.value.detail,
    )
    assert "one" == call(replayed(tape)).text


@in_every_verb
def test_once_records_what_the_tape_lacks(tape: Path, call: Verb) -> None:
    record(tape, "recorded", call=call)
    chat = Recorded(inner := InMemoryChat(["new"]), tape, mode="once")

    assert ["recorded", "new"] == [call(chat).text, call(chat).text]
    again = Recorded(InMemoryChat([]), tape, mode="once")
    assert ["recorded", "new"] == [call(again).text, call(again).text]
    assert (1, 2) == (len(inner.requests), len(lines(tape)))


def test_once_begins_a_tape_where_there_is_none(tape: Path) -> None:
    complete(Recorded(InMemoryChat(["new"]), tape, mode="once"))

    assert "new" == complete(replayed(tape)).text


@in_every_verb
def test_record_replaces_what_the_namespace_had_and_leaves_the_others(tape: Path, call: Verb) -> None:
    for namespace, texts in (("a", ["old", "older"]), ("b", ["other"]), ("a", ["new"])):
        with Recorded(InMemoryChat(texts), tape, mode="record", namespace=namespace) as chat:
            for _ in texts:
                call(chat)

    assert ("new", "other", 2) == (
        call(replayed(tape, "a")).text,
        call(replayed(tape, "b")).text,
        len(lines(tape)),
    )


def test_recording_that_records_nothing_leaves_the_tape(tape: Path) -> None:
    record(tape, "old")

    Recorded(InMemoryChat([]), tape, mode="record").close()

    assert "old" == complete(replayed(tape)).text


def test_a_replay_calls_nothing(tape: Path) -> None:
    record(tape, "recorded")
    chat = Recorded(inner := InMemoryChat([]), tape, mode="replay")

    with pytest.raises(RecordingMissingError):
        chat.complete(request("another"))

    assert ("recorded", ()) == (complete(chat).text, inner.requests)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (request(settings=ChatSettings(timeout=1.0)), request(settings=ChatSettings(timeout=2.0))),
        (request(settings=ChatSettings(timeout=1.0)), request()),
        (request(settings=ChatSettings(temperature=1)), request(settings=ChatSettings(temperature=1.0))),
        (
            request(settings=ChatSettings(extra={"a": [1, {"b": 0, "c": 1}]})),
            request(settings=ChatSettings(extra={"a": [1.0, {"c": 1, "b": -0.0}]})),
        ),
        tuple(
            ChatRequest(
                messages=[
                    AssistantMessage(tool_calls=[ToolCall(id="1", name="f", arguments={"a": 1}, arguments_text=text)]),
                    ToolMessage(tool_call_id="1", content="x"),
                ]
            )
            for text in ('{"a":  1}', None)
        ),
    ],
)
def test_equal_requests_have_one_recording(tape: Path, one: ChatRequest, other: ChatRequest) -> None:
    Recorded(InMemoryChat(["hi"]), tape, mode="record").complete(one)

    assert "hi" == replayed(tape).complete(other).text
    assert "timeout" not in tape.read_text()


@pytest.mark.parametrize(
    ("wanted", "path", "values"),
    [
        (request("ho"), "messages[1].content", "'ho', and the recording 'hi'"),
        (
            request(settings=ChatSettings(temperature=0.5)),
            "settings",
            "{'temperature': 0.5}, and the recording nothing",
        ),
        (attrs.evolve(request(), model="m"), "model", "'m', and the recording nothing"),
        (
            ChatRequest(messages=[*request().messages, UserMessage("more")]),
            "messages[2]",
            "{'type': 'user', 'content': 'more'}, and the recording nothing",
        ),
        (ChatRequest(messages=[SystemMessage("Be brief."), AssistantMessage("hi")]), "messages[1].type", "'assistant'"),
    ],
)
def test_a_miss_shows_where_the_nearest_recording_differs(
    tape: Path, wanted: ChatRequest, path: str, values: str
) -> None:
    with Recorded(InMemoryChat(lambda _: "x"), tape, mode="record") as chat:
        chat.complete(ChatRequest(messages=[UserMessage("far"), UserMessage("away")], model="z"))
        chat.complete(request())

    with pytest.raises(RecordingMissingError) as caught:
        replayed(tape).complete(wanted)

    error = caught.value
    assert f"no recording answers this request; nothing was sent (differs at {path}" in str(error)
    assert (path, False) == (error.differs_at, error.retryable)
    assert f"{tape}, line 2: the request has {values}" in str(error.detail)


def test_a_miss_by_a_setting_alone_shows_the_setting(tape: Path) -> None:
    Recorded(InMemoryChat(["x"]), tape, mode="record").complete(request(settings=ChatSettings(temperature=0, seed=1)))

    with pytest.raises(RecordingMissingError) as caught:
        replayed(tape).complete(request(settings=ChatSettings(temperature=0.5, seed=1)))

    assert "settings.temperature" == caught.value.differs_at


def test_a_miss_names_the_namespace_where_only_that_differs(tape: Path) -> None:
    record(tape, "x")

    with pytest.raises(RecordingMissingError) as caught:
        complete(replayed(tape, "b"))

    detail = f"{tape}, line 1: the chat has the namespace 'b', and the recording ''"
    assert ("namespace", detail) == (caught.value.differs_at, caught.value.detail)


@in_every_verb
def test_a_tape_that_is_not_there_is_a_miss(tape: Path, call: Verb) -> None:
    with pytest.raises(RecordingMissingError) as caught:
        call(replayed(tape))

    assert (None, f"{tape}: there is no recording") == (caught.value.differs_at, caught.value.detail)
    assert not tape.parent.exists()


def test_a_line_can_be_read_in_a_review(tape: Path) -> None:
    clock = FakeClock()
    with Recorded(InMemoryChat(["Grüße\u2028!"]), tape, mode="record", namespace="n", clock=clock) as chat:
        chat.stream(request("Hallo")).until_done()

    expected = (
        '{"namespace": "n", "request": {"messages": [{"type": "system", "content": "Be brief."}, '
        '{"type": "user", "content": "Hallo"}]}, "events": [{"type": "text_delta", "text": "Grüße\u2028!"}], '
        '"response": {"message": {"type": "assistant", "content": "Grüße\u2028!"}}, '
        '"first_event_seconds": 0.000, "seconds": 0.000}\n'
    )
    assert expected == tape.read_text(encoding="utf-8")


@in_every_verb
def test_the_file_is_private(tape: Path, call: Verb) -> None:
    record(tape, "a", call=call)
    first = stat.S_IMODE(tape.stat().st_mode)
    tape.chmod(0o644)
    record(tape, "b", call=call)

    assert (0o600, 0o600) == (first, stat.S_IMODE(tape.stat().st_mode))
    assert [tape] == list(tape.parent.iterdir())


@in_streams
def test_a_call_that_ends_early_is_not_recorded(tape: Path, call: Verb) -> None:
    chat = Recorded(ProbeChat(ANSWER, Plays(response=ANSWER, error=KeyboardInterrupt(), after=1)), tape, mode="record")
    with chat.stream(REQUEST) as events:
        next(events)
    with pytest.raises(KeyboardInterrupt):
        call(chat)

    assert not tape.exists()


@in_every_verb
def test_what_is_no_chat_error_is_not_recorded(tape: Path, call: Verb) -> None:
    with pytest.raises(KeyError):
        call(Recorded(ProbeChat(KeyError("a fault")), tape, mode="record"))

    assert not tape.exists()


@in_every_verb
def test_the_caller_gets_the_error_itself_while_it_is_recorded(tape: Path, call: Verb) -> None:
    error = UnsupportedFeatureError(feature="f", detail="d", host="h", previous=(ChatError(host="h", detail="d"),))

    with pytest.raises(UnsupportedFeatureError) as caught:
        call(Recorded(InMemoryChat([error]), tape, mode="record"))

    assert ("f", "d", "h") == (caught.value.feature, caught.value.detail, caught.value.host)
    with pytest.raises(UnsupportedFeatureError) as again:
        call(replayed(tape))
    assert ("f", None, None, None) == (
        again.value.feature,
        again.value.detail,
        again.value.host,
        again.value.previous[0].host,
    )


@pytest.mark.parametrize("cut", [b'{"namespace": "", "requ', b"{}x", b"\xff", b"[]"])
@sync_and_async
def test_a_line_that_was_cut_off_is_left_out(tape: Path, cut: bytes, call: Verb) -> None:
    record(tape, "one")
    with tape.open("ab") as file:
        file.write(cut)

    assert "one" == complete(replayed(tape)).text
    chat = Recorded(InMemoryChat(["two"]), tape, mode="once")
    assert ["one", "two"] == [call(chat).text, call(chat).text]
    assert 2 == len(lines(tape))


def test_a_last_line_without_its_end_counts(tape: Path) -> None:
    record(tape, "one")
    tape.write_bytes(tape.read_bytes().rstrip(b"\n"))

    chat = Recorded(InMemoryChat(["two"]), tape, mode="once")

    assert ["one", "two"] == [complete(chat).text, complete(chat).text]
    assert 2 == len(lines(tape))


def test_empty_lines_and_the_line_ends_of_windows_do_not_matter(tape: Path) -> None:
    record(tape, "one", "two")
    tape.write_bytes(tape.read_bytes().replace(b"\n", b"\r\n\r\n"))

    chat = replayed(tape)

    assert ["one", "two"] == [complete(chat).text, complete(chat).text]


@pytest.mark.parametrize("text", ["no JSON\n{}\n", "[]\n\n"])
@in_every_verb
def test_a_file_that_is_no_tape_is_named(tape: Path, text: str, call: Verb) -> None:
    tape.parent.mkdir()
    tape.write_text(text)

    with pytest.raises(ValueError, match=r"a.jsonl, line 1: expected a JSON object"):
        call(replayed(tape))


@pytest.mark.parametrize("change", [{"response": {"message": 1}}, {"response": None}, {"events": [1]}])
def test_a_line_that_holds_no_recording_is_an_error(tape: Path, change: dict[str, object]) -> None:
    record(tape, "one")
    tape.write_text(json.dumps({**lines(tape)[0], **change}) + "\n")

    with pytest.raises(InvalidDocumentError):
        complete(replayed(tape))


def test_a_tape_that_cannot_be_written_is_an_error(tape: Path) -> None:
    tape.mkdir(parents=True)

    with pytest.raises(OSError, match=r"a\.jsonl"):
        complete(Recorded(InMemoryChat(["one"]), tape, mode="once"))


def test_threads_and_tasks_share_a_tape(tape: Path) -> None:
    def answer(given: ChatRequest) -> str:
        return given.messages[-1].text if isinstance(given.messages[-1], UserMessage) else ""

    async def call_all(chat: Recorded) -> list[str]:
        return [r.text for r in await asyncio.gather(*(chat.acomplete(request(f"task {n}")) for n in range(20)))]

    def all_texts(chat: Recorded) -> list[str]:
        with ThreadPoolExecutor(8) as pool:
            texts = list(pool.map(lambda n: chat.complete(request(f"thread {n}")).text, range(40)))
        return texts + asyncio.run(call_all(chat))

    recorded = all_texts(Recorded(InMemoryChat(answer), tape, mode="record"))

    assert [*(f"thread {n}" for n in range(40)), *(f"task {n}" for n in range(20))] == recorded
    assert (recorded, 60) == (all_texts(replayed(tape)), len(lines(tape)))


def test_equal_requests_of_threads_get_different_recordings(tape: Path) -> None:
    record(tape, *map(str, range(30)))
    chat, texts, barrier = replayed(tape), list[str](), threading.Barrier(6)

    def read_five() -> None:
        barrier.wait(5)
        texts.extend(complete(chat).text for _ in range(5))

    threads = [threading.Thread(target=read_five) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert sorted(map(str, range(30))) == sorted(texts)


def test_processes_append_to_one_tape(tape: Path) -> None:
    program = f"""
import sys
from llm_core import *
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import Recorded
chat = Recorded(InMemoryChat.echo(), {str(tape)!r}, mode="once")
for n in range(20):
    chat.complete(ChatRequest(messages=[UserMessage(sys.argv[1] + str(n) + "x" * 5000)]))
"""
    runs = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "ab"]

    assert [0, 0] == [run.wait(60) for run in runs]
    assert 40 == len(lines(tape))


@sync_and_async
def test_nothing_of_the_adapter_is_on_a_tape(tape: Path, call: Verb) -> None:
    secrets = ["sk-planted-key-1234567890", "planted-header-0987654321", "planted-tenant"]
    echo = f"no {secrets[0]} with {secrets[1]} at {secrets[2]}"
    for status in (200, 401, 404, 500):
        with FakeProvider(Replies() if status == 200 else Fails(status=status, message=echo)) as provider:
            inner = DirectChat(
                "openai/m",
                api_key=secrets[0],
                api_base=f"{provider.url}/{secrets[2]}/v1",
                headers={"x-planted": secrets[1]},
            )
            with Recorded(inner, tape, mode="once", namespace=str(status)) as chat, suppress(ChatError):
                call(chat)
            secrets.append(provider.url.removeprefix("http://"))
    text = tape.read_text()

    assert 4 == len(lines(tape))
    assert [] == [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("mode", ["record", "once"])
def test_a_recording_needs_a_chat(tape: Path, mode: Literal["record", "once"]) -> None:
    with pytest.raises(ValueError, match=f"chat: must not be None with mode '{mode}'"):
        Recorded(None, tape, mode=mode)


def test_another_mode_is_refused(tape: Path) -> None:
    mode: RecordMode = "all"  # type: ignore[assignment]  # a user without a type checker

    with pytest.raises(ValueError, match="mode: must be 'replay', 'record' or 'once', got 'all'"):
        Recorded(None, tape, mode=mode)


def test_a_replay_without_a_chat_describes_nothing(tape: Path) -> None:
    with replayed(tape) as chat:
        assert ModelDescription() == description_of(chat)


def test_a_finish_reason_is_replayed(tape: Path) -> None:
    record(tape, ChatResponse(message=AssistantMessage("cut"), finish_reason=FinishReason.LENGTH))

    assert FinishReason.LENGTH is complete(replayed(tape)).finish_reason


def test_a_tape_is_read_once(tape: Path) -> None:
    record(tape, "one")
    loaded = Tape(tape, "", begins_anew=False)

    loaded.load()
    tape.unlink()
    loaded.load()

    assert loaded.take(REQUEST) is not None

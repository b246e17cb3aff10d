from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from llm_core import (
    AssistantMessage,
    ChatResponse,
    FinishReason,
    InvalidToolCall,
    ProviderData,
    ReasoningDelta,
    ReasoningPart,
    StreamEnd,
    StreamEvent,
    TextDelta,
    ToolCallStart,
    Usage,
)
from llm_core.adapters.litellm.litellm_stream import ChunkReader
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.errors import BadResponseError, StreamInterruptedError


def chunk(*, index: int | None = 0, **delta: object) -> SimpleNamespace:
    return SimpleNamespace(choices=[SimpleNamespace(index=index, delta=SimpleNamespace(**delta))])


def ended(reason: str | None = "stop", *, usage: object = None) -> SimpleNamespace:
    """Return LiteLLM's stream at its end: what the provider told, and the chunks that it told it in."""
    return SimpleNamespace(received_finish_reason=reason, chunks=[SimpleNamespace(), SimpleNamespace(usage=usage)])


def call(arguments: str, *, id: str | None = "c1", name: str | None = "get") -> SimpleNamespace:
    return SimpleNamespace(index=0, id=id, function=SimpleNamespace(name=name, arguments=arguments))


def model_info(provider: str = "openai", name: str = "nobody-knows") -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/{name}", bare_name=name, provider=provider, openai_wire=True, supported_params=None
    )


def reader() -> ChunkReader:
    return ChunkReader(model_info("anthropic"), ignored=("seed",))


def read(chunks: Sequence[object], stream: object) -> list[StreamEvent]:
    one = reader()
    return [event for chunk in chunks for event in one.read(chunk)] + one.end(stream)


def response(events: list[StreamEvent]) -> ChatResponse:
    match events[-1]:
        case StreamEnd(response=told):
            return told
        case other:
            raise AssertionError(other)


def test_a_stream_is_read_whole() -> None:
    first = SimpleNamespace(
        id="answer-1",
        model="asked",
        _hidden_params={"provider_response_model": "answered"},
        choices=[SimpleNamespace(index=0, delta=SimpleNamespace(reasoning_content="Hm.", content=""))],
    )
    usage = SimpleNamespace(prompt_tokens=7, completion_tokens=5)

    seen = read([first, chunk(content="Hi"), chunk(content=".")], ended(usage=usage))

    end = ChatResponse(
        message=AssistantMessage("Hi.", reasoning=[ReasoningPart("Hm.")]),
        raw_finish_reason="stop",
        usage=Usage(input_tokens=7, output_tokens=5),
        model="answered",
        id=None,  # LiteLLM makes one up for this provider
        ignored_settings=["seed"],
    )
    assert [ReasoningDelta("Hm."), TextDelta("Hi"), TextDelta("."), StreamEnd(response=end)] == seen


@pytest.mark.parametrize(
    "idle",
    [
        SimpleNamespace(),
        SimpleNamespace(choices=None, id=None, model=None, _hidden_params=None),
        SimpleNamespace(choices=[], _hidden_params="?"),
        SimpleNamespace(choices=[SimpleNamespace()]),
        SimpleNamespace(choices=[SimpleNamespace(index=0, delta=None)]),
        chunk(content=None, reasoning_content=None, tool_calls=None, thinking_blocks=None, refusal=None),
        chunk(index=1, content="another choice"),
        None,
    ],
)
def test_a_chunk_that_says_nothing_is_no_event(idle: object) -> None:
    seen = reader().read(idle)

    assert [] == seen


def test_a_choice_without_an_index_is_the_first() -> None:
    seen = reader().read(chunk(index=None, content="Hi."))

    assert [TextDelta("Hi.")] == seen


@pytest.mark.parametrize(
    "refusing",
    [chunk(refusal="I will not."), chunk(provider_specific_fields={"refusal": "I will not."})],
)
def test_a_refusal_is_its_words(refusing: object) -> None:
    seen = response(read([refusing], ended()))

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


def test_the_pieces_of_a_thinking_block_are_one_signed_block() -> None:
    pieces = [
        {"type": "thinking", "thinking": "Let me"},
        {"type": "thinking", "thinking": " see."},
        {"type": "thinking", "thinking": "", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "redacted_thinking", "data": "abc"},
        {"type": "thinking", "thinking": "So."},
        {"type": "thinking", "signature": "s2"},
        {"type": "thinking", "thinking": "Yes.", "signature": "s3"},
    ]
    chunks = [chunk(thinking_blocks=[piece], reasoning_content=piece.get("thinking")) for piece in pieces]

    seen = response(read([*chunks, chunk(thinking_blocks=["?"]), chunk(content="Hi.")], ended()))

    blocks = [
        {"type": "thinking", "thinking": "Let me see.", "signature": "s1"},
        pieces[3],
        pieces[4],
        {"type": "thinking", "thinking": "So.", "signature": "s2"},
        pieces[7],
    ]
    assert [[ProviderData(provider="anthropic", value=block)] for block in blocks] == [
        list(part.provider_data) for part in seen.message.reasoning
    ]
    assert [("Let me see.", "s1"), ("", None), ("", None), ("So.", "s2"), ("Yes.", "s3")] == [
        (part.text, part.signature) for part in seen.message.reasoning
    ]


@pytest.mark.parametrize(
    "stream",
    [
        ended(),
        SimpleNamespace(intermittent_finish_reason="stop"),
        SimpleNamespace(received_finish_reason="stop", chunks=()),
    ],
)
def test_usage_that_nobody_told_is_none(stream: object) -> None:
    seen = response(read([chunk(content="Hi.")], stream))

    assert seen.usage is None


def test_an_end_without_a_reason_is_no_end() -> None:
    one = reader()
    one.read(chunk(content="Hi"))

    with pytest.raises(StreamInterruptedError):
        one.end(ended(None))


def test_calls_that_were_not_told_yet_make_it_a_stream_that_broke_off() -> None:
    one = reader()
    one.read(chunk(tool_calls=[call("", name=None)]))

    with pytest.raises(StreamInterruptedError):
        one.end(ended(None))


def test_a_stream_of_nothing_is_a_bad_response() -> None:
    with pytest.raises(BadResponseError):
        read([SimpleNamespace()], ended(None))


def test_a_stop_without_a_word_is_a_bad_response() -> None:
    with pytest.raises(BadResponseError):
        read([chunk(content=None)], ended("stop"))


def test_an_empty_word_is_an_empty_answer() -> None:
    seen = response(read([chunk(content="")], ended("stop")))

    assert AssistantMessage() == seen.message


def test_calls_that_were_kept_back_are_told_before_the_end() -> None:
    seen = read([chunk(tool_calls=[call("", name="now")])], ended("stop"))

    assert ToolCallStart(index=0, id="c1", name="now") == seen[0]
    assert FinishReason.TOOL_CALLS is response(seen).finish_reason


def test_a_call_that_was_cut_off_is_invalid() -> None:
    seen = response(read([chunk(tool_calls=[call('{"city": "Os')])], ended("length")))

    assert ['{"city": "Os'] == [one.arguments_text for one in seen.invalid_tool_calls]
    assert FinishReason.LENGTH is seen.finish_reason


def test_what_has_arrived_holds_the_calls_that_were_kept_back() -> None:
    one = reader()
    one.read(chunk(content="Well", tool_calls=[call("", name="now")]))

    seen = one.partial()

    problem = "arguments: cut off before they began"
    invalid = InvalidToolCall(id="c1", name="now", arguments_text="", problem=problem)
    assert AssistantMessage("Well", invalid_tool_calls=[invalid]) == seen


@pytest.mark.parametrize(
    "broken",
    [
        chunk(content=[{"type": "text", "text": "Hi."}]),
        chunk(content=7),
        chunk(content="b", tool_calls=[call("{}", id="\udc00")]),
    ],
)
def test_what_cannot_be_read_is_a_bad_response_and_what_came_before_it_is_kept(broken: object) -> None:
    one = reader()
    one.read(chunk(content="Hi"))

    with pytest.raises(BadResponseError):
        one.read(broken)

    assert one.partial().content.startswith("Hi")


def test_what_a_broken_chunk_told_first_has_arrived() -> None:
    one = reader()

    with pytest.raises(BadResponseError):
        one.read(chunk(content="b", tool_calls=[call('{"a": 1}'), call("{}", id="\udc00")]))

    seen = one.partial()
    assert ("b", [{"a": 1}]) == (seen.content, [called.arguments for called in seen.tool_calls])

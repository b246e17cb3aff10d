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
from llm_core.providers.profile import LiteLLMQuirks
from llm_core.providers.registry import find_profile


def chunk(*, index: int | None = 0, **delta: object) -> SimpleNamespace:
    return SimpleNamespace(choices=[SimpleNamespace(index=index, delta=SimpleNamespace(**delta))])


def stream_at_end(reason: str | None = "stop", *, usage: object = None) -> SimpleNamespace:
    """Return LiteLLM's stream at its end, with the finish reason and usage that the provider reported."""
    return SimpleNamespace(received_finish_reason=reason, chunks=[SimpleNamespace(), SimpleNamespace(usage=usage)])


def call(arguments: str, *, id: str | None = "c1", name: str | None = "get") -> SimpleNamespace:
    return SimpleNamespace(index=0, id=id, function=SimpleNamespace(name=name, arguments=arguments))


def model_info(provider: str = "openai", name: str = "unknown-model") -> ModelInfo:
    profile = find_profile(provider)
    return ModelInfo(
        name=f"{provider}/{name}",
        bare_name=name,
        provider=provider,
        openai_wire=True,
        supported_params=None,
        quirks=LiteLLMQuirks() if profile is None else profile.litellm,
    )


def reader(stream: object = None) -> ChunkReader:
    chunk_reader = ChunkReader(model_info("anthropic"), ignored=("seed",))
    chunk_reader.begin(stream)
    return chunk_reader


def read_all(chunks: Sequence[object], stream: object) -> list[StreamEvent]:
    chunk_reader = reader(stream)
    return [event for received in chunks for event in chunk_reader.read(received)] + chunk_reader.end()


def response(events: list[StreamEvent]) -> ChatResponse:
    match events[-1]:
        case StreamEnd(response=chat_response):
            return chat_response
        case other:
            raise AssertionError(other)


def test_every_field_of_a_stream_is_decoded() -> None:
    first = SimpleNamespace(
        id="answer-1",
        model="requested",
        _hidden_params={"provider_response_model": "answered"},
        choices=[SimpleNamespace(index=0, delta=SimpleNamespace(reasoning_content="Hm.", content=""))],
    )
    usage = SimpleNamespace(prompt_tokens=7, completion_tokens=5)

    seen = read_all([first, chunk(content="Hi"), chunk(content=".")], stream_at_end(usage=usage))

    end = ChatResponse(
        message=AssistantMessage("Hi.", reasoning=[ReasoningPart("Hm.")]),
        raw_finish_reason="stop",
        usage=Usage(input_tokens=7, output_tokens=5),
        model="answered",
        id=None,  # LiteLLM generates an id for this provider
        ignored_settings=["seed"],
    )
    assert [ReasoningDelta("Hm."), TextDelta("Hi"), TextDelta("."), StreamEnd(response=end)] == seen


@pytest.mark.parametrize(
    "chunk_without_event",
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
def test_a_chunk_without_content_yields_no_event(chunk_without_event: object) -> None:
    seen = reader().read(chunk_without_event)

    assert [] == seen


def test_a_choice_without_an_index_counts_as_the_first() -> None:
    seen = reader().read(chunk(index=None, content="Hi."))

    assert [TextDelta("Hi.")] == seen


@pytest.mark.parametrize(
    "refusal",
    [chunk(refusal="I will not."), chunk(provider_specific_fields={"refusal": "I will not."})],
)
def test_a_refusal_is_the_text_with_content_filter(refusal: object) -> None:
    seen = response(read_all([refusal], stream_at_end()))

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (seen.text, seen.finish_reason)


def test_a_pause_that_litellm_reports_as_length_is_a_pause() -> None:
    paused = chunk(provider_specific_fields={"stop_reason": "pause_turn"}, content="")

    seen = response(read_all([chunk(content="Cold."), paused, chunk(content=None)], stream_at_end("length")))

    assert (FinishReason.PAUSED, "pause_turn") == (seen.finish_reason, seen.raw_finish_reason)


def test_the_index_that_litellm_adds_to_a_thinking_block_is_not_kept() -> None:
    block = {"type": "thinking", "thinking": "Hm.", "signature": "s1", "index": 0}

    seen = response(read_all([chunk(thinking_blocks=[block], reasoning_content="Hm.")], stream_at_end()))

    expected = ProviderData(provider="anthropic", value={"type": "thinking", "thinking": "Hm.", "signature": "s1"})
    assert [expected] == [data for part in seen.message.reasoning for data in part.provider_data]


def test_deltas_of_a_thinking_block_are_joined_into_one_signed_block() -> None:
    blocks_received = [
        {"type": "thinking", "thinking": "Let me"},
        {"type": "thinking", "thinking": " see."},
        {"type": "thinking", "thinking": "", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "redacted_thinking", "data": "abc"},
        {"type": "thinking", "thinking": "So."},
        {"type": "thinking", "signature": "s2"},
        {"type": "thinking", "thinking": "Yes.", "signature": "s3"},
    ]
    chunks = [chunk(thinking_blocks=[block], reasoning_content=block.get("thinking")) for block in blocks_received]

    seen = response(read_all([*chunks, chunk(thinking_blocks=["?"]), chunk(content="Hi.")], stream_at_end()))

    blocks = [
        {"type": "thinking", "thinking": "Let me see.", "signature": "s1"},
        blocks_received[3],
        blocks_received[4],
        {"type": "thinking", "thinking": "So.", "signature": "s2"},
        blocks_received[7],
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
        stream_at_end(),
        SimpleNamespace(intermittent_finish_reason="stop"),
        SimpleNamespace(received_finish_reason="stop", chunks=()),
    ],
)
def test_usage_that_the_provider_does_not_report_is_none(stream: object) -> None:
    seen = response(read_all([chunk(content="Hi.")], stream))

    assert seen.usage is None


def test_an_end_without_a_finish_reason_is_an_interruption() -> None:
    chunk_reader = reader()
    chunk_reader.read(chunk(content="Hi"))

    with pytest.raises(StreamInterruptedError):
        chunk_reader.end()


def test_an_unfinished_call_without_a_finish_reason_is_an_interruption() -> None:
    chunk_reader = reader()
    chunk_reader.read(chunk(tool_calls=[call("", name=None)]))

    with pytest.raises(StreamInterruptedError):
        chunk_reader.end()


def test_a_stream_without_content_and_finish_reason_is_a_bad_response() -> None:
    with pytest.raises(BadResponseError):
        read_all([SimpleNamespace()], stream_at_end(None))


def test_a_stream_that_ended_with_empty_content_is_an_empty_answer() -> None:
    seen = response(read_all([chunk(content="")], stream_at_end("stop")))

    assert AssistantMessage() == seen.message


def test_a_stream_without_any_content_is_no_answer_since_litellm_makes_up_its_end() -> None:
    with pytest.raises(BadResponseError):
        read_all([chunk(content=None)], stream_at_end("stop"))


def test_pending_calls_start_before_the_stream_ends() -> None:
    seen = read_all([chunk(tool_calls=[call("", name="now")])], stream_at_end("stop"))

    assert ToolCallStart(index=0, id="c1", name="now") == seen[0]
    assert FinishReason.TOOL_CALLS is response(seen).finish_reason


def test_a_truncated_call_is_invalid() -> None:
    seen = response(read_all([chunk(tool_calls=[call('{"city": "Os')])], stream_at_end("length")))

    assert ['{"city": "Os'] == [invalid.arguments_text for invalid in seen.invalid_tool_calls]
    assert FinishReason.LENGTH is seen.finish_reason


def test_the_partial_message_holds_pending_calls() -> None:
    chunk_reader = reader()
    chunk_reader.read(chunk(content="Well", tool_calls=[call("", name="now")]))

    seen = chunk_reader.partial()

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
def test_an_unreadable_chunk_is_a_bad_response_and_the_partial_message_is_kept(broken: object) -> None:
    chunk_reader = reader()
    chunk_reader.read(chunk(content="Hi"))

    with pytest.raises(BadResponseError):
        chunk_reader.read(broken)

    assert chunk_reader.partial().content.startswith("Hi")


def test_the_readable_part_of_a_broken_chunk_is_in_the_partial_message() -> None:
    chunk_reader = reader()

    with pytest.raises(BadResponseError):
        chunk_reader.read(chunk(content="b", tool_calls=[call('{"a": 1}'), call("{}", id="\udc00")]))

    seen = chunk_reader.partial()
    assert ("b", [{"a": 1}]) == (seen.content, [tool_call.arguments for tool_call in seen.tool_calls])

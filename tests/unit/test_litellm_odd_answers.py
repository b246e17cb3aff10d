import json
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import AssistantMessage, ChatError, ChatRequest, FinishReason, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import (
    BadResponseError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing import Fails, FakeProvider, RecordedRequest, Recorder, Replies, Sends
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat

KEY = "sk-planted-0123456789abcdef"
Lane: TypeAlias = Literal["direct", "call"]
REQUEST = ChatRequest(messages=[UserMessage("hi")])
SSE = "text/event-stream"


class AnyWire(OpenAIChat):
    """A fake provider that accepts any request, in any wire format."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        assert request.body
        return REQUEST


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return each lane in turn."""
    return cast(Lane, request.param)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def chat(
    lane: Lane, fake_provider: FakeProvider, model: str = "openai/fake-provider-1", *, path: str = "/v1"
) -> LiteLLMChat:
    return LiteLLMChat(model, api_key=KEY, api_base=f"{fake_provider.url}{path}", lane=lane)


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chunk(delta: object, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return event({"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


ODD_BODIES: dict[str, object] = {
    "null": None,
    "a list": [],
    "a text": "Hi.",
    "a number": 7,
    "nothing": {},
    "no choices": {"choices": []},
    "choices null": {"choices": None},
    "choices a text": {"choices": "Hi."},
    "a choice null": {"choices": [None]},
    "a choice of nothing": {"choices": [{}]},
    "a message null": {"choices": [{"message": None}]},
    "a list for content": {"choices": [{"message": {"content": ["Hi."]}, "finish_reason": "stop"}]},
    "an object for content": {"choices": [{"message": {"content": {"a": 1}}, "finish_reason": "stop"}]},
    "a call null": {"choices": [{"message": {"content": None, "tool_calls": [None]}, "finish_reason": "stop"}]},
    "a call of nothing": {"choices": [{"message": {"content": None, "tool_calls": [{}]}, "finish_reason": "stop"}]},
}


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("name", ODD_BODIES)
def test_an_odd_body_is_a_bad_response(name: str, mode: Mode, recorder: Recorder, lane: Lane) -> None:
    scenario = Sends(body=json.dumps(ODD_BODIES[name]).encode())

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(ChatError) as caught:
        call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert (BadResponseError, None, 1) == (type(caught.value), caught.value.__context__, recorder.count)


HALF_CHARACTER = {"choices": [{"index": 0, "message": {"content": "a\ud83d"}, "finish_reason": "stop"}]}
SPLIT_CHARACTER = chunk({"content": "a\ud83d"}) + chunk({"content": "\ude00b"}) + chunk({}, "stop")


@pytest.mark.parametrize("mode", EVERY)
def test_half_a_surrogate_pair_becomes_the_replacement_character(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    streamed = Sends(body=chunk({"content": "a\ud83d"}) + chunk({}, "stop"), content_type=SSE)
    scenario = streamed if mode in STREAMS else Sends(body=json.dumps(HALF_CHARACTER).encode())

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider:
        seen = call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert "a\N{REPLACEMENT CHARACTER}" == seen.text


def test_a_delta_never_ends_within_a_surrogate_pair(recorder: Recorder, lane: Lane) -> None:
    with FakeProvider(Sends(body=SPLIT_CHARACTER, content_type=SSE), OpenAIChat(), recorder) as fake_provider:
        seen = list(chat(lane, fake_provider).stream(REQUEST))

    assert [TextDelta("a"), TextDelta("\N{GRINNING FACE}b")] == seen[:-1]


@pytest.mark.parametrize("mode", EVERY)
def test_an_error_body_with_status_200_is_a_server_error_on_the_direct_lane(mode: Mode, recorder: Recorder) -> None:
    scenario = Sends(body=b'{"error": {"message": "no", "code": 502}}')

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(ServerError) as caught:
        call_in_mode(chat("direct", fake_provider), REQUEST, mode)

    assert ('no {"code": 502}', 1) == (caught.value.detail, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_an_error_body_with_status_200_is_a_bad_response_on_the_call_lane(mode: Mode, recorder: Recorder) -> None:
    scenario = Sends(body=b'{"error": {"message": "no", "code": 502}}')

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(BadResponseError):
        call_in_mode(chat("call", fake_provider), REQUEST, mode)

    assert 1 == recorder.count


ODD_CHUNKS: dict[str, list[bytes]] = {
    "chunks that are not objects": [event(None), event([]), event("Hi."), event(7)],
    "fields that are null": [chunk(None), chunk({"content": None, "tool_calls": None, "role": None})],
    "a call of nothing": [chunk({"tool_calls": [{}]}), chunk({"tool_calls": [{"index": None, "function": {}}]})],
    "a call null": [chunk({"tool_calls": [None]})],
    "calls that are a text": [chunk({"tool_calls": "get"})],
    "a list for content": [chunk({"content": ["Hi."]}), chunk({}, "stop")],
    "half a pair in a call": [chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "\ud83d"}}]})],
    "choices null": [event({"id": "a", "choices": None})],
    "an index that is text": [event({"id": "a", "choices": [{"index": "x", "delta": {"content": "Hi."}}]})],
    "nothing at all": [],
}


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("name", ODD_CHUNKS)
def test_odd_chunks_are_a_bad_response(name: str, mode: Mode, recorder: Recorder, lane: Lane) -> None:
    scenario = Sends(body=b"".join(ODD_CHUNKS[name]), content_type=SSE)

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(ChatError) as caught:
        call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert (BadResponseError, AssistantMessage()) == (type(caught.value), caught.value.partial)


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize(
    ("error_class", "last"),
    [
        (RateLimitError, event({"error": {"code": 429, "message": "slow down"}})),
        (RateLimitError, event({"error": {"code": "rate_limit_exceeded", "message": "slow down"}})),
        (ServerError, event({"error": "overloaded"})),
        (StreamInterruptedError, chunk({"note": [[[[]]]]})),
        (BadResponseError, b"data: {\n\n"),
    ],
)
def test_a_failed_stream_raises_its_error_class_with_the_partial_message(
    error_class: type[ChatError], last: bytes, mode: Mode, recorder: Recorder, lane: Lane
) -> None:
    scenario = Sends(body=chunk({"content": "Hi"}) + last, content_type=SSE)

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(ChatError) as caught:
        call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert (error_class, AssistantMessage("Hi")) == (type(caught.value), caught.value.partial)


@pytest.mark.parametrize("mode", STREAMS)
def test_content_in_parts_is_read_on_the_direct_lane(mode: Mode, recorder: Recorder) -> None:
    parts = chunk({"content": [{"type": "text", "text": "Hi."}]}) + chunk({}, "stop")

    with FakeProvider(Sends(body=parts, content_type=SSE), OpenAIChat(), recorder) as fake_provider:
        seen = call_in_mode(chat("direct", fake_provider), REQUEST, mode)

    assert "Hi." == seen.text


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.call_lane
def test_content_in_parts_is_a_bad_response_on_the_call_lane(mode: Mode, recorder: Recorder) -> None:
    parts = chunk({"content": [{"type": "text", "text": "Hi."}]}) + chunk({}, "stop")
    fake_provider = FakeProvider(Sends(body=parts, content_type=SSE), OpenAIChat(), recorder)

    with fake_provider, pytest.raises(BadResponseError) as caught:
        call_in_mode(chat("call", fake_provider), REQUEST, mode)

    assert AssistantMessage() == caught.value.partial


@pytest.mark.parametrize("mode", STREAMS)
def test_chunks_in_an_odd_order_are_read(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    chunks = [chunk(None), chunk({}, "stop"), event({"choices": None}), chunk({"content": "Hi."}), chunk({}, "stop")]

    with FakeProvider(Sends(body=b"".join(chunks), content_type=SSE), OpenAIChat(), recorder) as fake_provider:
        seen = call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert ("Hi.", FinishReason.STOP) == (seen.text, seen.finish_reason)


def test_a_huge_answer_is_read_completely(recorder: Recorder, lane: Lane) -> None:
    text = "x" * 5_000_000

    with FakeProvider(Replies(text=text), OpenAIChat(), recorder) as fake_provider:
        seen = chat(lane, fake_provider).complete(REQUEST)

    assert text == seen.text


def test_an_anthropic_error_event_is_a_server_error(recorder: Recorder, lane: Lane) -> None:
    events = [
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    ]
    scenario = Sends(body=b"".join(map(event, events)), content_type=SSE)

    with FakeProvider(scenario, AnyWire(), recorder) as fake_provider, pytest.raises(ServerError) as caught:
        call_in_mode(chat(lane, fake_provider, "anthropic/claude-sonnet-4-5", path=""), REQUEST, "stream")

    assert AssistantMessage("Hi") == caught.value.partial


def test_streamed_anthropic_thinking_is_one_signed_block(recorder: Recorder, lane: Lane) -> None:
    events = [
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Let me"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": " see."}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s1"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    scenario = Sends(body=b"".join(map(event, events)), content_type=SSE)

    with FakeProvider(scenario, AnyWire(), recorder) as fake_provider:
        seen = call_in_mode(chat(lane, fake_provider, "anthropic/claude-sonnet-4-5", path=""), REQUEST, "stream")

    assert [("Let me see.", "s1")] == [(part.text, part.signature) for part in seen.message.reasoning]


REWRITES_HISTORY = "LiteLLM's sync client adds a message of its own and retries; no keyword turns that off"
RETURNS_EMPTY_ANSWER = "LiteLLM turns this error into an empty answer with invented usage"


@pytest.mark.parametrize("lane", ["direct", pytest.param("call", marks=pytest.mark.xfail(reason=REWRITES_HISTORY))])
@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_history_that_the_provider_rejects_is_not_rewritten(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    scenario = Fails(status=400, message="Last message must have role `user`")

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(InvalidRequestError):
        call_in_mode(chat(lane, fake_provider), REQUEST, mode)

    assert 1 == recorder.count


@pytest.mark.parametrize("lane", ["direct", pytest.param("call", marks=pytest.mark.xfail(reason=RETURNS_EMPTY_ANSWER))])
@pytest.mark.parametrize("mode", EVERY)
def test_an_error_about_too_few_output_tokens_is_an_invalid_request(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    scenario = Fails(
        status=400, message="Could not finish the message because max_tokens or model output limit was reached"
    )

    with FakeProvider(scenario, OpenAIChat(), recorder) as fake_provider, pytest.raises(InvalidRequestError):
        call_in_mode(chat(lane, fake_provider), REQUEST, mode)

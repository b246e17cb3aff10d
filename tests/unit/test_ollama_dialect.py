"""The fake provider's dialect of Ollama, tested without an adapter."""

import json
from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FinishReason,
    Message,
    SystemMessage,
    Tool,
    ToolMessage,
    Usage,
)
from llm_core.testing import Breaks, Call, Fails, RecordedRequest, Refuses, Replies, Scenario, strategies
from llm_core.testing.clauses import properties
from llm_core.testing.dialects.ollama_chat import OllamaChat

WIRE = OllamaChat()
QUICK = settings(max_examples=50, deadline=None)
TOOLS = (
    Tool(name="get", description="Get it.", parameters={"type": "object"}),
    Tool(name="set", description="", parameters={}, strict=True),
)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories(TOOLS),
    tools=st.just(TOOLS),
    settings=st.builds(ChatSettings, max_tokens=st.none() | st.integers(1, 9), seed=st.none() | st.integers(0, 9)),
    model=st.just("x"),
)
CALL = Call(id="call_1", name="get", arguments_text='{"a": 1}')


def encode(request: ChatRequest) -> bytes:
    body: dict[str, object] = {
        "model": request.model,
        "messages": [_wire(one) for one in request.messages],
        "tools": [{"type": "function", "function": attrs.asdict(tool)} for tool in request.tools],
        "options": {"num_predict": request.settings.max_tokens, "seed": request.settings.seed},
    }
    return json.dumps(body).encode()


def _wire(message: Message) -> dict[str, object]:
    match message:
        case SystemMessage():
            return {"role": "system", "content": message.content}
        case AssistantMessage():
            calls = [{"function": {"name": call.name, "arguments": call.arguments}} for call in message.tool_calls]
            return {"role": "assistant", "content": message.content, "tool_calls": calls}
        case ToolMessage():
            return {"role": "tool", "content": message.content}
        case _:
            return {"role": "user", "content": message.content}


def collected(events: Iterable[bytes]) -> dict[str, object]:
    """Return the answer that a client builds from the lines of a stream."""
    lines = [json.loads(event) for event in events]
    *before, last = lines
    assert not any(line["done"] for line in before)
    message = last["message"]
    message["content"] = "".join(line["message"]["content"] for line in lines)
    reasoning = "".join(line["message"].get("thinking", "") for line in lines)
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    message |= ({"thinking": reasoning} if reasoning else {}) | ({"tool_calls": calls} if calls else {})
    return dict(last)


def sent(body: bytes = b"{}", path: str = "/api/chat") -> RecordedRequest:
    return RecordedRequest(method="POST", path=path, headers={}, body=body)


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire(request: ChatRequest) -> None:
    properties.dialect_round_trip_is_identity(request, WIRE, encode, path="/api/chat")


@QUICK
@given(strategies.replies(TOOLS))
def test_a_stream_adds_up_to_the_whole_answer(reply: Replies) -> None:
    assert json.loads(WIRE.body(reply)) == collected(WIRE.events(reply))


def test_a_whole_answer_is_done() -> None:
    usage = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)

    body = json.loads(WIRE.body(Replies(text="Hi.", reasoning="Hm.", calls=[CALL], usage=usage)))

    calls = [{"function": {"name": "get", "arguments": {"a": 1}}}]
    message = {"role": "assistant", "content": "Hi.", "thinking": "Hm.", "tool_calls": calls}
    assert message == body["message"]
    assert ("fake-provider-1", True, "stop") == (body["model"], body["done"], body["done_reason"])
    assert (70, 50) == (body["prompt_eval_count"], body["eval_count"])


@pytest.mark.parametrize(
    ("reason", "done_reason"),
    [(FinishReason.STOP, "stop"), (FinishReason.LENGTH, "length"), ("wombat", "wombat")],
)
def test_a_finish_reason_is_written_in_ollamas_terms(reason: FinishReason | str, done_reason: str) -> None:
    assert done_reason == json.loads(WIRE.body(Replies(text=None, finish_reason=reason)))["done_reason"]


def test_an_unfinished_answer_is_not_done() -> None:
    reply = WIRE.answers(Replies(finish_reason=None), sent())

    body = json.loads(WIRE.body(reply))

    assert (False, False) == (body["done"], "done_reason" in body)
    assert b'"done": true' not in b"".join(WIRE.events(reply))


def test_neither_ids_nor_zeros_are_reported() -> None:
    reply = Replies(calls=[CALL], usage=Usage(input_tokens=7, output_tokens=0, reasoning_tokens=0))

    visible = WIRE.visible(reply)

    assert (None, [None]) == (visible.id, [call.id for call in visible.calls])
    assert Usage(input_tokens=7) == visible.usage
    assert WIRE.visible(Replies(usage=None)).usage is None
    assert b"eval_count" not in WIRE.body(Replies(usage=None))


@pytest.mark.parametrize(
    ("scenario", "missing"),
    [
        (Replies(calls=[CALL]), None),
        (Replies(call_layout="interleaved"), "calls: interleaved"),
        (Replies(framing="crlf"), "server-sent events"),
        (Breaks(how="error", failure=Fails(status=429)), "the class of an error within a stream"),
        (Replies(reasoning="Hm.", signature="c2ln"), "a signature"),
        (Replies(text=None), "no content: a message without text has an empty string"),
        (Replies(refusal="No."), "a refusal"),
        (Replies(finish_reason=FinishReason.CONTENT_FILTER), "a refusal"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="[]")]), "arguments that are not an object"),
        (Breaks(how="cut", reply=Replies(text=None, calls=[CALL])), "part of a call"),
        (Fails(status=400, reason="content_policy"), "content policy"),
        (Fails(status=429, reason="quota"), "quota"),
        (Fails(status=400, reason="context_window"), None),
        (Refuses(), None),
    ],
)
def test_what_ollama_never_sends(scenario: Scenario, missing: str | None) -> None:
    assert missing == WIRE.inexpressible(scenario, streams=True)


def test_an_error_is_a_string() -> None:
    waits = Fails(status=429, retry_after=7.0)

    assert (429, {"error": "it went wrong"}) == (WIRE.status(waits), json.loads(WIRE.error(waits)))
    assert [(("retry-after", "7"),), ()] == [WIRE.headers(waits), WIRE.headers(Fails(status=500))]
    assert "context length" in json.loads(WIRE.error(Fails(status=400, reason="context_window")))["error"]
    assert WIRE.error(waits) + b"\n" == WIRE.error_event(waits)


def test_a_broken_line_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(WIRE.broken_event())


def test_a_stream_is_the_default() -> None:
    assert WIRE.streams(sent())
    assert not WIRE.streams(sent(b'{"stream": false}'))


def test_model_details_are_not_a_call() -> None:
    details = WIRE.auxiliary(sent(path="/api/show"))

    assert WIRE.auxiliary(sent()) is None
    assert details is not None
    assert "tools" in json.loads(details)["capabilities"]

"""The fake provider's dialect of Gemini, tested without an adapter."""

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
    NamedTool,
    SystemMessage,
    Tool,
    ToolMessage,
    Usage,
)
from llm_core.testing import Breaks, Call, Fails, RecordedRequest, Refuses, Replies, Scenario, strategies
from llm_core.testing.dialects.gemini import Gemini

WIRE = Gemini()
QUICK = settings(max_examples=50, deadline=None)
PATH = "/v1beta/models/x:generateContent"
TOOLS = (
    Tool(name="get", description="Get it.", parameters={"type": "object"}),
    Tool(name="set", description="", parameters={"type": "object", "properties": {}}, strict=True),
)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories(TOOLS),
    tools=st.just(TOOLS),
    tool_choice=st.sampled_from(["auto", "none", "required", NamedTool("set")]),
    settings=st.builds(ChatSettings, max_tokens=st.none() | st.integers(1, 9), seed=st.none() | st.integers(0, 9)),
    model=st.just("x"),
)
MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
CALL = Call(id="call_1", name="get", arguments_text='{"a": 1}')


def encode(request: ChatRequest) -> bytes:
    answers = [one for one in request.messages if isinstance(one, AssistantMessage)]
    names = {call.id: call.name for one in answers for call in one.tool_calls}
    instructions = [one.content for one in request.messages if isinstance(one, SystemMessage)]
    choice = request.tool_choice
    config = {"mode": "ANY", "allowedFunctionNames": [choice.name]} if isinstance(choice, NamedTool) else {}
    body: dict[str, object] = {
        "system_instruction": {"parts": [{"text": text} for text in instructions]},
        "contents": [_wire(one, names) for one in request.messages if not isinstance(one, SystemMessage)],
        "tools": [{"functionDeclarations": [attrs.asdict(tool) for tool in request.tools]}],
        "toolConfig": {"functionCallingConfig": config or {"mode": MODES[str(choice)]}},
        "generationConfig": {"maxOutputTokens": request.settings.max_tokens, "seed": request.settings.seed},
    }
    return json.dumps(body).encode()


def _wire(message: Message, names: dict[str, str]) -> dict[str, object]:
    match message:
        case AssistantMessage():
            calls = [{"functionCall": {"name": call.name, "args": call.arguments}} for call in message.tool_calls]
            return {"role": "model", "parts": [{"text": message.content}, *calls]}
        case ToolMessage():
            result = {"name": names[message.tool_call_id], "response": {"output": message.content}}
            return {"role": "user", "parts": [{"functionResponse": result}]}
        case _:
            return {"role": "user", "parts": [{"text": message.content}]}


def collected(events: Iterable[bytes]) -> dict[str, object]:
    """Return the response that a client builds from a stream: all parts, and the remaining fields of the last event."""
    parts, last = [], {}
    for event in events:
        last = json.loads(event.decode().removeprefix("data: "))
        parts += last["candidates"][0]["content"]["parts"]
    last["candidates"][0]["content"]["parts"] = _joined(parts)
    return last


def _joined(parts: list[dict[str, str]]) -> list[dict[str, str]]:
    joined: list[dict[str, str]] = []
    for part in parts:
        if joined and "text" in part and "text" in joined[-1] and part.get("thought") == joined[-1].get("thought"):
            joined[-1] = {**part, "text": joined[-1]["text"] + part["text"]}
        else:
            joined.append(part)
    return joined


def sent(body: bytes = b"{}", path: str = PATH) -> RecordedRequest:
    return RecordedRequest(method="POST", path=path, headers={}, body=body)


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire(request: ChatRequest) -> None:
    read = WIRE.parse(sent(encode(request)))

    assert WIRE.normalise(request) == WIRE.normalise(read)


@QUICK
@given(strategies.replies(TOOLS))
def test_a_stream_adds_up_to_the_whole_answer(reply: Replies) -> None:
    assert json.loads(WIRE.body(reply)) == collected(WIRE.events(reply))


def test_a_whole_answer_is_a_candidate() -> None:
    usage = Usage(input_tokens=70, output_tokens=50, cache_read_tokens=30, reasoning_tokens=20)
    reply = Replies(text="Hi.", reasoning="Hm.", calls=[CALL, CALL], usage=usage)

    body = json.loads(WIRE.body(reply))

    [candidate] = body.pop("candidates")
    reasoning, text, first, second = candidate["content"]["parts"]
    assert ({"text": "Hm.", "thought": True}, {"text": "Hi."}) == (reasoning, text)
    assert first.pop("thoughtSignature")
    assert {"functionCall": {"name": "get", "args": {"a": 1}}} == first == second
    assert ("model", "STOP") == (candidate["content"]["role"], candidate["finishReason"])
    assert body.pop("usageMetadata") == {
        "promptTokenCount": 70,
        "cachedContentTokenCount": 30,
        "candidatesTokenCount": 30,
        "thoughtsTokenCount": 20,
        "totalTokenCount": 120,
    }
    assert {"modelVersion": "fake-provider-1", "responseId": "answer-1"} == body


@pytest.mark.parametrize(
    ("reply", "finish_reason"),
    [
        (Replies(), "STOP"),
        (Replies(finish_reason=FinishReason.LENGTH), "MAX_TOKENS"),
        (Replies(finish_reason=FinishReason.CONTENT_FILTER), "SAFETY"),
        (Replies(text=None, refusal="No."), "SAFETY"),
        (Replies(finish_reason="wombat"), "wombat"),
    ],
)
def test_a_finish_reason_is_written_in_geminis_terms(reply: Replies, finish_reason: str) -> None:
    assert finish_reason == json.loads(WIRE.body(reply))["candidates"][0]["finishReason"]


def test_an_empty_answer_has_no_parts() -> None:
    empty = Replies(text=None, usage=None)

    [candidate] = json.loads(WIRE.body(empty))["candidates"]
    [event] = WIRE.events(empty)

    assert {} == candidate["content"]
    assert b"usageMetadata" not in event


def test_an_unfinished_answer_has_no_finish_reason() -> None:
    reply = WIRE.answers(Replies(finish_reason=None), sent())

    [candidate] = json.loads(WIRE.body(reply))["candidates"]

    assert {"content", "index"} == candidate.keys()
    assert b"finishReason" not in b"".join(WIRE.events(reply))


def test_reasoning_has_the_signature_of_the_scenario() -> None:
    signed = Replies(reasoning="Hm.", signature="c2ln", calls=[CALL])

    assert b'"thoughtSignature": "c2ln"' in WIRE.body(signed)


def test_calls_have_no_ids() -> None:
    assert [None] == [call.id for call in WIRE.visible(Replies(calls=[CALL])).calls]


@pytest.mark.parametrize(
    ("scenario", "missing"),
    [
        (Replies(calls=[CALL]), None),
        (Replies(call_layout="interleaved"), "calls: interleaved"),
        (Replies(calls=[attrs.evolve(CALL, arguments_text="[]")]), "arguments that are not an object"),
        (Breaks(how="cut", reply=Replies(text=None, calls=[CALL])), "part of a call"),
        (Breaks(how="cut"), None),
        (Replies(usage=Usage(output_tokens=1, reasoning_tokens=2)), "more reasoning than output"),
        (Replies(signature="signed"), "a signature without a call"),
        (Refuses(), None),
    ],
)
def test_what_gemini_never_sends(scenario: Scenario, missing: str | None) -> None:
    assert missing == WIRE.inexpressible(scenario, streams=True)


@pytest.mark.parametrize(
    ("failure", "status", "error_status", "details"),
    [
        (Fails(status=418), 418, "FAILED_PRECONDITION", []),
        (Fails(status=401), 401, "UNAUTHENTICATED", []),
        (Fails(status=502), 502, "UNKNOWN", []),
        (Fails(status=400, reason="context_window"), 400, "INVALID_ARGUMENT", []),
        (
            Fails(status=429, retry_after=7.5),
            429,
            "RESOURCE_EXHAUSTED",
            [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7.5s"}],
        ),
    ],
)
def test_errors_are_googles_own(failure: Fails, status: int, error_status: str, details: list[object]) -> None:
    error = json.loads(WIRE.error(failure))["error"]

    assert (status, error_status, details) == (WIRE.status(failure), error["status"], error["details"])
    assert () == WIRE.headers(failure)


def test_a_quota_is_named() -> None:
    [detail] = json.loads(WIRE.error(Fails(status=429, reason="quota")))["error"]["details"]

    assert "PerDay" in detail["violations"][0]["quotaId"]


def test_a_blocked_prompt_has_no_candidates() -> None:
    blocked = Fails(status=400, reason="content_policy")

    assert 200 == WIRE.status(blocked)
    assert {"promptFeedback", "usageMetadata"} == set(json.loads(WIRE.error(blocked)))


def test_an_error_in_a_stream_is_an_event() -> None:
    event = WIRE.error_event(Fails(status=503)).decode()

    assert "UNAVAILABLE" == json.loads(event.removeprefix("data: "))["error"]["status"]


def test_a_broken_event_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(WIRE.broken_event().decode().removeprefix("data: "))


def test_a_stream_is_requested_in_the_path() -> None:
    assert WIRE.streams(sent(path="/v1beta/models/x:streamGenerateContent?alt=sse"))
    assert not WIRE.streams(sent())
    assert WIRE.auxiliary(sent()) is None

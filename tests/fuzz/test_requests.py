"""Odd requests: refused at construction by the name of the field, or sent as they are; nothing in between."""

import json
import re
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    InvalidRequestError,
    JsonSchemaOutput,
    ProviderData,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import strategies
from llm_core.transport.attempt import Attempt

from .answers import MODELS
from .pace import fuzzed
from .sockets import MODES, asked, sending

_CHOICE = b'{"message": {"content": "so"}, "finish_reason": "stop"}'
_ANSWER = b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"choices": [%s]}' % _CHOICE
_HALF = "\ud800"
_ENDLESS = 10**4300


def _cycle() -> dict[str, object]:
    inner: dict[str, object] = {}
    inner["again"] = [inner]
    return inner


def _deep() -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(200):
        value = {"a": value}
    return value


REFUSED: dict[str, Callable[[], object]] = {
    "content: half a surrogate": lambda: UserMessage(_HALF),
    "text: half a surrogate": lambda: UserMessage([TextPart(_HALF)]),
    "name: half a surrogate": lambda: Tool(name=_HALF, description="", parameters={}),
    "description: half a surrogate": lambda: Tool(name="a", description=_HALF, parameters={}),
    "parameters.a: half a surrogate": lambda: Tool(name="a", description="", parameters={"a": _HALF}),
    "parameters: a key: half a surrogate": lambda: Tool(name="a", description="", parameters={_HALF: 1}),
    "tool_call_id: half a surrogate": lambda: ToolMessage("", tool_call_id=_HALF),
    "stop[0]: half a surrogate": lambda: ChatSettings(stop=_HALF),
    "extra.a: half a surrogate": lambda: ChatSettings(extra={"a": _HALF}),
    "arguments.again[0]: the value contains itself": lambda: ToolCall(id="1", name="a", arguments=_cycle()),
    "arguments.a: object is not a JSON value": lambda: ToolCall(id="1", name="a", arguments={"a": object()}),
    "arguments.a: bytes is not a JSON value": lambda: ToolCall(id="1", name="a", arguments={"a": b""}),
    "arguments.a: nan is not a JSON number": lambda: ToolCall(id="1", name="a", arguments={"a": float("nan")}),
    "parameters.a.a": lambda: Tool(name="a", description="", parameters=_deep()),
    "schema.a: an int of more than": lambda: JsonSchemaOutput(name="a", schema={"a": _ENDLESS}),
    "arguments.a: an int of more than": lambda: ToolCall(id="1", name="a", arguments={"a": -_ENDLESS}),
    "value[0]: an int of more than": lambda: ProviderData(provider="p", value=[_ENDLESS]),
    "seed: an int of more than": lambda: ChatSettings(seed=-_ENDLESS),
    "max_tokens: an int of more than": lambda: ChatSettings(max_tokens=_ENDLESS),
    "extra.a: an int of more than": lambda: ChatSettings(extra={"a": _ENDLESS}),
    "temperature: must be finite": lambda: ChatSettings(temperature=_ENDLESS),
    "timeout: must be finite": lambda: ChatSettings(timeout=_ENDLESS),
}

_CALL = ToolCall(id="1", name="tool0", arguments={"n": _ENDLESS - 1, "\x00": ["\x00"]})
SENT: dict[str, ChatRequest] = {
    "NUL": ChatRequest(messages=[SystemMessage("\x00"), UserMessage("a\x00b")]),
    "10 MB": ChatRequest(messages=[UserMessage("ä" * 5_000_000)]),
    "1,000 tools": ChatRequest(
        messages=[UserMessage("hi")],
        tools=[Tool(name=f"tool{place}", description="", parameters={"type": "object"}) for place in range(1_000)],
    ),
    "4,300 digits": ChatRequest(
        messages=[AssistantMessage(tool_calls=[_CALL]), ToolMessage("", tool_call_id="1"), UserMessage("hi")]
    ),
    "a timeout of ages": ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=1e300)),
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_cannot_be_sent_is_refused_by_the_name_of_the_field(told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        REFUSED[told]()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", SENT)
def test_what_can_be_sent_is_sent_as_it_is(kind: str, mode: str) -> None:
    heard: list[bytes] = []
    request = SENT[kind]

    with sending(lambda: iter((_ANSWER,)), heard) as url:
        end = asked(mode, MODELS["openai"], url, request)

    assert isinstance(end, ChatResponse), (end, end.__cause__)
    [body] = [json.loads(data) for data in heard]
    assert [message.content for message in request.messages] == [told["content"] or "" for told in body["messages"]]
    assert [tool.name for tool in request.tools] == [tool["function"]["name"] for tool in body.get("tools", ())]
    if kind == "4,300 digits":
        assert json.loads(body["messages"][0]["tool_calls"][0]["function"]["arguments"]) == _CALL.arguments


@pytest.mark.parametrize("mode", MODES)
def test_what_litellm_cannot_write_is_no_answers_fault_and_nothing_is_sent(mode: str) -> None:
    heard: list[bytes] = []
    request = ChatRequest(messages=[SystemMessage("be brief")])

    with sending(lambda: iter((_ANSWER,)), heard) as url:
        end = asked(mode, MODELS["anthropic"], url, request)

    assert isinstance(end, InvalidRequestError)
    assert [] == heard


@pytest.mark.parametrize("wire", sorted(MODELS))
@fuzzed()
@given(strategies.requests(), st.booleans())
def test_any_request_is_written_as_json_or_refused(wire: str, request: ChatRequest, stream: bool) -> None:
    chat = LiteLLMChat(MODELS[wire], api_key="none", api_base="http://127.0.0.1:1", lane="direct")

    written = _written(chat, attrs.evolve(request, model=None), stream=stream)

    assert isinstance(written, dict | InvalidRequestError)


def _written(chat: LiteLLMChat, request: ChatRequest, *, stream: bool) -> object:
    try:
        attempt = chat._attempt(request)
    except ChatError as error:
        return error
    assert isinstance(attempt, Attempt)
    try:
        return json.loads(attempt.encode(stream=stream).content)
    except Exception as error:  # noqa: BLE001 -- as the direct lane does
        return attempt._answer(stream=stream).failure(error)

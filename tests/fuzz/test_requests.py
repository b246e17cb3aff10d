"""Unusual requests are either refused at construction, with the name of the field, or sent unchanged."""

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
from llm_core.transport.deadline import Deadline

from .answers import MODELS
from .fuzz_settings import fuzz
from .sockets import MODES, call, serving

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
        tools=[Tool(name=f"tool{number}", description="", parameters={"type": "object"}) for number in range(1_000)],
    ),
    "4,300 digits": ChatRequest(
        messages=[AssistantMessage(tool_calls=[_CALL]), ToolMessage("", tool_call_id="1"), UserMessage("hi")]
    ),
    "a timeout of ages": ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=1e300)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_value_that_cannot_be_sent_is_refused_with_the_name_of_the_field(message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        REFUSED[message]()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SENT)
def test_an_unusual_request_is_sent_unchanged(name: str, mode: str) -> None:
    received: list[bytes] = []
    request = SENT[name]

    with serving(lambda: iter((_ANSWER,)), received) as url:
        end = call(mode, MODELS["openai"], url, request)

    assert isinstance(end, ChatResponse), (end, end.__cause__)
    [body] = [json.loads(data) for data in received]
    assert [message.content for message in request.messages] == [sent["content"] or "" for sent in body["messages"]]
    assert [tool.name for tool in request.tools] == [tool["function"]["name"] for tool in body.get("tools", ())]
    if name == "4,300 digits":
        assert json.loads(body["messages"][0]["tool_calls"][0]["function"]["arguments"]) == _CALL.arguments


@pytest.mark.parametrize("mode", MODES)
def test_a_request_that_the_wire_cannot_carry_is_an_invalid_request_and_not_sent(mode: str) -> None:
    received: list[bytes] = []
    request = ChatRequest(messages=[SystemMessage("be brief")])

    with serving(lambda: iter((_ANSWER,)), received) as url:
        end = call(mode, MODELS["anthropic"], url, request)

    assert isinstance(end, InvalidRequestError)
    assert [] == received


@pytest.mark.parametrize("wire", sorted(MODELS))
@fuzz()
@given(strategies.requests(), st.booleans())
def test_any_request_is_encoded_as_json_or_refused(wire: str, request: ChatRequest, stream: bool) -> None:
    chat = LiteLLMChat(MODELS[wire], api_key="none", api_base="http://127.0.0.1:1", lane="direct")

    encoded = _encoded(chat, attrs.evolve(request, model=None), stream=stream)

    assert isinstance(encoded, dict | InvalidRequestError)


def _encoded(chat: LiteLLMChat, request: ChatRequest, *, stream: bool) -> object:
    try:
        attempt = chat._attempt(request)
    except ChatError as error:
        return error
    assert isinstance(attempt, Attempt)
    try:
        return json.loads(attempt.encode(stream=stream).content)
    except Exception as error:  # noqa: BLE001 -- as the direct lane does
        return attempt._answer(Deadline(60), stream=stream).failure(error)

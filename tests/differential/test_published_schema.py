"""Every request to OpenAI's Responses API follows the published schema."""

import copy
from collections.abc import Callable, Iterable
from functools import cache

import attrs
import pytest
from hypothesis import given, settings

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.domain.json_values import JsonObject
from llm_core.testing import Capabilities
from llm_core.testing.request_strategies import requests_within

from ..recorded.exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings  # noqa: TID252 -- tests are no package
from .corpus import corpus
from .published_schema import problem_of
from .responses_requests import body_of, endpoint_of, histories_of_items, history_with, recorded_answer

REASONING, PLAIN = endpoint_of("gpt-5.4"), endpoint_of("gpt-4o")
CLAIMS = Capabilities(audio=False, settings=Capabilities().settings - {"extra"})
STATELESS: dict[str, object] = {"store": False, "include": ["reasoning.encrypted_content"]}


def problems(requests: Iterable[tuple[str, ChatRequest]]) -> list[tuple[str, str]]:
    """Return the problem of each request that can be written at all, for both models, one of them streamed."""
    return [
        (name, problem)
        for name, request in requests
        for endpoint, stream in ((REASONING, True), (PLAIN, False))
        for body in [body_of(_without_extra(request), endpoint, stream=stream)]
        if body is not None and (problem := problem_of(body)) is not None
    ]


def _without_extra(request: ChatRequest) -> ChatRequest:
    """Return *request* without `extra`, which is sent as the caller wrote it."""
    return attrs.evolve(request, settings=attrs.evolve(request.settings, extra={}))


def test_the_requests_of_the_corpus_follow_the_schema() -> None:
    written = [(name, request) for name, request in corpus() if body_of(request, REASONING, stream=False)]

    assert ["messages: audio", "output: map"] == [name for name, _ in corpus() if name not in dict(written)]
    assert [] == problems(written)


def test_histories_of_every_item_follow_the_schema() -> None:
    assert [] == problems(histories_of_items())


@settings(max_examples=150, deadline=None)
@given(request=requests_within(CLAIMS, "gpt-5-mini"))
def test_drawn_requests_follow_the_schema(request: ChatRequest) -> None:
    assert [] == problems([("drawn", request)])


@pytest.mark.parametrize("source", ["own", "recorded"])
def test_histories_with_a_recorded_answer_follow_the_schema(source: str) -> None:
    answers = [(one.id, recorded_answer(one)) for one in _exchanges(source) if one.expected.kind == "ok"]

    found = problems([(id, history_with(message)) for id, message in answers if message is not None])

    assert len([message for _, message in answers if message]) > 0.9 * len(answers) > 0
    assert [] == [(id, problem) for id, problem in found if id not in BEYOND_THE_SCHEMA]
    assert source == "own" or BEYOND_THE_SCHEMA.keys() <= {id for id, _ in found}


@cache
def _exchanges(source: str) -> tuple[Exchange, ...]:
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} does not name a folder of recordings")
    return exchanges_in(folder)


_IMAGE = "an image_generation_call has more fields than the schema names"
_MCP_ERROR = "the error of an mcp_call is an object, in the schema a text"
BEYOND_THE_SCHEMA: dict[str, str] = {
    "rsp-0058": _IMAGE,
    "rsp-0059": _IMAGE,
    "rsp-0063": _MCP_ERROR,
    "rsp-0088": _IMAGE,
    "rsp-0089": _IMAGE,
    "rsp-0093": _MCP_ERROR,
    "rsp-0132": _MCP_ERROR,
    "rsp-0167": "a source of a web_search_call has the type api, in the schema only url",
    "rsp-0248": _IMAGE,
}
"""Recorded items of the provider's own tools that break its schema as it sent them: they go back as they came."""


def _item(type_: str, **fields: object) -> Callable[[JsonObject], object]:
    """Return a change of the first item of *type_* in the input."""

    def change(body: JsonObject) -> None:
        items = body["input"]
        assert isinstance(items, list)
        item = next(one for one in items if isinstance(one, dict) and one.get("type", one.get("role")) == type_)
        assert isinstance(item, dict)
        for name, value in fields.items():
            _set(item, name, value)

    return change


def _field(**fields: object) -> Callable[[JsonObject], object]:
    def change(body: JsonObject) -> None:
        for name, value in fields.items():
            _set(body, name, value)

    return change


def _set(item: JsonObject, name: str, value: object) -> None:
    if value is _GONE:
        del item[name]
    else:
        item[name] = value


_GONE = object()
_OUTPUT = {"type": "output_text", "text": "a", "annotations": []}
WRONG: dict[str, Callable[[JsonObject], object]] = {
    "an extra key": _field(max_tokens=50),
    "the key of chat completions": _field(messages=[]),
    "an extra key in an item": _item("function_call", function={}),
    "an extra key in a part": _item("message", content=[{**_OUTPUT, "x": 1}]),
    "a wrong type": _field(max_output_tokens="50"),
    "a truth value as a number": _field(max_output_tokens=True),
    "a wrong type in an item": _item("function_call", arguments={"a": 1}),
    "a wrong role": _item("user", role="tool"),
    "a wrong role of an output message": _item("message", role="user"),
    "a part of another role": _item("user", content=[_OUTPUT]),
    "a part of chat completions": _item("user", content=[{"type": "text", "text": "a"}]),
    "an image as chat completions have it": _item(
        "user", content=[{"type": "input_image", "image_url": {"url": "https://a.test"}}]
    ),
    "a reference to a stored item": _item("reasoning", type="item_reference", summary=_GONE, encrypted_content=_GONE),
    "a bare id": _item("reasoning", type=_GONE, summary=_GONE, encrypted_content=_GONE),
    "reasoning without a summary": _item("reasoning", summary=_GONE),
    "a summary as text": _item("reasoning", summary="First"),
    "a stored conversation": _field(previous_response_id="resp_1"),
    "a conversation object": _field(conversation="conv_1"),
    "an unknown item": _item("reasoning", type="thinking"),
    "a call without its id": _item("function_call", call_id=_GONE),
    "a result without its id": _item("function_call_output", call_id=_GONE),
    "a result of an object": _item("function_call_output", output={"a": 1}),
    "a nested tool": _field(tools=[{"type": "function", "function": {"name": "look", "parameters": {}}}]),
    "a tool without its schema": _field(tools=[{"type": "function", "name": "look", "strict": False}]),
    "an unknown effort": _field(reasoning={"effort": "huge"}),
    "an unknown choice": _field(tool_choice="any"),
    "a nested choice": _field(tool_choice={"type": "function", "function": {"name": "look"}}),
    "an unknown include": _field(include=["reasoning.text"]),
    "an output format at the top": _field(response_format={"type": "json_object"}),
    "a format without a name": _field(text={"format": {"type": "json_schema", "schema": {}}}),
    "null as input": _field(input=None),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_body_is_refused(name: str) -> None:
    body = body_of(dict(histories_of_items())["as they came"], REASONING, stream=False)
    assert body is not None
    assert problem_of(body) is None
    wrong = copy.deepcopy(body)

    WRONG[name](wrong)

    assert problem_of(wrong) is not None


def test_the_right_body_has_every_item_and_is_stateless() -> None:
    body = body_of(dict(histories_of_items())["as they came"], REASONING, stream=False)
    assert body is not None
    items = body["input"]
    assert isinstance(items, list)

    types = {item.get("type") for item in items if isinstance(item, dict)}
    assert {None, "reasoning", "message", "web_search_call", "function_call", "function_call_output"} == types
    assert STATELESS == {name: body[name] for name in STATELESS}


def test_a_problem_has_its_place() -> None:
    body = body_of(ChatRequest(messages=[UserMessage("a")], settings=ChatSettings()), PLAIN, stream=False)
    assert body is not None

    assert "$.max_output_tokens: 'a' is not" in (problem_of({**body, "max_output_tokens": "a"}) or "")

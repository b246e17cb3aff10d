"""Requests with one hard value each, by name: what a tame request does not show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import (
    AssistantMessage,
    ChatMessage,
    Message,
    ReasoningPart,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.parts import TextPart
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall
from llm_core.testing.hard_values import HARD_OBJECTS, HARD_SCHEMAS, HARD_TEXTS, foreign_data, long_text

from .sample_requests import CLOCK, SIMPLE_REQUEST, WEATHER

_MANY = 150  # more than the limits that providers publish: 128 tools, 4 or 5 stop sequences
_QUESTION, _THANKS = UserMessage("And the weather?"), UserMessage("Thanks.")
_SAME_START = "a" * 127
_LONG_IDS = tuple(f"call_{_SAME_START}{index}" for index in range(2))
_PROVIDER_IDS = (
    *("call_Xj3kP9QmZr7sT1vW5yB2dF8g", "toolu_01A09q90qw90lq917835lq9", "fc_67ca09c6bedc8190a7abfec07b1a1332"),
    *("chatcmpl-tool-3f2504e04f8911d39a0c0305e82c3301", "functions.get_weather:0", "D681PevKs", "get_weather_x7h2k9q"),
    *("tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "1", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
)
_LONGEST_NAME = "get_weather_" + "x" * 52  # 64 characters, the most that OpenAI, Anthropic and Gemini accept
_TOO_LONG = f"{_LONGEST_NAME}{'y' * 136}"  # for the provider to refuse, or the adapter: cut, it would be another name


def _called(calls: Sequence[ToolCall], results: Sequence[str] = (), *, is_error: bool = False) -> ChatRequest:
    """Return a request in which the model made *calls*, with *results*, which are "rain" by default."""
    texts = results or ["rain"] * len(calls)
    answers = [
        ToolMessage(text, tool_call_id=call.id, is_error=is_error) for call, text in zip(calls, texts, strict=True)
    ]
    return ChatRequest(
        messages=[_QUESTION, AssistantMessage("Looking.", tool_calls=calls), *answers, _THANKS], tools=[WEATHER, CLOCK]
    )


def _call(id: str = "call_a", arguments: Mapping[str, JsonValue] | None = None, text: str | None = None) -> ToolCall:
    return ToolCall(
        id=id, name="get_weather", arguments={"city": "Oslo"} if arguments is None else arguments, arguments_text=text
    )


def _calls_with(ids: Sequence[str]) -> list[ToolCall]:
    return [_call(id, {"city": f"Oslo {index}"}) for index, id in enumerate(ids)]


def _tool(name: str, description: str = "Does it.", schema: Mapping[str, JsonValue] = WEATHER.parameters) -> Tool:
    return Tool(name=name, description=description, parameters=schema)


def _said(*messages: ChatMessage) -> ChatRequest:
    return ChatRequest(messages=messages)


def _offered(*tools: Tool) -> ChatRequest:
    return attrs.evolve(SIMPLE_REQUEST, tools=tools)


def _set(settings: ChatSettings) -> ChatRequest:
    return attrs.evolve(SIMPLE_REQUEST, settings=settings)


def _messages() -> Iterator[tuple[str, ChatRequest]]:
    again, terse = UserMessage("Yes."), SystemMessage("Be terse.")
    yield "repeated messages", _said(terse, terse, again, again, again, AssistantMessage("No."), again, again)
    yield "repeated turns", _said(*[again, AssistantMessage("No.")] * 3, again)
    yield "empty system message", _said(SystemMessage(""), terse, again)
    yield "empty messages", _said(UserMessage(""), AssistantMessage(""), again)
    yield (
        "long texts",
        _said(SystemMessage(long_text()), UserMessage(long_text()), AssistantMessage(long_text()), again),
    )
    yield "long parts", _said(UserMessage([TextPart(long_text(70_000)), TextPart(long_text(70_000))]))
    yield (
        "odd texts",
        _said(*(message for text in HARD_TEXTS[1:] for message in (UserMessage(text), AssistantMessage(text))), again),
    )
    yield "odd system text", _said(SystemMessage("".join(HARD_TEXTS)), SystemMessage(HARD_TEXTS[1]), again)
    yield "many messages", _said(*(UserMessage(f"Line {index}.") for index in range(300)))


def _tools() -> Iterator[tuple[str, ChatRequest]]:
    for name, schema in HARD_SCHEMAS.items():
        yield f"tool schema: {name}", _offered(_tool("book", schema=schema), WEATHER)
    yield "long descriptions", _offered(_tool("book", long_text(20_000)), _tool("cancel", f" {long_text(1_500)}\n"))
    yield "same descriptions", _offered(*(_tool(f"get_{index}") for index in range(3)))
    yield "empty description", _offered(_tool("book", ""), CLOCK)
    yield "long names", _offered(*(_tool(f"{_LONGEST_NAME[:-1]}{index}") for index in range(2)))
    yield "too long names", _offered(*(_tool(f"{name}_{_TOO_LONG}") for name in ("book", "cancel")))
    too_long = attrs.evolve(_offered(_tool(_TOO_LONG), CLOCK), tool_choice=NamedTool(_TOO_LONG))
    yield "choice of a too long name", too_long
    yield "odd names", _offered(_tool("get.weather"), _tool("Get-Weather"), _tool("get_weather"))
    yield "many tools", _offered(*(_tool(f"tool_{index}") for index in range(_MANY)))


def _calls() -> Iterator[tuple[str, ChatRequest]]:
    for name, arguments in HARD_OBJECTS.items():
        yield f"arguments: {name}", _called([_call(arguments=arguments)])
    yield (
        "text of arguments",
        _called([_call(text='{\n "city" :\t"\\u004fslo" }'), _call("call_b", {"n": 1.0}, '{"n": 1.0e0}')]),
    )
    yield "long arguments", _called([_call(arguments={"city": long_text()})])
    yield "long ids", _called(_calls_with(_LONG_IDS))
    yield "ids of providers", _called(_calls_with(_PROVIDER_IDS))
    yield "odd ids", _called(_calls_with(("call:1", "call/é", "a b", "🜁", "call_1")))
    call = attrs.evolve(_call(), name=_TOO_LONG)
    yield "call of a too long name", _called([call])
    yield "equal calls", _called([_call(id) for id in ("call_a", "call_b", "call_c")])
    yield "odd texts beside calls", _texts_beside_calls()
    yield "odd results", _called(_calls_with([f"call_{index}" for index in range(len(HARD_TEXTS))]), HARD_TEXTS)
    yield "empty results", _called(_calls_with(["call_a", "call_b"]), ["", ""])
    yield "empty failed result", _called([_call()], [""], is_error=True)
    parts = ToolMessage([TextPart("No "), TextPart("such city.")], tool_call_id="call_a", is_error=True)
    yield (
        "failed result of parts",
        ChatRequest(messages=[_QUESTION, AssistantMessage(tool_calls=[_call()]), parts, _THANKS], tools=[WEATHER]),
    )
    yield "long result", _called([_call()], [long_text()])
    invalid = [
        InvalidToolCall(id=f"call_{index}", name="get_weather", arguments_text=text, problem="no object")
        for index, text in enumerate(('["Oslo"]', "Oslo, please", '{"city": "Os', '"Oslo"', "{'city': 'Oslo'}"))
    ]
    failed = [ToolMessage("no object", tool_call_id=call.id, is_error=True) for call in invalid]
    yield (
        "invalid calls",
        ChatRequest(messages=[_QUESTION, AssistantMessage(invalid_tool_calls=invalid), *failed], tools=[WEATHER]),
    )


def _texts_beside_calls() -> ChatRequest:
    turns = [
        (AssistantMessage(text, tool_calls=[_call(f"call_{index}")]), ToolMessage("rain", tool_call_id=f"call_{index}"))
        for index, text in enumerate(("", *HARD_TEXTS))
    ]
    return ChatRequest(messages=[_QUESTION, *(one for turn in turns for one in turn), _THANKS], tools=[WEATHER])


def _outputs() -> Iterator[tuple[str, ChatRequest]]:
    for name, schema in HARD_SCHEMAS.items():
        output = JsonSchemaOutput(name="city", schema=schema, strict=False)
        yield f"output schema: {name}", attrs.evolve(SIMPLE_REQUEST, output=output)
    output = JsonSchemaOutput(name=_LONGEST_NAME, schema=WEATHER.parameters, strict=False)
    yield "long name of an output", attrs.evolve(SIMPLE_REQUEST, output=output)


def _settings() -> Iterator[tuple[str, ChatRequest]]:
    for name, value in HARD_OBJECTS.items():
        yield f"extra: {name}", _set(ChatSettings(extra={"service_note": value, "x_first": next(iter(value.values()))}))
    yield "extra: null", _set(ChatSettings(extra={"service_note": None, "x_false": False, "x_zero": 0, "x_text": ""}))
    yield "extra: odd keys", _set(ChatSettings(extra={"x.a": 1, "x a": 2, "x-é": 3, "X_a": 4, "x_a": 5}))
    yield "extra: long", _set(ChatSettings(extra={"service_note": long_text()}))
    for number in (0.1 + 0.2, 1e-7, 0.123456789012345):
        yield f"temperature: {number}", _set(ChatSettings(temperature=number))
        yield f"top_p: {number}", _set(ChatSettings(top_p=number))
    for seed in (2**53 + 1, 0, 1):
        yield f"seed: {seed}", _set(ChatSettings(seed=seed))
    yield "penalties", _set(ChatSettings(presence_penalty=0.1 + 0.2, frequency_penalty=-1e-7))
    for effort in get_args(ReasoningEffort):
        yield f"effort: {effort}", _set(ChatSettings(reasoning_effort=effort))
    for parallel in (True, False):  # providers refuse it without tools: an adapter may name it as ignored
        yield f"parallel calls without tools: {parallel}", _set(ChatSettings(parallel_tool_calls=parallel))
    yield "one token", _set(ChatSettings(max_tokens=1))
    yield "stops", _set(ChatSettings(stop=["\n\n", " END", "é🜁", '"', "</s>"]))
    yield "long stop", _set(ChatSettings(stop=[long_text(2_000)]))


def _many() -> Iterator[tuple[str, ChatRequest]]:
    yield "many calls", _called(_calls_with([f"call_{index}" for index in range(_MANY)]))
    yield "many parts", _said(UserMessage([TextPart(f"Part {index}. ") for index in range(_MANY)]))
    yield "many stops", _set(ChatSettings(stop=[f"END {index}" for index in range(_MANY)]))


HARD_REQUESTS: Mapping[str, ChatRequest] = dict(
    entry for entries in (_messages, _tools, _calls, _outputs, _settings, _many) for entry in entries()
)


def history_of_others(dialect: str, *, with_calls: bool) -> list[Message]:
    """Return a history that other providers wrote: reasoning, calls and messages with their opaque data.

    It has nothing that belongs to the provider of *dialect*.
    """
    data = foreign_data(dialect)
    reasoning = [ReasoningPart("Well.", provider_data=[one]) for one in data]
    calls = [
        attrs.evolve(_call(f"call_{index}", {"city": f"Oslo {index}"}), provider_data=[one])
        for index, one in enumerate(data if with_calls else ())
    ]
    answer = AssistantMessage("Looking.", tool_calls=calls, reasoning=reasoning, provider_data=data)
    return [_QUESTION, answer, *(ToolMessage("rain", tool_call_id=call.id) for call in calls), _THANKS]

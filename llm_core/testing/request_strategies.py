"""Hypothesis strategies for whole requests: all fields at once, of what an adapter claims to send."""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import assert_never, get_args

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import NO_SETTINGS, CacheLifetime, ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .capabilities import Capabilities
from .hard_values import HARD_OBJECTS, HARD_SCHEMAS, HARD_TEXTS, KEYWORDS_AS_NAMES, SCHEMA_LEAVES
from .strategies import json_objects, json_values

_FEW = 3
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(16))
_PLAIN_TEXT = st.text(st.sampled_from('ab "\\{<é\u05e9你🜁\n'), min_size=1, max_size=12).map("w{}".format)
_TEXT = st.one_of(_PLAIN_TEXT, _PLAIN_TEXT, st.sampled_from(HARD_TEXTS[1:]))  # providers refuse blank text
_NAMES = st.text(st.sampled_from("abz_019-"), min_size=1, max_size=64).map("t{}".format).map(lambda name: name[:64])
_IDS = st.text(st.sampled_from("abzABZ_019-"), min_size=1, max_size=64)
_ARGUMENTS = json_objects() | st.sampled_from([*HARD_OBJECTS.values()])
_RESULTS = st.sampled_from(["", "rain"]) | _TEXT
_RARELY = st.sampled_from([False, False, False, True])
_SOMETIMES = st.sampled_from([False, False, True])  # a request with everything may be refused
_PROPERTY_NAMES = st.sampled_from([*KEYWORDS_AS_NAMES, "city", "naïve", "a b"])

_UNIT = st.sampled_from([0, 1, 0.1 + 0.2, 1e-7, 0.7]) | st.floats(0, 1)
_PENALTY = st.sampled_from([0, -1.5, 0.1 + 0.2, -1e-7]) | st.floats(-2, 2)
_EXTRA_NAMES = st.text(st.sampled_from("abé. -_"), max_size=8).map("x_{}".format)
_EXTRA = st.dictionaries(_EXTRA_NAMES, json_values() | st.sampled_from([*HARD_OBJECTS.values()]), max_size=_FEW)
_SETTINGS: Mapping[str, SearchStrategy[object]] = {
    "temperature": _UNIT,
    "top_p": _UNIT,
    "max_tokens": st.sampled_from([1, 50, 100_000]) | st.integers(1, 10**6),
    "stop": st.lists(_TEXT, min_size=1, max_size=4),
    "seed": st.sampled_from([0, 2**53 + 1]) | st.integers(0, 2**31),
    "presence_penalty": _PENALTY,
    "frequency_penalty": _PENALTY,
    "reasoning_effort": st.sampled_from(get_args(ReasoningEffort)),
    "parallel_tool_calls": st.booleans(),
    "cache": st.sampled_from(get_args(CacheLifetime)),
    "service_tier": st.sampled_from(["flex", "priority", "standard_only"]),
    "extra": _EXTRA,
}


_UNSET = [(field.name, getattr(NO_SETTINGS, field.name)) for field in attrs.fields(ChatSettings)]


def fits(request: ChatRequest, claims: Capabilities) -> bool:
    """Return whether *claims* cover the settings, tools, choice by name and output of *request*."""
    return (
        set_names(request.settings) <= claims.settings
        and (claims.tools or not request.tools)
        and (claims.named_tool_choice or not isinstance(request.tool_choice, NamedTool))
        and _covers(request.output, claims)
    )


def set_names(settings: ChatSettings) -> set[str]:
    """Return the names of the fields that *settings* set, without the timeout, which is not sent."""
    return {name for name, unset in _UNSET if name != "timeout" and getattr(settings, name) != unset}


def set_paths(settings: ChatSettings) -> set[str]:
    """Return what `set_names` does, each key of `extra` by itself: ``extra.<key>``."""
    return (set_names(settings) - {"extra"}) | {f"extra.{key}" for key in settings.extra}


def _covers(output: OutputFormat | None, claims: Capabilities) -> bool:
    match output:
        case None:
            return True
        case JsonOutput():
            return claims.json_output
        case JsonSchemaOutput():
            return claims.json_schema_output
        case _:
            assert_never(output)


@st.composite
def requests_within(draw: DrawFn, claims: Capabilities, other_model: str) -> ChatRequest:
    """Generate requests of what *claims* cover: histories, tools, choices, outputs, settings, and *other_model*."""
    tools = draw(_TOOLS) if claims.tools and draw(_SOMETIMES) else []
    return ChatRequest(
        messages=draw(_histories(_user_messages(_media(claims)), tools)),
        tools=tools,
        tool_choice=draw(_choices(claims, tools)) if draw(_SOMETIMES) else "auto",
        output=draw(_OUTPUTS[claims.json_output, claims.json_schema_output]) if draw(_SOMETIMES) else None,
        settings=draw(_settings(claims, with_tools=bool(tools))) if draw(_SOMETIMES) else ChatSettings(),
        model=other_model if draw(_SOMETIMES) else None,
    )


# The strategies below are made once: to make one takes longer than to draw from it.
_BOOLEANS = st.booleans()
_WHOLE_SCHEMAS = st.sampled_from([*HARD_SCHEMAS.values()])
_PROPERTIES = st.dictionaries(_PROPERTY_NAMES, st.sampled_from(SCHEMA_LEAVES), max_size=_FEW)


@st.composite
def schemas(draw: DrawFn) -> dict[str, JsonValue]:
    """Generate JSON schemas of an object, with keywords of every kind, and properties named like keywords."""
    if draw(_RARELY):
        return dict(draw(_WHOLE_SCHEMAS))
    properties = draw(_PROPERTIES)
    own: dict[str, JsonValue] = {"type": "object", "properties": {**properties}}
    if draw(_BOOLEANS):
        own["required"] = [*properties]
    if draw(_BOOLEANS):
        own["additionalProperties"] = False
    return own


def _name(tool: Tool) -> str:
    return tool.name


_SCHEMAS = schemas()
_TOOLS = st.lists(
    st.builds(Tool, name=_NAMES, description=st.just("") | _TEXT, parameters=_SCHEMAS),
    min_size=1,
    max_size=_FEW,
    unique_by=_name,
)
_JSON_OUTPUT: SearchStrategy[OutputFormat | None] = st.just(JsonOutput())
_SCHEMA_OUTPUT = st.builds(JsonSchemaOutput, name=_NAMES, schema=_SCHEMAS, strict=st.just(value=False))
_OUTPUTS: Mapping[tuple[bool, bool], SearchStrategy[OutputFormat | None]] = {  # by json_output, json_schema_output
    (False, False): st.none(),
    (True, False): _JSON_OUTPUT,
    (False, True): _SCHEMA_OUTPUT,
    (True, True): _JSON_OUTPUT | _SCHEMA_OUTPUT,
}


def _choices(claims: Capabilities, tools: Sequence[Tool]) -> SearchStrategy[ToolChoice]:
    plain: tuple[ToolChoice, ...] = ("auto", *(("none", "required") if claims.tool_choice and tools else ()))
    named = [NamedTool(tool.name) for tool in tools] if claims.named_tool_choice else []
    return st.sampled_from([*plain, *named])


@st.composite
def _settings(draw: DrawFn, claims: Capabilities, *, with_tools: bool) -> ChatSettings:
    """Generate settings, a few of them at once."""
    names = sorted(claims.settings - (set() if with_tools else {"parallel_tool_calls"}))
    chosen = draw(st.lists(st.sampled_from(names), max_size=_FEW, unique=True)) if names else []
    drawn = {name: draw(_SETTINGS[name]) for name in chosen}
    return attrs.evolve(ChatSettings(timeout=60), **drawn)  # type: ignore[arg-type]  # the strategy of each fits its field


_SYSTEM_MESSAGES = st.lists(st.builds(SystemMessage, _TEXT), max_size=2)
_TURNS = st.integers(0, _FEW)


@st.composite
def _histories(draw: DrawFn, user_messages: SearchStrategy[UserMessage], tools: Sequence[Tool]) -> list[Message]:
    """Generate histories that end with the user; messages may be repeated, calls lack a result, results be failed."""
    history: list[Message] = [*draw(_SYSTEM_MESSAGES)]
    for turn in range(draw(_TURNS)):
        asked = [draw(user_messages) for _ in range(1 + draw(_RARELY))]
        history += [*asked, *(asked[:1] if draw(_BOOLEANS) else ())]  # the same once more
        history += draw(_answers(tools, turn))
    return [*history, draw(user_messages)]


def _id(call: ToolCall | InvalidToolCall) -> str:
    return call.id


def _with_text(call: ToolCall) -> ToolCall:
    return attrs.evolve(call, arguments_text=json.dumps(call.arguments, indent=1))


_ANY_TEXT = st.just("") | _TEXT
_POSITIONS = st.integers(0, _FEW)
_REASONING = st.lists(st.builds(ReasoningPart, _TEXT), max_size=2)
_VALID_CALLS = st.builds(ToolCall, id=_IDS, name=st.just("t"), arguments=_ARGUMENTS)
_INVALID_CALLS = st.builds(
    InvalidToolCall,
    id=_IDS,
    name=st.just("t"),
    arguments_text=st.sampled_from(['["Oslo"]', "Oslo, please", '{"city": "Os']),
    problem=st.just("no object"),
)
_ANY_CALLS: SearchStrategy[ToolCall | InvalidToolCall] = st.one_of(
    _VALID_CALLS, _VALID_CALLS, _VALID_CALLS.map(_with_text), _INVALID_CALLS
)
_CALLS = st.lists(_ANY_CALLS, max_size=_FEW, unique_by=_id)


@st.composite
def _answers(draw: DrawFn, tools: Sequence[Tool], turn: int) -> list[Message]:
    """Generate an answer with the results of its calls, in any order."""
    names = [*[tool.name for tool in tools], "t_gone"]
    drawn = [
        attrs.evolve(call, id=f"{call.id}_{turn}", name=names[draw(_POSITIONS) % len(names)])
        for call in (draw(_CALLS) if tools else [])
    ]
    answer = AssistantMessage(
        draw(_ANY_TEXT if drawn else _TEXT),
        tool_calls=[call for call in drawn if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in drawn if isinstance(call, InvalidToolCall)],
        reasoning=draw(_REASONING) if draw(_SOMETIMES) else [],
    )
    results = [ToolMessage(draw(_RESULTS), tool_call_id=call.id, is_error=draw(_RARELY)) for call in drawn]
    return [answer, *draw(st.permutations(results))]


def _media(claims: Capabilities) -> tuple[UserPart, ...]:
    return (
        *([ImagePart(data=_PNG, media_type="image/png")] if claims.images else ()),
        *([ImagePart(url="https://pictures.test/cat.png?a=1&b=é")] if claims.images_by_url else ()),
        *([AudioPart(b"RIFF....WAVE", media_type="audio/wav")] if claims.audio else ()),
        *([FilePart(data=b"%PDF-1.7", media_type="application/pdf", name="a b.pdf")] if claims.files else ()),
    )


@functools.cache
def _user_messages(media: tuple[UserPart, ...]) -> SearchStrategy[UserMessage]:
    texts = st.builds(TextPart, _TEXT)
    parts = texts | st.sampled_from(media) if media else texts
    several = st.tuples(texts, st.lists(parts, min_size=1, max_size=_FEW)).map(lambda drawn: [drawn[0], *drawn[1]])
    return st.one_of(st.builds(UserMessage, _TEXT), st.builds(UserMessage, _TEXT), st.builds(UserMessage, several))

"""Hypothesis strategies for whole requests: all fields at once, of what an adapter claims to send."""

import json
from collections.abc import Sequence
from typing import TypeVar, assert_never, get_args

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import CacheLifetime, ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .capabilities import Capabilities
from .hard_values import HARD_OBJECTS, HARD_SCHEMAS, HARD_TEXTS, KEYWORDS_AS_NAMES, SCHEMA_LEAVES
from .strategies import json_objects, json_values

Value = TypeVar("Value")

_FEW = 3
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(16))
_PLAIN_TEXT = st.text(st.sampled_from('ab "\\{<é\u05e9你🜁\n'), min_size=1, max_size=12).map("w{}".format)
_TEXT = st.one_of(_PLAIN_TEXT, _PLAIN_TEXT, st.sampled_from(HARD_TEXTS[1:]))  # providers refuse blank text
_NAMES = st.text(st.sampled_from("abz_019-"), min_size=1, max_size=64).map("t{}".format).map(lambda name: name[:64])
_IDS = st.text(st.sampled_from("abzABZ_019-"), min_size=1, max_size=64)
_ARGUMENTS = json_objects() | st.sampled_from([*HARD_OBJECTS.values()])
_RESULTS = st.sampled_from(["", "rain"]) | _TEXT
_RARELY = st.sampled_from([False, False, False, True])
_PROPERTY_NAMES = st.sampled_from([*KEYWORDS_AS_NAMES, "city", "naïve", "a b"])

_UNIT = st.sampled_from([0, 1, 0.1 + 0.2, 1e-7, 0.7]) | st.floats(0, 1)
_PENALTY = st.sampled_from([0, -1.5, 0.1 + 0.2, -1e-7]) | st.floats(-2, 2)
_EXTRA_NAMES = st.text(st.sampled_from("abé. -_"), max_size=8).map("x_{}".format)
_EXTRA = st.dictionaries(_EXTRA_NAMES, json_values() | st.sampled_from([*HARD_OBJECTS.values()]), max_size=_FEW)
_EVERY_SETTING = st.builds(
    ChatSettings,
    temperature=_UNIT,
    top_p=_UNIT,
    max_tokens=st.sampled_from([1, 50, 100_000]) | st.integers(1, 10**6),
    stop=st.lists(_TEXT, min_size=1, max_size=4),
    seed=st.sampled_from([0, 2**53 + 1]) | st.integers(0, 2**31),
    presence_penalty=_PENALTY,
    frequency_penalty=_PENALTY,
    reasoning_effort=st.sampled_from(get_args(ReasoningEffort)),
    parallel_tool_calls=st.booleans(),
    cache=st.sampled_from(get_args(CacheLifetime)),
    service_tier=st.sampled_from(["flex", "priority", "standard_only"]),
    extra=_EXTRA,
)


def fits(request: ChatRequest, claims: Capabilities) -> bool:
    """Return whether *claims* cover the settings, tools and output of *request*."""
    return (
        set_names(request.settings) <= claims.settings
        and (claims.tools or not request.tools)
        and _covers(request.output, claims)
    )


def set_names(settings: ChatSettings) -> set[str]:
    """Return the names of the fields that *settings* set, without the timeout, which is not sent."""
    unset = ChatSettings()
    names = [field.name for field in attrs.fields(ChatSettings) if field.name != "timeout"]
    return {name for name in names if getattr(settings, name) != getattr(unset, name)}


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
    tools = draw(_sometimes(st.lists(_tools(), min_size=1, max_size=_FEW, unique_by=_name), [])) if claims.tools else []
    return ChatRequest(
        messages=draw(_histories(claims, tools)),
        tools=tools,
        tool_choice=draw(_sometimes(_choices(claims, tools), "auto")),
        output=draw(_sometimes(_outputs(claims), None)),
        settings=draw(_sometimes(_settings(claims, with_tools=bool(tools)), ChatSettings())),
        model=draw(_sometimes(st.just(other_model), None)),
    )


def _sometimes(values: SearchStrategy[Value], otherwise: Value) -> SearchStrategy[Value]:
    """Generate *values* or, in more than half of all cases, *otherwise*: a request with everything may be refused."""
    return st.one_of(st.just(otherwise), st.just(otherwise), values)


def _name(tool: Tool) -> str:
    return tool.name


@st.composite
def schemas(draw: DrawFn) -> dict[str, JsonValue]:
    """Generate JSON schemas of an object, with keywords of every kind, and properties named like keywords."""
    base = draw(st.sampled_from([*HARD_SCHEMAS.values()]))
    properties = draw(st.dictionaries(_PROPERTY_NAMES, st.sampled_from(SCHEMA_LEAVES), max_size=_FEW))
    own: dict[str, JsonValue] = {"type": "object", "properties": {**properties}}
    if draw(st.booleans()):
        own["required"] = [*properties]
    if draw(st.booleans()):
        own["additionalProperties"] = False
    return draw(st.sampled_from([own, own, own, dict(base)]))


def _tools() -> SearchStrategy[Tool]:
    return st.builds(Tool, name=_NAMES, description=st.just("") | _TEXT, parameters=schemas())


def _choices(claims: Capabilities, tools: Sequence[Tool]) -> SearchStrategy[ToolChoice]:
    plain: tuple[ToolChoice, ...] = ("auto", *(("none", "required") if claims.tool_choice and tools else ()))
    named = [NamedTool(tool.name) for tool in tools] if claims.named_tool_choice else []
    return st.sampled_from([*plain, *named])


def _outputs(claims: Capabilities) -> SearchStrategy[OutputFormat | None]:
    schema = st.builds(JsonSchemaOutput, name=_NAMES, schema=schemas(), strict=st.just(value=False))
    json_output: SearchStrategy[OutputFormat | None] = st.just(JsonOutput()) if claims.json_output else st.none()
    return json_output | schema if claims.json_schema_output else json_output


@st.composite
def _settings(draw: DrawFn, claims: Capabilities, *, with_tools: bool) -> ChatSettings:
    """Generate settings, a few of them at once."""
    names = sorted(claims.settings - (set() if with_tools else {"parallel_tool_calls"}))
    chosen = draw(st.lists(st.sampled_from(names), max_size=_FEW, unique=True)) if names else []
    every = draw(_EVERY_SETTING)
    return ChatSettings(timeout=60, **{name: getattr(every, name) for name in chosen})


@st.composite
def _histories(draw: DrawFn, claims: Capabilities, tools: Sequence[Tool]) -> list[Message]:
    """Generate histories that end with the user; messages may be repeated, calls lack a result, results be failed."""
    history: list[Message] = draw(st.lists(st.builds(SystemMessage, _TEXT), max_size=2))
    for turn in range(draw(st.integers(0, _FEW))):
        asked = draw(st.lists(_user_messages(claims), min_size=1, max_size=2))
        history += [*asked, *draw(st.sampled_from([[], asked[:1]]))]  # the same once more
        history += draw(_answers(tools, turn))
    return [*history, draw(_user_messages(claims))]


@st.composite
def _answers(draw: DrawFn, tools: Sequence[Tool], turn: int) -> list[Message]:
    """Generate an answer with the results of its calls, in any order."""
    names = [*[tool.name for tool in tools], "t_gone"] if tools else []
    drawn = draw(st.lists(_calls(names, turn), max_size=_FEW, unique_by=_id)) if names else []
    answer = AssistantMessage(
        draw(st.just("") | _TEXT if drawn else _TEXT),
        tool_calls=[call for call in drawn if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in drawn if isinstance(call, InvalidToolCall)],
        reasoning=draw(_sometimes(st.lists(st.builds(ReasoningPart, _TEXT), max_size=2), [])),
    )
    results = [
        draw(st.builds(ToolMessage, _RESULTS, tool_call_id=st.just(call.id), is_error=_RARELY)) for call in drawn
    ]
    return [answer, *draw(st.permutations(results))]


def _calls(names: Sequence[str], turn: int) -> SearchStrategy[ToolCall | InvalidToolCall]:
    ids, called = _IDS.map(f"{{}}_{turn}".format), st.sampled_from(names)
    valid = st.builds(ToolCall, id=ids, name=called, arguments=_ARGUMENTS)
    broken = st.sampled_from(['["Oslo"]', "Oslo, please", '{"city": "Os'])
    invalid = st.builds(InvalidToolCall, id=ids, name=called, arguments_text=broken, problem=st.just("no object"))
    return st.one_of(valid, valid, valid.map(_with_text), invalid)


def _with_text(call: ToolCall) -> ToolCall:
    return attrs.evolve(call, arguments_text=json.dumps(call.arguments, indent=1))


def _id(call: ToolCall | InvalidToolCall) -> str:
    return call.id


def _user_messages(claims: Capabilities) -> SearchStrategy[UserMessage]:
    media: list[UserPart] = [
        *([ImagePart(data=_PNG, media_type="image/png")] if claims.images else ()),
        *([ImagePart(url="https://pictures.test/cat.png?a=1&b=é")] if claims.images_by_url else ()),
        *([AudioPart(b"RIFF....WAVE", media_type="audio/wav")] if claims.audio else ()),
        *([FilePart(data=b"%PDF-1.7", media_type="application/pdf", name="a b.pdf")] if claims.files else ()),
    ]
    texts = st.builds(TextPart, _TEXT)
    parts = texts | st.sampled_from(media) if media else texts
    several = st.tuples(texts, st.lists(parts, min_size=1, max_size=_FEW)).map(lambda drawn: [drawn[0], *drawn[1]])
    return st.one_of(st.builds(UserMessage, _TEXT), st.builds(UserMessage, _TEXT), st.builds(UserMessage, several))

"""Hypothesis strategies for the values of a chat: every value that the constructors accept."""

import functools
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.settings import CacheLifetime, ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice
from llm_core.domain.usage import Usage

from .scenarios import Call, Replies

_FEW = 2  # members of a collection: more find no further faults, and take longer
_LETTERS = st.characters(exclude_categories=["Cs"])  # as st.text does by default, after seconds of testing the codec
_TEXT = st.text(_LETTERS, max_size=20)
_NAME = st.text(_LETTERS, min_size=1, max_size=8)
_NUMBER = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
_COUNT = st.none() | st.integers(0, 10**9)


def json_values() -> SearchStrategy[JsonValue]:
    """Generate JSON values: up to three levels, finite numbers, any keys."""
    return _JSON


def json_objects() -> SearchStrategy[dict[str, JsonValue]]:
    """Generate JSON objects: parameters of a tool, arguments of a call, fields of a provider."""
    return _OBJECT


def _nested(values: SearchStrategy[JsonValue]) -> SearchStrategy[JsonValue]:
    arrays: SearchStrategy[JsonValue] = st.lists(values, max_size=_FEW)
    return values | arrays | st.dictionaries(_TEXT, values, max_size=_FEW)


_PLAIN: SearchStrategy[JsonValue] = st.none() | st.booleans() | _NUMBER | _TEXT
_JSON = _nested(_nested(_PLAIN))
_OBJECT = st.dictionaries(_TEXT, _JSON, max_size=_FEW)


def _provider_data() -> SearchStrategy[list[ProviderData]]:
    return st.lists(st.builds(ProviderData, provider=_NAME, value=json_values()), max_size=1)


def _images() -> SearchStrategy[ImagePart]:
    media_type = st.none() | _NAME
    return st.builds(ImagePart, url=_NAME, media_type=media_type) | st.builds(
        ImagePart, data=st.binary(), media_type=media_type
    )


def _files() -> SearchStrategy[FilePart]:
    name = st.none() | _NAME
    by_url = st.builds(FilePart, url=_NAME, media_type=_NAME, name=name)
    return by_url | st.builds(FilePart, data=st.binary(), media_type=_NAME, name=name)


def system_messages() -> SearchStrategy[SystemMessage]:
    """Generate system messages."""
    return st.builds(SystemMessage, _TEXT)


def user_messages() -> SearchStrategy[UserMessage]:
    """Generate user messages: text, or parts of every type."""
    parts = st.builds(TextPart, _TEXT) | _images() | st.builds(AudioPart, st.binary(), media_type=_NAME) | _files()
    return st.builds(UserMessage, _TEXT | st.lists(parts, min_size=1, max_size=_FEW))


@st.composite
def tool_calls(draw: DrawFn) -> ToolCall:
    """Generate valid tool calls, some with the model's own JSON text in any spacing and escaping."""
    arguments = draw(json_objects())
    text = draw(st.none() | st.sampled_from(_json_texts(arguments)))
    call_id, name, data = draw(_NAME), draw(_NAME), draw(_provider_data())
    return ToolCall(id=call_id, name=name, arguments=arguments, arguments_text=text, provider_data=data)


def _json_texts(arguments: Mapping[str, JsonValue]) -> list[str]:
    spaced, tight = json.dumps(arguments, indent=1), json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
    return [spaced, tight] if arguments else [spaced, tight, "", " null"]


def invalid_tool_calls() -> SearchStrategy[InvalidToolCall]:
    """Generate invalid tool calls."""
    return st.builds(
        InvalidToolCall, id=_NAME, name=_TEXT, arguments_text=_TEXT, problem=_TEXT, provider_data=_provider_data()
    )


@st.composite
def assistant_messages(draw: DrawFn) -> AssistantMessage:
    """Generate assistant messages with text, reasoning, valid and invalid calls with distinct ids, and opaque data."""
    calls = draw(st.lists(tool_calls() | invalid_tool_calls(), max_size=_FEW, unique_by=lambda call: call.id))
    signature = st.none() | _TEXT
    reasoning = st.builds(ReasoningPart, _TEXT, signature=signature, provider_data=_provider_data())
    return AssistantMessage(
        draw(_TEXT),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=draw(st.lists(reasoning, max_size=1)),
        provider_data=draw(_provider_data()),
    )


def tool_messages(ids: SearchStrategy[str] = _NAME) -> SearchStrategy[ToolMessage]:
    """Generate results of tools; *ids* are the ids of the calls that they may answer."""
    content = _TEXT | st.lists(st.builds(TextPart, _TEXT) | _images(), min_size=1, max_size=_FEW)
    return st.builds(ToolMessage, content, tool_call_id=ids, is_error=st.booleans())


def messages() -> SearchStrategy[Message]:
    """Generate messages of every role."""
    return st.one_of(system_messages(), user_messages(), assistant_messages(), tool_messages())


def settings() -> SearchStrategy[ChatSettings]:
    """Generate settings, each set or None; no key of `extra` is a field of `ChatSettings`."""
    zero_to_two, zero_to_one = st.floats(0, 2) | st.integers(0, 2), st.floats(0, 1) | st.integers(0, 1)
    return st.builds(
        ChatSettings,
        temperature=st.none() | zero_to_two,
        top_p=st.none() | zero_to_one,
        max_tokens=st.none() | st.integers(1, 10**6),
        stop=st.lists(_NAME, max_size=_FEW),
        seed=st.none() | st.integers(-(2**63), 2**63),
        presence_penalty=st.none() | _NUMBER,
        frequency_penalty=st.none() | _NUMBER,
        reasoning_effort=st.none() | st.sampled_from(get_args(ReasoningEffort)),
        parallel_tool_calls=st.none() | st.booleans(),
        cache=st.none() | st.sampled_from(get_args(CacheLifetime)),
        service_tier=st.none() | _NAME,
        timeout=st.none() | st.floats(0.1, 600) | st.integers(1, 600),
        extra=st.dictionaries(_NAME.map("x_{}".format), json_values(), max_size=_FEW),
    )


def tools() -> SearchStrategy[Tool]:
    """Generate tools with any parameters."""
    return st.builds(Tool, name=_NAME, description=_TEXT, parameters=json_objects(), strict=st.booleans())


@st.composite
def requests(draw: DrawFn) -> ChatRequest:
    """Generate requests in which every tool message answers an earlier call, and the tool choice is on offer."""
    offered = draw(st.lists(tools(), max_size=_FEW, unique_by=lambda tool: tool.name))
    schema = st.builds(JsonSchemaOutput, name=_NAME, schema=json_objects(), strict=st.booleans())
    return ChatRequest(
        messages=draw(_any_history()),
        tools=offered,
        tool_choice=draw(_tool_choices(offered)),
        output=draw(st.none() | st.builds(JsonOutput) | schema),
        settings=draw(settings()),
        model=draw(st.none() | _NAME),
        server_tools=draw(st.just([]) | st.just([]) | st.just([]) | _provider_data()),
    )


_FIRST_MESSAGES: SearchStrategy[Message] = st.one_of(system_messages(), user_messages(), assistant_messages())


@st.composite
def _any_history(draw: DrawFn) -> list[Message]:
    history: list[Message] = draw(st.lists(_FIRST_MESSAGES, min_size=1, max_size=4))
    called = [
        call.id for message in history if isinstance(message, AssistantMessage) for call in message.all_tool_calls
    ]
    return history + (draw(st.lists(tool_messages(st.sampled_from(called)), max_size=_FEW)) if called else [])


def _tool_choices(offered: list[Tool]) -> SearchStrategy[ToolChoice]:
    free: SearchStrategy[ToolChoice] = st.sampled_from(("auto", "none"))
    if not offered:
        return free
    named: SearchStrategy[ToolChoice] = st.sampled_from([NamedTool(tool.name) for tool in offered])
    return free | named | st.sampled_from(("required",))


def usages() -> SearchStrategy[Usage]:
    """Generate usage in which each count may be None; prices of any scale."""
    price: SearchStrategy[Decimal] = st.decimals(0, 1000, allow_nan=False, allow_infinity=False)
    return st.builds(
        Usage,
        input_tokens=_COUNT,
        output_tokens=_COUNT,
        cache_read_tokens=_COUNT,
        cache_write_tokens=_COUNT,
        reasoning_tokens=_COUNT,
        cost_usd=st.none() | price,
    )


def responses() -> SearchStrategy[ChatResponse]:
    """Generate responses."""
    optional_text = st.none() | _TEXT
    return st.builds(
        ChatResponse,
        message=assistant_messages(),
        finish_reason=st.sampled_from(FinishReason),
        raw_finish_reason=optional_text,
        usage=st.none() | usages(),
        model=optional_text,
        id=optional_text,
        ignored_settings=st.lists(_TEXT, max_size=_FEW),
    )


def events() -> SearchStrategy[StreamEvent]:
    """Generate single events of every type."""
    index = st.integers(0, 9)
    return st.one_of(
        st.builds(TextDelta, _TEXT),
        st.builds(ReasoningDelta, _TEXT),
        st.builds(ToolCallStart, index=index, id=_NAME, name=_NAME),
        st.builds(ToolCallDelta, index=index, arguments_text=_TEXT),
        st.builds(StreamEnd, response=responses()),
    )


_SPACE = st.text(st.sampled_from(" \t\r\n\u00a0\u2028\x85"), max_size=2)
# Characters that JSON escapes, that Unicode normalisation changes, and of one to four bytes.
_LETTER = st.sampled_from('a"\\{<é\u05e9你🜁\u0301\u212b\ufb01\u200b\ufeff')
_NOT_BLANK = st.tuples(_SPACE, st.text(_LETTER, min_size=1, max_size=9), _SPACE).map(
    "".join
)  # providers refuse blank text


def chunkings() -> SearchStrategy[tuple[int, int | None]]:
    """Generate the characters in a delta, and the bytes in a packet, which may split a character."""
    return st.tuples(st.integers(1, 12), st.none() | st.integers(1, 40))


# Made once: to make a strategy takes longer than to draw from it.
_CHUNKINGS = chunkings()
_TEXT_OR_EMPTY, _TEXT_OR_NONE = st.just("") | _NOT_BLANK, st.none() | _NOT_BLANK
_SIGNATURES = st.sampled_from(["", "c2lnbmVkIGFuZA=="])
_ENDS = st.sampled_from((FinishReason.STOP, FinishReason.LENGTH))
_REPORTED_USAGES = st.builds(Usage, input_tokens=st.integers(1, 10**6), output_tokens=st.integers(1, 10**6))


@st.composite
def replies(draw: DrawFn, tools: Sequence[Tool] = (), *, signed: bool = False) -> Replies:
    """Generate answers in chunks of any size: text, reasoning, calls of *tools*, or all of them.

    With *signed* some have reasoning with a signature, which not every wire can express.
    """
    calls = draw(_calls_of(tuple(tool.name for tool in tools))) if tools else []
    chunk_size, packet_size = draw(_CHUNKINGS)
    reasoning = draw(_TEXT_OR_EMPTY)
    return Replies(
        text=draw(_TEXT_OR_NONE if calls else _NOT_BLANK),
        reasoning=reasoning,
        signature=draw(_SIGNATURES) if signed and reasoning else "",
        calls=calls,
        finish_reason=draw(_ENDS),
        usage=draw(_REPORTED_USAGES),
        chunk_size=chunk_size,
        packet_size=packet_size,
    )


@functools.cache
def _calls_of(names: tuple[str, ...]) -> SearchStrategy[list[Call]]:
    texts = json_objects().map(lambda arguments: json.dumps(arguments, ensure_ascii=False))
    ids = st.integers(0, 99).map("call_{}".format)
    calls = st.builds(Call, id=ids, name=st.sampled_from(names), arguments_text=texts)
    return st.lists(calls, max_size=_FEW, unique_by=lambda call: call.id)


@st.composite
def histories(draw: DrawFn, tools: Sequence[Tool] = ()) -> list[Message]:
    """Generate histories as agents have them: each call of *tools* has its result; the last message is the user's."""
    history: list[Message] = draw(st.lists(st.builds(SystemMessage, _NOT_BLANK), max_size=1))
    for turn in range(draw(st.integers(0, _FEW))):
        history += draw(_turn(tools, turn))
    return [*history, UserMessage(draw(_NOT_BLANK))]


@st.composite
def _turn(draw: DrawFn, tools: Sequence[Tool], turn: int) -> list[Message]:
    questions = [UserMessage(draw(_NOT_BLANK)) for _ in range(draw(st.integers(1, _FEW)))]
    names = draw(st.lists(st.sampled_from([tool.name for tool in tools]), max_size=_FEW)) if tools else []
    calls = [
        ToolCall(id=f"call_{turn}_{index}", name=name, arguments=draw(json_objects()))
        for index, name in enumerate(names)
    ]
    answer = AssistantMessage(draw(st.just("") | _NOT_BLANK if calls else _NOT_BLANK), tool_calls=calls)
    return [*questions, answer, *(ToolMessage(draw(_NOT_BLANK), tool_call_id=call.id) for call in calls)]

"""Normal forms of histories: differences that a wire cannot carry are removed, so that equal meanings compare equal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import attrs

from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.messages import ERROR_PREFIX, AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, TextPart, ToolPart, UserPart
from llm_core.domain.responses import FinishReason
from llm_core.domain.tools import InvalidToolCall, ToolCall, parse_tool_call
from llm_core.testing.scenarios import Call, Replies

Part = TypeVar("Part", bound=UserPart)
OneCall = TypeVar("OneCall", ToolCall, InvalidToolCall)

_AUDIO_ALIASES = {"audio/x-wav": "audio/wav", "audio/mp3": "audio/mpeg"}


def systems_first(messages: Sequence[Message]) -> list[Message]:
    """Return *messages* with all system messages first, for wires that have a separate field for them."""
    return sorted(messages, key=lambda message: not isinstance(message, SystemMessage))


def merge_turns(messages: Sequence[Message]) -> list[Message]:
    """Return *messages* with neighbours of one role merged: user parts stay separate, assistant text is joined."""
    turns: list[Message] = []
    for message in messages:
        match message, turns[-1:]:
            case UserMessage(), [UserMessage() as previous]:
                turns[-1] = UserMessage([*previous.parts, *message.parts])
            case AssistantMessage(), [AssistantMessage() as previous]:
                turns[-1] = merged(previous, message)
            case UserMessage(), _:
                turns.append(UserMessage(message.parts))
            case _:
                turns.append(message)
    return turns


def merged(first: AssistantMessage, second: AssistantMessage) -> AssistantMessage:
    """Return one answer with the text, calls, reasoning and opaque data of both."""
    return AssistantMessage(
        first.content + second.content,
        tool_calls=[*first.tool_calls, *second.tool_calls],
        invalid_tool_calls=[*first.invalid_tool_calls, *second.invalid_tool_calls],
        reasoning=[*first.reasoning, *second.reasoning],
        provider_data=[*first.provider_data, *second.provider_data],
    )


def canonical_audio_type(part: UserPart) -> UserPart:
    """Return *part* with the canonical media type, where it is audio: WAV and MP3 have two names each."""
    if isinstance(part, AudioPart):
        return attrs.evolve(part, media_type=_AUDIO_ALIASES.get(part.media_type, part.media_type))
    return part


def arguments_as_objects(message: AssistantMessage) -> AssistantMessage:
    """Return *message* as a wire with object arguments carries it: the model's own JSON text is lost.

    An invalid call whose text is a JSON object is a call with that object.
    """
    calls = [_call_with_object(call) for call in message.all_tool_calls]
    return attrs.evolve(
        message,
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        provider_data=(),
    )


def _call_with_object(call: ToolCall | InvalidToolCall) -> ToolCall | InvalidToolCall:
    if isinstance(call, ToolCall):
        return ToolCall(id=call.id, name=call.name, arguments=call.arguments)
    parsed = parse_tool_call(id=call.id, name=call.name, arguments_text=call.arguments_text, cut_off=True)
    if isinstance(parsed, ToolCall):
        return ToolCall(id=call.id, name=call.name, arguments=parsed.arguments)
    return _invalid_call(call.id, call.name, call.arguments_text)


def read_object(id: str, name: str, arguments: Mapping[str, JsonValue]) -> ToolCall | InvalidToolCall:
    """Return the call with these *arguments*; an invalid call has its text under one of two keys.

    The keys are ``invalid_arguments``, and ``INVALID_JSON``, which Anthropic's documentation of fine-grained tool
    streaming uses.
    """
    match arguments:
        case {"invalid_arguments": str(text)} | {"INVALID_JSON": str(text)} if len(arguments) == 1:
            return _invalid_call(id, name, text)
        case _:
            return ToolCall(id=id, name=name, arguments=arguments)


def joined_text(parts: Sequence[object]) -> str:
    """Return the concatenated text of the text parts."""
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def single_text(content: str | Sequence[Part]) -> str | Sequence[Part]:
    """Return the text of *content* if it is a single text part, else *content*."""
    match content:
        case [TextPart(text)]:
            return text
        case _:
            return content


def content_with_joined_prefix(message: ToolMessage) -> str | Sequence[ToolPart]:
    """Return the content with `Error: ` before the text of a failed result, never as a part of its own."""
    match message.content_with_error_prefix:
        case [TextPart(text=prefix), TextPart(text), *others] if prefix == ERROR_PREFIX:
            return [TextPart(prefix + text), *others]
        case content:
            return content


def has_object_arguments(reply: Replies) -> bool:
    """Return True if all calls of *reply* can be written as objects; a call cut off before its arguments cannot."""
    cut_off = reply.finish_reason is FinishReason.LENGTH
    return all(_is_object(call) and not (cut_off and not call.arguments_text) for call in reply.calls)


def _is_object(call: Call) -> bool:
    try:
        return parse_arguments(call.arguments_text) is not None
    except ValueError:
        return False


def _invalid_call(id: str, name: str, arguments_text: str) -> InvalidToolCall:
    return InvalidToolCall(id=id, name=name, arguments_text=arguments_text, problem="it was replayed unchanged")


@attrs.define
class Pairing:
    """Matches results to calls where ids may be missing: by the tool's name and the order, or by the order alone.

    The ids are positions: ``call_0``, ``call_1`` ...
    """

    _names: list[str] = attrs.field(factory=list)
    _ids: dict[object, list[int]] = attrs.field(factory=dict)
    _answered: set[int] = attrs.field(factory=set)

    def call(self, name: str, id: object = None) -> str:
        """Return the id of the next call, which has *id* on a wire with ids."""
        position = len(self._names)
        self._names.append(name)
        if id is not None:
            self._ids.setdefault(id, []).append(position)
        return f"call_{position}"

    def result(self, name: str | None, id: object = None) -> str:
        """Return the id of the call that the next result answers. ValueError if no call has that name."""
        own = self._ids.get(id, [])
        if own:
            position = next((unanswered for unanswered in own if unanswered not in self._answered), own[-1])
            self._answered.add(position)
            return f"call_{position}"
        positions = [position for position, called in enumerate(self._names) if name is None or name == called]
        if not positions:
            raise ValueError(f"a result of {name!r} without a call")
        position = next((unanswered for unanswered in positions if unanswered not in self._answered), positions[-1])
        self._answered.add(position)
        return f"call_{position}"


def ids_by_position(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield *messages* with the ids that a wire without ids gives to calls: their positions."""
    return _by_position(messages, with_ids=False)


def _renamed(call: OneCall, id: str) -> OneCall:
    return attrs.evolve(call, id=id)


def paired_by_position(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield *messages* as `ids_by_position` does, for a wire that may have ids: a result answers the call of its id."""
    return _by_position(messages, with_ids=True)


def _by_position(messages: Sequence[Message], *, with_ids: bool) -> Iterator[Message]:
    pairing, names, latest = Pairing(), dict[str, str](), dict[str, int]()
    for index, message in enumerate(messages):
        match message:
            case AssistantMessage():
                names |= {call.id: call.name for call in message.all_tool_calls}
                latest |= {call.id: index for call in message.all_tool_calls if with_ids}
                ids = [
                    pairing.call(call.name, (call.id, index) if with_ids else None) for call in message.all_tool_calls
                ]
                count = len(message.tool_calls)
                yield attrs.evolve(
                    message,
                    tool_calls=list(map(_renamed, message.tool_calls, ids)),
                    invalid_tool_calls=list(map(_renamed, message.invalid_tool_calls, ids[count:])),
                )
            case ToolMessage():
                id = message.tool_call_id
                yield attrs.evolve(message, tool_call_id=pairing.result(names[id], (id, latest.get(id))))
            case _:
                yield message

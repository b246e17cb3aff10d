"""What two wires say differently, and mean alike: histories in the one form that a wire can carry."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, TextPart, ToolPart, UserPart
from llm_core.domain.responses import FinishReason
from llm_core.domain.tools import InvalidToolCall, ToolCall
from llm_core.testing.scenarios import Call, Replies

_AUDIO_ALIASES = {"audio/x-wav": "audio/wav", "audio/mp3": "audio/mpeg"}


def systems_first(messages: Sequence[Message]) -> list[Message]:
    """Return *messages*, what the model is told to be ahead of what is said: the wire has a place of its own for it."""
    return sorted(messages, key=lambda message: not isinstance(message, SystemMessage))


def merge_turns(messages: Sequence[Message]) -> list[Message]:
    """Return *messages* with neighbours of one side as one: the user's parts stay apart, the model's words do not."""
    turns: list[Message] = []
    for message in messages:
        match message, turns[-1:]:
            case UserMessage(), [UserMessage() as before]:
                turns[-1] = UserMessage([*before.parts, *message.parts])
            case AssistantMessage(), [AssistantMessage() as before]:
                turns[-1] = _merged(before, message)
            case UserMessage(), _:
                turns.append(UserMessage(message.parts))
            case _:
                turns.append(message)
    return turns


def _merged(one: AssistantMessage, other: AssistantMessage) -> AssistantMessage:
    return AssistantMessage(
        one.content + other.content,
        tool_calls=[*one.tool_calls, *other.tool_calls],
        invalid_tool_calls=[*one.invalid_tool_calls, *other.invalid_tool_calls],
        reasoning=[*one.reasoning, *other.reasoning],
        provider_data=[*one.provider_data, *other.provider_data],
    )


def canonical_audio_type(part: UserPart) -> UserPart:
    """Return *part* with the one name of its type: sound has two."""
    if isinstance(part, AudioPart):
        return attrs.evolve(part, media_type=_AUDIO_ALIASES.get(part.media_type, part.media_type))
    return part


def arguments_as_objects(message: AssistantMessage) -> AssistantMessage:
    """Return *message* as a wire carries it whose arguments are objects: the model's own spelling is gone."""
    return attrs.evolve(
        message,
        tool_calls=[ToolCall(id=call.id, name=call.name, arguments=call.arguments) for call in message.tool_calls],
        invalid_tool_calls=[_invalid_call(call.id, call.name, call.arguments_text) for call in message.invalid_tool_calls],
        provider_data=(),
    )


def read_object(id: str, name: str, arguments: Mapping[str, JsonValue]) -> ToolCall | InvalidToolCall:
    """Return the call that an object makes; arguments that were none go back under ``invalid_arguments``."""
    match arguments:
        case {"invalid_arguments": str(text)} if len(arguments) == 1:
            return _invalid_call(id, name, text)
        case _:
            return ToolCall(id=id, name=name, arguments=arguments)


def joined_text(parts: Sequence[object]) -> str:
    """Return the words among *parts*, nothing between them."""
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def result_as_parts(message: ToolMessage) -> ToolMessage:
    """Return *message* with its content as parts."""
    parts: tuple[ToolPart, ...] = message.parts
    return attrs.evolve(message, content=parts)


def has_object_arguments(reply: Replies) -> bool:
    """Return whether all calls of *reply* can be written as objects; one that was cut off at once cannot."""
    cut_off = reply.finish_reason is FinishReason.LENGTH
    return all(_is_object(call) and not (cut_off and not call.arguments_text) for call in reply.calls)


def _is_object(call: Call) -> bool:
    try:
        return parse_arguments(call.arguments_text) is not None
    except ValueError:
        return False


def _invalid_call(id: str, name: str, arguments_text: str) -> InvalidToolCall:
    return InvalidToolCall(id=id, name=name, arguments_text=arguments_text, problem="it was sent back as it came")


@attrs.define
class Pairing:
    """Which result answers which call, on a wire without ids: by the tool's name and the order, or by the order alone.

    Ids are made by place: ``call_0``, ``call_1`` ...
    """

    _names: list[str] = attrs.field(factory=list)
    _answered: set[int] = attrs.field(factory=set)

    def call(self, name: str) -> str:
        """Return the id of the next call."""
        self._names.append(name)
        return f"call_{len(self._names) - 1}"

    def result(self, name: str | None) -> str:
        """Return the id of the call that the next result answers. ValueError: there is none."""
        places = [place for place, called in enumerate(self._names) if name is None or name == called]
        if not places:
            raise ValueError(f"a result of {name!r}, which nobody called")
        place = next((one for one in places if one not in self._answered), places[-1])
        self._answered.add(place)
        return f"call_{place}"


def ids_by_place(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield *messages* as a wire carries them that has no ids."""
    pairing, names = Pairing(), dict[str, str]()
    for message in messages:
        match message:
            case AssistantMessage():
                names |= {call.id: call.name for call in message.all_tool_calls}
                yield attrs.evolve(
                    message,
                    tool_calls=[attrs.evolve(call, id=pairing.call(call.name)) for call in message.tool_calls],
                    invalid_tool_calls=[
                        attrs.evolve(call, id=pairing.call(call.name)) for call in message.invalid_tool_calls
                    ],
                )
            case ToolMessage():
                yield attrs.evolve(message, tool_call_id=pairing.result(names[message.tool_call_id]))
            case _:
                yield message

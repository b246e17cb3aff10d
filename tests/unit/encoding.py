"""What the encoders' tests share: requests written as an adapter writes them, and what a provider must read in them."""

import json
from collections.abc import Iterator, Sequence

import attrs

from llm_core import (
    AssistantMessage,
    ChatRequest,
    FilePart,
    ImagePart,
    InvalidToolCall,
    Message,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import ToolPart, UserPart
from llm_core.domain.tools import parse_tool_call
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.profile import Profile
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.wire import Wire

PROVIDER = "its-own-provider"  # longer than the names that the strategies generate
_NOTE = "Images in the result of the tool "


def endpoint_of(profile: Profile, model: str, base_url: str = "https://provider.test/v1") -> Endpoint:
    """Return the endpoint of *model*, of the provider `PROVIDER`."""
    address = profile.address(base_url, model, {})
    return Endpoint(provider=PROVIDER, model=model, base_url=address.base_url, rules=profile.rules(model, base_url))


def written(request: ChatRequest, wire: Wire, endpoint: Endpoint, *, stream: bool = False) -> HTTPRequest:
    """Return *request* as an adapter sends it; UnsupportedFeatureError for what the model or the wire refuses."""
    require_features(request, endpoint.rules)
    settings, _ = accepted_settings(request, request.settings, endpoint.rules)
    return wire.encode(request, settings, endpoint, stream=stream)


def body_of(request: ChatRequest, wire: Wire, endpoint: Endpoint, *, stream: bool = False) -> dict[str, JsonValue]:
    """Return the JSON body of *request*."""
    body: dict[str, JsonValue] = json.loads(written(request, wire, endpoint, stream=stream).content)
    return body


def messages_of(messages: Sequence[Message], wire: Wire, endpoint: Endpoint) -> list[JsonValue]:
    """Return the messages of the body."""
    encoded = body_of(ChatRequest(messages=messages), wire, endpoint)["messages"]
    assert isinstance(encoded, list)
    return encoded


def assert_it_is_read(request: ChatRequest, wire: Wire, endpoint: Endpoint, dialect: Dialect) -> None:
    """Assert that the provider reads *request* in what the encoder writes.

    Differences that every wire has: ids may be replaced, images of results may follow them, what the model does not
    accept is left out of the settings, and an invalid call is read again from its text.
    """
    sent = written(request, wire, endpoint)
    settings, _ = accepted_settings(request, request.settings, endpoint.rules)
    path = f"/{sent.url.partition('://')[2].partition('/')[2]}"
    expected = attrs.evolve(request, model=endpoint.model, settings=settings)
    images_in_results = "image in a result" in endpoint.rules.parts
    if not images_in_results:
        expected = attrs.evolve(expected, messages=list(_moved_images(expected.messages)))

    read = dialect.parse(RecordedRequest(method="POST", path=path, headers={}, body=sent.content))

    assert dialect.normalise(_comparable(expected)) == dialect.normalise(_comparable(read))


def _comparable(request: ChatRequest) -> ChatRequest:
    return attrs.evolve(request, messages=[_without_notes(message) for message in _with_positions(request.messages)])


def _with_positions(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield *messages* without opaque data; the id of each call is its position."""
    count = 0
    waiting: dict[str, list[str]] = {}
    for message in messages:
        match message:
            case AssistantMessage():
                read = sorted(
                    map(_read_again, message.all_tool_calls), key=lambda call: isinstance(call, InvalidToolCall)
                )
                made: dict[str, list[str]] = {}
                calls = [attrs.evolve(call, id=f"call_{count + at}") for at, call in enumerate(read)]
                for call, old in zip(calls, read, strict=True):
                    made.setdefault(old.id, []).append(call.id)
                waiting |= made
                count += len(calls)
                yield AssistantMessage(
                    message.content,
                    tool_calls=[call for call in calls if isinstance(call, ToolCall)],
                    invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
                )
            case ToolMessage():
                ids = waiting[message.tool_call_id]
                yield attrs.evolve(message, tool_call_id=ids.pop(0) if len(ids) > 1 else ids[0])
            case _:
                yield message


def _is_invalid(call: ToolCall | InvalidToolCall) -> bool:
    return isinstance(call, InvalidToolCall)


def _read_again(call: ToolCall | InvalidToolCall) -> ToolCall | InvalidToolCall:
    text = call.arguments_json if isinstance(call, ToolCall) else call.arguments_text
    read = parse_tool_call(id=call.id, name=call.name, arguments_text=text)
    return attrs.evolve(read, problem="") if isinstance(read, InvalidToolCall) else read


def _moved_images(messages: Sequence[Message]) -> Iterator[Message]:
    waiting: list[TextPart | ImagePart] = []
    for message in messages:
        if waiting and not isinstance(message, ToolMessage):
            yield UserMessage(waiting)
            waiting = []
        if isinstance(message, ToolMessage) and not isinstance(message.content, str):
            texts = [part for part in message.content if isinstance(part, TextPart)]
            images = [part for part in message.content if isinstance(part, ImagePart)]
            waiting += [TextPart(_NOTE), *images] if images else []
            empty = "" if not texts and not message.is_error else [TextPart("")]
            yield attrs.evolve(message, content=texts or empty)
        else:
            yield message
    if waiting:
        yield UserMessage(waiting)


def _without_notes(message: Message) -> Message:
    """Return *message* with the same text before all images of results, and with a name for every file."""
    match message:
        case UserMessage(content=tuple(parts)):
            return UserMessage([_comparable_part(part) for part in parts])
        case ToolMessage(content=tuple(parts)):
            return attrs.evolve(message, content=[_without_media_type(part) for part in parts])
        case _:
            return message


def _without_media_type(part: ToolPart) -> ToolPart:
    """Return *part*; an image by URL without the type that the caller stated, for the provider finds it out."""
    return attrs.evolve(part, media_type=None) if isinstance(part, ImagePart) and part.url else part


def _comparable_part(part: UserPart) -> UserPart:
    match part:
        case TextPart(text) if text.startswith(_NOTE):
            return TextPart(_NOTE)
        case ImagePart():
            return _without_media_type(part)
        case FilePart(name=None):
            return attrs.evolve(part, name="file")  # OpenAI demands a name
        case _:
            return part

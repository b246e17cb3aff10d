"""Gemini's request: LiteLLM encodes settings and tools, this module the history.

LiteLLM merges equal calls, and appends signatures to ids. Source: https://ai.google.dev/api/caching#Content
"""

import base64
import copy
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import assert_never

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, UserPart
from llm_core.domain.tools import InvalidToolCall, ToolCall
from llm_core.wires.openai_chat.encode_parts import image_media_type

from .prepared_request import PreparedRequest

_PROVIDER = "gemini"
_WITH_FIELD_NAMES = ("generationConfig", "tools", "toolConfig")
_USER_SCHEMAS = frozenset(
    {"parameters", "parameters_json_schema", "response_schema", "response_json_schema"}
    | {"parametersJsonSchema", "responseSchema", "responseJsonSchema"}
)
_SIGNATURE = "thoughtSignature"


def gemini_body(prepared: PreparedRequest, messages: Sequence[Message], parameters: JsonObject) -> JsonObject:
    """Return the body. *parameters* have Google's names; LiteLLM has mapped them."""
    write = import_module("litellm.llms.vertex_ai.gemini.transformation").transform_request_body
    body: JsonObject = write(
        messages=[{"role": "user", "content": "."}],
        model=prepared.model.bare_name,
        optional_params=parameters,
        custom_llm_provider=_PROVIDER,
        litellm_params={},
        cached_content=None,
    )
    systems = [{"text": message.content} for message in messages if isinstance(message, SystemMessage)]
    if systems:
        body["systemInstruction"] = {"parts": systems}
    body["contents"] = list(_contents(messages))
    return body | {name: _camel(body[name]) for name in _WITH_FIELD_NAMES if name in body}


def _camel(value: object) -> object:
    """Return the fields by Google's documented names: LiteLLM writes some in snake case, which not all servers read."""
    match value:
        case dict():
            return {_camel_name(str(name)): _inner(str(name), item) for name, item in value.items()}
        case list():
            return [_camel(item) for item in value]
        case _:
            return value


def _inner(name: str, value: object) -> object:
    return value if name in _USER_SCHEMAS else _camel(value)


def _camel_name(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _contents(messages: Sequence[Message]) -> Iterator[JsonObject]:
    """Yield one content per turn: neighbours of one role share it, as Google requires for parallel results."""
    names = {call.id: _name(call) for message in messages for call in _calls(message)}
    role, parts = "", list[JsonObject]()
    for index, message in enumerate(messages):
        turn = "model" if isinstance(message, AssistantMessage) else "user"
        if parts and turn != role:
            yield {"role": role, "parts": parts}
            parts = []
        role = turn
        parts += _parts(message, names, f"messages[{index}]")
    yield {"role": role, "parts": parts or [{"text": ""}]}


def _name(call: ToolCall | InvalidToolCall) -> JsonObject:
    own = next(iter(_own(call.provider_data)), {})
    return {"name": call.name, **({"id": own["id"]} if "id" in own else {})}


def _calls(message: Message) -> Sequence[ToolCall | InvalidToolCall]:
    return message.all_tool_calls if isinstance(message, AssistantMessage) else ()


def _parts(message: Message, names: dict[str, JsonObject], path: str) -> Iterator[JsonObject]:
    match message:
        case SystemMessage():
            return
        case UserMessage():
            yield from (_part(part, f"{path}.content[{index}]") for index, part in enumerate(message.parts))
        case AssistantMessage():
            yield from _assistant(message)
        case ToolMessage():
            yield _result(message, names, path)
        case _:
            assert_never(message)


def _assistant(message: AssistantMessage) -> Iterator[JsonObject]:
    for part in message.reasoning:
        for signature in [data["signature"] for data in _own(part.provider_data) if "signature" in data]:
            yield {"text": part.text, "thought": True, "thoughtSignature": signature}
    yield from _text(message)
    for call in message.all_tool_calls:
        args = call.arguments if isinstance(call, ToolCall) else {"invalid_arguments": call.arguments_text}
        signatures = [own for own in _own(call.provider_data) if _SIGNATURE in own]
        wire: JsonObject = {"functionCall": {**_name(call), "args": copy.deepcopy(args)}}
        yield {**wire, **({_SIGNATURE: signatures[0][_SIGNATURE]} if signatures else {})}


def _text(message: AssistantMessage) -> Iterator[JsonObject]:
    """Yield the text with its signature, and between its parts the tools that Google ran itself, in their places."""
    own, begun = list(_own(message.provider_data)), 0
    for data in own:
        match data:
            case {"part": dict(part), "at": int(place)}:
                if message.content[begun:place]:
                    yield {"text": message.content[begun:place]}
                begun = max(begun, place)
                yield dict(part)
    signatures = [data for data in own if _SIGNATURE in data]
    after = [dict[str, object](data) for data in signatures if "text" in data]
    remaining = message.content[begun:]
    if remaining or not (message.all_tool_calls or own):
        yield {"text": remaining, **({} if after or not signatures else signatures[0])}
    yield from after


def _own(data: Sequence[ProviderData]) -> list[dict[str, JsonValue]]:
    values = [one.value for one in data if one.provider == _PROVIDER]
    return [copy.deepcopy(value) for value in values if isinstance(value, dict)]


def _result(message: ToolMessage, names: dict[str, JsonObject], path: str) -> JsonObject:
    text = "".join(part.text for part in message.parts if isinstance(part, TextPart))
    answer = {"error": text} if message.is_error else {"result": text}
    response: JsonObject = {**names.get(message.tool_call_id, {"name": ""}), "response": answer}
    images = [
        _part(part, f"{path}.content[{index}]")
        for index, part in enumerate(message.parts)
        if not isinstance(part, TextPart)
    ]
    if images:
        response["parts"] = images
    return {"functionResponse": response}


def _part(part: UserPart, path: str) -> JsonObject:
    match part:
        case TextPart(text):
            return {"text": text}
        case ImagePart():
            media_type = part.media_type if part.url else image_media_type(part, path)
            return _blob(part.data, media_type, part.url)
        case AudioPart():
            return _blob(part.data, part.media_type, None)
        case FilePart():
            return _blob(part.data, part.media_type, part.url)
        case _:
            assert_never(part)


def _blob(data: bytes | None, media_type: str | None, url: str | None) -> JsonObject:
    fields = {"mimeType": media_type} if media_type else {}
    if data is None:
        return {"fileData": {**fields, "fileUri": url}}
    return {"inlineData": {**fields, "data": base64.b64encode(data).decode()}}

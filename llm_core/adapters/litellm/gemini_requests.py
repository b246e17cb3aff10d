"""Gemini's request: LiteLLM writes its settings and tools, and the history is written here.

LiteLLM merges equal calls, and glues signatures onto ids. Source: https://ai.google.dev/api/caching#Content
"""

import base64
import copy
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import assert_never

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, UserPart
from llm_core.domain.tools import InvalidToolCall, ToolCall

from .codec import JsonObject, picture_type
from .prepared_request import PreparedRequest

_PROVIDER = "gemini"
_NAMED_TWICE = ("generationConfig", "tools", "toolConfig")
_THE_USERS = frozenset(
    {"parameters", "parameters_json_schema", "response_schema", "response_json_schema"}
    | {"parametersJsonSchema", "responseSchema", "responseJsonSchema"}
)
_SIGNED = "thoughtSignature"


def gemini_body(plan: PreparedRequest, messages: Sequence[Message], parameters: JsonObject) -> JsonObject:
    """Return the body; *parameters* by Google's names, as LiteLLM has mapped them."""
    write = import_module("litellm.llms.vertex_ai.gemini.transformation").transform_request_body
    body: JsonObject = write(
        messages=[{"role": "user", "content": "."}],
        model=plan.model.bare_name,
        optional_params=parameters,
        custom_llm_provider=_PROVIDER,
        litellm_params={},
        cached_content=None,
    )
    systems = [{"text": message.content} for message in messages if isinstance(message, SystemMessage)]
    if systems:
        body["systemInstruction"] = {"parts": systems}
    body["contents"] = list(_contents(messages))
    return body | {name: _camel(body[name]) for name in _NAMED_TWICE if name in body}


def _camel(value: object) -> object:
    """Return the fields by Google's documented names: LiteLLM writes some with underscores, which not all read."""
    match value:
        case dict():
            return {_camel_name(str(name)): _inner(str(name), item) for name, item in value.items()}
        case list():
            return [_camel(item) for item in value]
        case _:
            return value


def _inner(name: str, value: object) -> object:
    return value if name in _THE_USERS else _camel(value)


def _camel_name(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _contents(messages: Sequence[Message]) -> Iterator[JsonObject]:
    """One turn each: messages of one side in a row are one content, as Google wants results of parallel calls."""
    names = {call.id: _name(call) for message in messages for call in _calls(message)}
    role, parts = "", list[JsonObject]()
    for index, message in enumerate(messages):
        speaker = "model" if isinstance(message, AssistantMessage) else "user"
        if parts and speaker != role:
            yield {"role": role, "parts": parts}
            parts = []
        role = speaker
        parts += _parts(message, names, f"messages[{index}]")
    yield {"role": role, "parts": parts or [{"text": ""}]}


def _name(call: ToolCall | InvalidToolCall) -> JsonObject:
    told = next(iter(_own(call.provider_data)), {})
    return {"name": call.name, **({"id": told["id"]} if "id" in told else {})}


def _calls(message: Message) -> Sequence[ToolCall | InvalidToolCall]:
    return message.all_tool_calls if isinstance(message, AssistantMessage) else ()


def _parts(message: Message, names: dict[str, JsonObject], path: str) -> Iterator[JsonObject]:
    match message:
        case SystemMessage():
            return
        case UserMessage():
            yield from (_part(part, f"{path}.content[{index}]") for index, part in enumerate(message.parts))
        case AssistantMessage():
            yield from _said(message)
        case ToolMessage():
            yield _result(message, names, path)
        case _:
            assert_never(message)


def _said(message: AssistantMessage) -> Iterator[JsonObject]:
    for part in message.reasoning:
        for signature in [data["signature"] for data in _own(part.provider_data) if "signature" in data]:
            yield {"text": part.text, "thought": True, "thoughtSignature": signature}
    yield from _words(message)
    for call in message.all_tool_calls:
        args = call.arguments if isinstance(call, ToolCall) else {"invalid_arguments": call.arguments_text}
        signs = [told for told in _own(call.provider_data) if _SIGNED in told]
        wire: JsonObject = {"functionCall": {**_name(call), "args": copy.deepcopy(args)}}
        yield {**wire, **({_SIGNED: signs[0][_SIGNED]} if signs else {})}


def _words(message: AssistantMessage) -> Iterator[JsonObject]:
    """Yield the words, and where it came what came with them: what Google ran itself, and a signature."""
    own, begun = list(_own(message.provider_data)), 0
    for told in own:
        match told:
            case {"part": dict(part), "at": int(place)}:
                if message.content[begun:place]:
                    yield {"text": message.content[begun:place]}
                begun = max(begun, place)
                yield dict(part)
    signs = [told for told in own if _SIGNED in told]
    after = [dict[str, object](told) for told in signs if "text" in told]
    said = message.content[begun:]
    if said or not (message.all_tool_calls or own):
        yield {"text": said, **({} if after or not signs else signs[0])}
    yield from after


def _own(data: Sequence[ProviderData]) -> list[dict[str, JsonValue]]:
    values = [one.value for one in data if one.provider == _PROVIDER]
    return [copy.deepcopy(value) for value in values if isinstance(value, dict)]


def _result(message: ToolMessage, names: dict[str, JsonObject], path: str) -> JsonObject:
    words = "".join(part.text for part in message.parts if isinstance(part, TextPart))
    answer = {"error": words} if message.is_error else {"result": words}
    response: JsonObject = {**names.get(message.tool_call_id, {"name": ""}), "response": answer}
    pictures = [
        _part(part, f"{path}.content[{index}]")
        for index, part in enumerate(message.parts)
        if not isinstance(part, TextPart)
    ]
    if pictures:
        response["parts"] = pictures
    return {"functionResponse": response}


def _part(part: UserPart, path: str) -> JsonObject:
    match part:
        case TextPart(text):
            return {"text": text}
        case ImagePart():
            kind = part.media_type if part.url else picture_type(part, path)
            return _medium(part.data, kind, part.url)
        case AudioPart():
            return _medium(part.data, part.media_type, None)
        case FilePart():
            return _medium(part.data, part.media_type, part.url)
        case _:
            assert_never(part)


def _medium(data: bytes | None, kind: str | None, url: str | None) -> JsonObject:
    told = {"mimeType": kind} if kind else {}
    if data is None:
        return {"fileData": {**told, "fileUri": url}}
    return {"inlineData": {**told, "data": base64.b64encode(data).decode()}}

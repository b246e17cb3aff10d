"""Gemini's request: LiteLLM writes its settings and tools, and the history is written here.

LiteLLM merges equal calls, and glues signatures onto ids. Source: https://ai.google.dev/api/caching#Content
"""

import base64
import copy
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import assert_never

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, UserPart
from llm_core.domain.tools import InvalidToolCall, ToolCall

from .codec import Wire, picture_type
from .plan import Plan

_PROVIDER = "gemini"


def gemini_body(plan: Plan, messages: Sequence[Message], parameters: Wire) -> Wire:
    """Return the body; *parameters* by Google's names, as LiteLLM has mapped them."""
    write = import_module("litellm.llms.vertex_ai.gemini.transformation").transform_request_body
    body: Wire = write(
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
    return body


def _contents(messages: Sequence[Message]) -> Iterator[Wire]:
    """One turn each: messages of one side in a row are one content, as Google wants results of parallel calls."""
    names = {call.id: call.name for message in messages for call in _calls(message)}
    role, parts = "", list[Wire]()
    for index, message in enumerate(messages):
        speaker = "model" if isinstance(message, AssistantMessage) else "user"
        if parts and speaker != role:
            yield {"role": role, "parts": parts}
            parts = []
        role = speaker
        parts += _parts(message, names, f"messages[{index}]")
    yield {"role": role, "parts": parts or [{"text": ""}]}


def _calls(message: Message) -> Sequence[ToolCall | InvalidToolCall]:
    return message.every_call if isinstance(message, AssistantMessage) else ()


def _parts(message: Message, names: dict[str, str], path: str) -> Iterator[Wire]:
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


def _said(message: AssistantMessage) -> Iterator[Wire]:
    for part in message.reasoning:
        for signed in _own(part.provider_data):
            yield {"text": part.text, "thought": True, "thoughtSignature": signed.get("signature")}
    if message.content or not message.every_call:
        wire: Wire = {"text": message.content}
        for told in _own(message.provider_data):
            wire |= told
        yield wire
    for call in message.every_call:
        args = call.arguments if isinstance(call, ToolCall) else {"invalid_arguments": call.arguments_text}
        wire = {"functionCall": {"name": call.name, "args": copy.deepcopy(args)}}
        for told in _own(call.provider_data):
            wire |= told
        yield wire


def _own(data: Sequence[ProviderData]) -> Iterator[dict[str, JsonValue]]:
    for one in data:
        if one.provider == _PROVIDER and isinstance(one.value, dict):
            yield copy.deepcopy(one.value)


def _result(message: ToolMessage, names: dict[str, str], path: str) -> Wire:
    words = "".join(part.text for part in message.parts if isinstance(part, TextPart))
    answer = {"error": words} if message.is_error else {"result": words}
    response: Wire = {"name": names.get(message.tool_call_id, ""), "response": answer}
    pictures = [
        _part(part, f"{path}.content[{index}]")
        for index, part in enumerate(message.parts)
        if not isinstance(part, TextPart)
    ]
    if pictures:
        response["parts"] = pictures
    return {"functionResponse": response}


def _part(part: UserPart, path: str) -> Wire:
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


def _medium(data: bytes | None, kind: str | None, url: str | None) -> Wire:
    told = {"mimeType": kind} if kind else {}
    if data is None:
        return {"fileData": {**told, "fileUri": url}}
    return {"inlineData": {**told, "data": base64.b64encode(data).decode()}}

"""Encodes requests for Google's generateContent and streamGenerateContent.

Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/gemini-api/docs/function-calling,
https://ai.google.dev/gemini-api/docs/tool-combination and https://ai.google.dev/gemini-api/docs/flex-inference.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never
from urllib.parse import quote

from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.server_tools import server_tools_of

from .call_ids import ids_to_send, paired_calls
from .encode_fields import encode_choice, encode_output, encode_settings, encode_tools
from .encode_parts import encode_images_beside, encode_part, encode_result
from .encode_turn import encode_call, encode_turn

# Google reads every name in snake case too.
_RESERVED = frozenset(
    {
        *("contents", "systemInstruction", "system_instruction", "tools", "generation_config", "tool_config"),
        *("serviceTier", "service_tier"),
        *("toolConfig.functionCallingConfig", "toolConfig.function_calling_config"),
        *(
            f"generationConfig.{name}"
            for name in (
                *("temperature", "topP", "top_p", "maxOutputTokens", "max_output_tokens", "seed"),
                *("stopSequences", "stop_sequences", "presencePenalty", "presence_penalty"),
                *("frequencyPenalty", "frequency_penalty", "thinking_config", "responseMimeType", "response_mime_type"),
                *("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema"),
            )
        ),
    }
)


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``generateContent``, or ``streamGenerateContent``."""
    body: JsonObject = {}
    systems = [{"text": message.content} for message in request.messages if isinstance(message, SystemMessage)]
    if systems:
        body["systemInstruction"] = {"parts": systems}
    body["contents"] = encode_each(_contents(request.messages, endpoint))
    server_tools = server_tools_of(request, endpoint.provider)
    if request.tools or server_tools:
        body["tools"] = [*(encode_tools(request.tools) if request.tools else ()), *server_tools]
    if request.tools and (choice := encode_choice(request)) is not None:
        body["toolConfig"] = choice
    output = encode_output(request.output) if request.output is not None else {}
    if config := {**encode_settings(settings, endpoint.rules), **output}:
        body["generationConfig"] = config
    if settings.service_tier is not None:
        body["serviceTier"] = settings.service_tier
    body = merge_extra(body, settings.extra, _RESERVED)
    return HTTPRequest(url=_url(endpoint, stream=stream), headers=endpoint.headers, content=encode_json(body))


def _url(endpoint: Endpoint, *, stream: bool) -> str:
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return endpoint.url(f"models/{quote(endpoint.model, safe='')}:{method}")


def _contents(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    """Yield one content per turn: neighbours of one role share it, as Google requires for parallel results.

    Contents are required: a history of instructions alone has one with an empty text.
    """
    role, parts = "user", list[JsonObject]()
    for turn, new_parts in _turns(messages, endpoint):
        if parts and turn != role:
            yield {"role": role, "parts": parts}
            parts = []
        role = turn
        parts += new_parts
    yield {"role": role, "parts": parts or [{"text": ""}]}


def _turns(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[tuple[str, list[JsonObject]]]:
    """Yield the role and the parts of each message; images of results that carry text only follow the last result."""
    rules, paired = endpoint.rules, list(paired_calls(messages, endpoint))
    with_ids = ids_to_send(messages, paired, endpoint.provider)
    images: list[JsonObject] = []
    for index, (message, own_calls) in enumerate(zip(messages, paired, strict=True)):
        path = f"messages[{index}]"
        if images and not isinstance(message, ToolMessage):
            yield "user", images
            images = []
        match message:
            case SystemMessage():
                pass
            case UserMessage():
                parts = enumerate(message.parts)
                yield "user", [encode_part(part, f"{path}.content[{position}]", rules) for position, part in parts]
            case AssistantMessage():
                calls = [encode_call(call, with_id=call.id in with_ids) for call in own_calls]
                yield "model", encode_turn(message, calls, endpoint, path)
            case ToolMessage():
                call = own_calls[0]
                is_named = call.id in with_ids
                yield "user", [encode_result(message, call, path, rules, with_id=is_named)]
                images += encode_images_beside(message, call, path, rules, with_id=is_named)
            case _:
                assert_never(message)
    if images:
        yield "user", images

"""Messages as the input items of OpenAI's Responses API.

Sources: https://platform.openai.com/docs/api-reference/responses/create, /docs/guides/images-vision,
/docs/guides/pdf-files and /docs/guides/function-calling.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.media import data_url, image_media_type
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.paired_calls import PairedCalls, WireCall

from .encode_fields import encode_call
from .replay import replayed_items


def encode_items(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[JsonObject]:
    """Yield the items of *messages*, in their order.

    Raises:
        UnsupportedFeatureError: a part that the model does not accept, or opaque data that is not an item.
    """
    pairs = PairedCalls(messages, endpoint.rules.tool_call_ids)
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        match message:
            case SystemMessage():
                yield {"role": "system", "content": message.content}
            case UserMessage():
                yield {"role": "user", "content": _content(message.content, path, endpoint.rules)}
            case AssistantMessage():
                calls = pairs.of(message)
                replayed = replayed_items(message, calls, endpoint, path)
                yield from _assistant(message, calls) if replayed is None else replayed
            case ToolMessage():
                output = _content(message.content_with_error_prefix, path, endpoint.rules)
                yield {"type": "function_call_output", "call_id": pairs.answered_by(message).id, "output": output}
            case _:
                assert_never(message)


def _assistant(message: AssistantMessage, calls: Sequence[WireCall]) -> Iterator[JsonObject]:
    """Yield the items of a message that came from elsewhere: its text, then its calls."""
    if message.content or not calls:
        yield {"role": "assistant", "content": message.content}
    yield from map(encode_call, calls)


def _content(content: str | Sequence[UserPart], path: str, rules: ModelRules) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    return [_part(part, f"{path}.content[{place}]", rules) for place, part in enumerate(content)]


def _part(part: UserPart, path: str, rules: ModelRules) -> JsonObject:
    match part:
        case TextPart(text):
            return {"type": "input_text", "text": text}
        case ImagePart():
            rules.require_part("image data" if part.url is None else "image by url", path)
            return {"type": "input_image", "image_url": part.url or data_url(image_media_type(part, path), part.data)}
        case FilePart():
            rules.require_part("file data" if part.url is None else "file by url", path)
            return {"type": "input_file", **_file(part)}
        case AudioPart():
            raise UnsupportedFeatureError(feature=f"{path}: audio")
        case _:
            assert_never(part)


def _file(part: FilePart) -> JsonObject:
    if part.url is not None:
        return {"file_url": part.url}
    return {"filename": part.name or "file", "file_data": data_url(part.media_type, part.data)}

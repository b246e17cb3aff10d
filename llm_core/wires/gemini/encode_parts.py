"""Text, media and tool results in the format of Gemini.

Sources: https://ai.google.dev/api/caching#Part, https://ai.google.dev/gemini-api/docs/audio (the types of audio),
https://ai.google.dev/gemini-api/docs/files (the addresses of files at Google).
"""

from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import ToolMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.wires.media import base64_text, image_media_type
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.paired_calls import WireCall

NESTED_IMAGES = "image in a result"
_AUDIO_NAMES = {
    "audio/x-wav": "audio/wav",
    "audio/mpeg": "audio/mp3",
    "audio/x-aiff": "audio/aiff",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
}
_AT_GOOGLE = ("gs://", "https://generativelanguage.googleapis.com/")


def encode_part(part: UserPart, path: str, rules: ModelRules) -> JsonObject:
    """Return one part of a message; *path* leads to it.

    Raises:
        UnsupportedFeatureError: the wire or the model cannot carry it.
    """
    match part:
        case TextPart(text):
            return {"text": text}
        case ImagePart():
            if part.url is None:
                rules.require_part("image data", path)
                return _inline(part.data, image_media_type(part, path))
            if not part.url.startswith(_AT_GOOGLE):
                rules.require_part("image by url", path)
            return _linked(part.url, part.media_type)
        case AudioPart():
            rules.require_part("audio", path)
            return _inline(part.data, _audio_type(part, path))
        case FilePart():
            rules.require_part("file data" if part.url is None else "file by url", path)
            return _inline(part.data, part.media_type) if part.url is None else _linked(part.url, part.media_type)
        case _:
            assert_never(part)


def encode_result(
    message: ToolMessage, answered: WireCall, path: str, rules: ModelRules, *, with_id: bool
) -> JsonObject:
    """Return the result of a call; its images are in it from Gemini 3 on."""
    text = "".join(part.text for part in message.parts if isinstance(part, TextPart))
    result: JsonObject = {
        "name": answered.call.name,
        **({"id": answered.id} if with_id else {}),
        "response": {"error": text} if message.is_error else {"result": text},
    }
    images = _images(message, path, rules) if NESTED_IMAGES in rules.parts else []
    return {"functionResponse": {**result, "parts": images} if images else result}


def encode_images_beside(
    message: ToolMessage, answered: WireCall, path: str, rules: ModelRules, *, with_id: bool
) -> list[JsonObject]:
    """Return the images of a result that carries text only, after a text that names the call."""
    images = [] if NESTED_IMAGES in rules.parts else _images(message, path, rules)
    call = f"{answered.call.name}, call {answered.id}" if with_id else answered.call.name
    return [{"text": f"Images in the result of the tool {call}:"}, *images] if images else []


def _images(message: ToolMessage, path: str, rules: ModelRules) -> list[JsonObject]:
    return [
        encode_part(part, f"{path}.content[{index}]", rules)
        for index, part in enumerate(message.parts)
        if isinstance(part, ImagePart)
    ]


def _audio_type(part: AudioPart, path: str) -> str:
    if not part.media_type.startswith("audio/"):
        raise UnsupportedFeatureError(
            feature=f"{path}: {part.media_type} (audio/wav, audio/mp3 and others can be sent)"
        )
    return _AUDIO_NAMES.get(part.media_type, part.media_type)


def _inline(data: bytes | None, media_type: str) -> JsonObject:
    return {"inlineData": {"mimeType": media_type, "data": base64_text(data)}}


def _linked(url: str, media_type: str | None) -> JsonObject:
    return {"fileData": {**({"mimeType": media_type} if media_type else {}), "fileUri": url}}

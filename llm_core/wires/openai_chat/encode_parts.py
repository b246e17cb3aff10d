"""Text, image, audio and file parts in the format of OpenAI chat completions."""

from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.wires.media import base64_text, data_url, image_media_type
from llm_core.wires.model_rules import ModelRules

_AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


def encode_part(part: UserPart, path: str, rules: ModelRules) -> JsonObject:
    """Return one part of a message; *path* leads to it.

    Raises:
        UnsupportedFeatureError: the wire or the model cannot carry it.
    """
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            rules.require_part("image data" if part.url is None else "image by url", path)
            url = part.url or data_url(image_media_type(part, path), part.data)
            return {"type": "image_url", "image_url": {"url": url}}
        case AudioPart():
            rules.require_part("audio", path)
            return {"type": "input_audio", "input_audio": _audio(part, path)}
        case FilePart():
            rules.require_part("file data" if part.url is None else "file by url", path)
            return _file(part, rules)
        case _:
            assert_never(part)


def _audio(part: AudioPart, path: str) -> JsonObject:
    if part.media_type not in _AUDIO_FORMATS:
        raise UnsupportedFeatureError(feature=f"{path}: {part.media_type} (audio/wav and audio/mpeg can be sent)")
    return {"data": base64_text(part.data), "format": _AUDIO_FORMATS[part.media_type]}


def _file(part: FilePart, rules: ModelRules) -> JsonObject:
    url = part.url or data_url(part.media_type, part.data)
    if rules.file_format == "document_url":
        return {"type": "document_url", "document_url": url, **({"document_name": part.name} if part.name else {})}
    return {"type": "file", "file": {"file_data": url, "filename": part.name or "file"}}

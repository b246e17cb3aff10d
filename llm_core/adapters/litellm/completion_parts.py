"""Text, image, audio and file parts in the format that `litellm.completion` takes for every provider."""

from typing import Protocol, assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.wires.media import base64_text, data_url, image_media_type

_GOOGLE_FILES = ("gs://", "https://generativelanguage.googleapis.com/")  # addresses of files that Google holds already
_AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


class TargetModel(Protocol):
    """What the encoding depends on."""

    @property
    def provider(self) -> str:
        """Reasoning blocks go back to this provider alone."""

    @property
    def openai_wire(self) -> bool:
        """Whether the provider receives this format itself; otherwise the adapter converts it."""

    @property
    def arguments_as_text(self) -> bool:
        """Whether the arguments of a tool call are sent as the model's own text."""

    def drops_part(self, part: str) -> bool:
        """Return whether the provider would not receive this part.

        The parts are ``image by url``, ``image in a result``, ``audio`` and ``file``.
        """


def encode_part(part: UserPart, path: str, model: TargetModel) -> JsonObject:
    """Return one part of a message; *path* leads to it.

    Raises:
        UnsupportedFeatureError: the wire cannot carry it.
    """
    if (name := _part_name(part)) and model.drops_part(name):
        raise UnsupportedFeatureError(feature=f"{path}: {name}")
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            url = part.url or data_url(image_media_type(part, path), part.data)
            return {"type": "image_url", "image_url": {"url": url}}
        case AudioPart():
            return {"type": "input_audio", "input_audio": _audio(part, path)}
        case FilePart():
            return {"type": "file", "file": _file(part, path, model)}
        case _:
            assert_never(part)


def _part_name(part: UserPart) -> str:
    match part:
        case ImagePart(url=str(url)) if not url.startswith(_GOOGLE_FILES):
            return "image by url"
        case AudioPart():
            return "audio"
        case FilePart():
            return "file"
        case _:
            return ""


def _audio(part: AudioPart, path: str) -> JsonObject:
    if part.media_type not in _AUDIO_FORMATS:
        raise UnsupportedFeatureError(feature=f"{path}: {part.media_type} (audio/wav and audio/mpeg can be sent)")
    return {"data": base64_text(part.data), "format": _AUDIO_FORMATS[part.media_type]}


def _file(part: FilePart, path: str, model: TargetModel) -> JsonObject:
    if part.url is None:
        return {"file_data": data_url(part.media_type, part.data), "filename": part.name or "file"}
    if model.openai_wire:
        raise UnsupportedFeatureError(feature=f"{path}: a file by url")
    return {"file_id": part.url, "format": part.media_type}

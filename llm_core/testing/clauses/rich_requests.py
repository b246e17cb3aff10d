"""Requests that use every feature: settings with two values each, schemas as agents have them, media of every type."""

from collections.abc import Collection, Mapping

import attrs

from llm_core.domain.messages import AssistantMessage, Message, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import JsonSchemaOutput
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool

from .sample_requests import PIXEL

FULL_SETTINGS = ChatSettings(
    temperature=0.25,
    top_p=0.5,
    max_tokens=50,
    stop=["END", "\n\n"],
    seed=7,
    presence_penalty=0.5,
    frequency_penalty=-0.5,
    reasoning_effort="low",
    parallel_tool_calls=False,
    cache="1h",
    service_tier="flex",
    extra={"service_note": {"a": [1, None, "x"]}},
)
# Values that a table of bounds, names or flags would change.
OTHER_SETTINGS = ChatSettings(
    temperature=1.5,
    top_p=0.125,
    max_tokens=100_000,
    stop=["1", "2", "3", "4", "5"],
    seed=2**31,
    presence_penalty=-1.5,
    frequency_penalty=1.5,
    reasoning_effort="high",
    parallel_tool_calls=True,
    cache="5m",
    service_tier="priority",
    extra={"service_note": [], "service_place": "a b"},
)
ZERO_SETTINGS = ChatSettings(temperature=0.0, top_p=0.0, seed=0, presence_penalty=0.0, frequency_penalty=0.0)
SETTINGS_TOGETHER = attrs.evolve(FULL_SETTINGS, max_tokens=20_000, timeout=60)  # room for reasoning

CITY = JsonSchemaOutput(name="city", schema={"type": "object", "properties": {"city": {"type": "string"}}})
_PLACE = {
    "type": "object",
    "description": "Where it is.",
    "properties": {"town": {"type": "string"}, "country": {"type": "string", "enum": ["NO", "IS", "DK"]}},
    "required": ["town", "country"],
    "additionalProperties": False,
}
# As strict providers demand it: every property is required, no other is allowed. The order is not alphabetical.
_TRIP: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "to": {"$ref": "#/$defs/place"},
        "nights": {"type": "integer", "description": "How long."},
        "by": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "also": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["to", "nights", "by", "also"],
    "additionalProperties": False,
    "$defs": {"place": _PLACE},
}
SCHEMA = JsonSchemaOutput(name="trip", schema=_TRIP)
LOOSE = JsonSchemaOutput(name="trip", schema={**_TRIP, "required": ["to"]}, strict=False)
TRAVEL = Tool(name="book_trip", description="Books a trip.\nIt costs.", parameters={**_TRIP, "required": ["to", "by"]})

_PNG, _JPEG = (
    ImagePart(data=PIXEL, media_type="image/png"),
    ImagePart(data=b"\xff\xd8\xff\xe0\x00\x10JFIF", media_type="image/jpeg"),
)
# No server is there: the provider would fetch a file by its URL.
_MEDIA: Mapping[str, UserPart] = {
    "image-url": ImagePart(url="https://pictures.test/cat.png"),
    "image-bytes": _PNG,
    "image-jpeg": _JPEG,
    "audio": AudioPart(b"RIFF....WAVE", media_type="audio/wav"),
    "audio-mp3": AudioPart(b"ID3\x04\x00", media_type="audio/mpeg"),
    "file": FilePart(data=b"%PDF-1.7", media_type="application/pdf", name="a.pdf"),
    "file-text": FilePart(data=b"one, two", media_type="text/plain", name="a.txt"),
    "file-url": FilePart(url="https://127.0.0.1:9/a.pdf", media_type="application/pdf"),
}
ALL_MEDIA = (*_MEDIA, "image-twice", "image-earlier")
NOT_EVERYWHERE = ("audio-mp3", "file-text", "file-url")  # an adapter that accepts audio or files may refuse these


def select_settings(settings: ChatSettings, names: Collection[str]) -> ChatSettings:
    """Return the fields *names* of *settings*, and the timeout, which is not sent."""
    return ChatSettings(timeout=settings.timeout, **{name: getattr(settings, name) for name in names})


def messages_with_media(medium: str) -> list[Message]:
    """Return messages with the *medium*, one of `ALL_MEDIA`."""
    match medium:
        case "image-twice":
            return [UserMessage([TextPart("Look: "), _PNG, _JPEG, TextPart(" Which?")])]
        case "image-earlier":
            return [UserMessage([TextPart("Look: "), _PNG]), AssistantMessage("A cat."), UserMessage("Which colour?")]
        case _:
            return [UserMessage([TextPart("Look: "), _MEDIA[medium], TextPart(" What is it?")])]

"""Tests of message parts as LiteLLM's own call takes them."""

import base64

import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.parts import UserPart
from llm_core.providers.registry import find_profile

LOOK = AssistantMessage(tool_calls=[ToolCall(id="c1", name="look", arguments={})])


def model_of(provider: str, *, openai_wire: bool = False) -> ModelInfo:
    profile = find_profile(provider)
    assert profile is not None
    return ModelInfo(
        name=f"{provider}/x",
        bare_name="x",
        provider=provider,
        openai_wire=openai_wire,
        supported_params=None,
        quirks=profile.litellm,
    )


OPENAI = model_of("openai", openai_wire=True)
ANTHROPIC = model_of("anthropic")


def encoded(message: Message, model: ModelInfo = OPENAI) -> JsonObject:
    return encode_messages([LOOK, message], model)[-1]


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("wire", "part"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://images.test/a.png"}},
            ImagePart(url="https://images.test/a.png"),
        ),
        (
            {"type": "image_url", "image_url": {"url": data_url("image/tiff", b"II*")}},
            ImagePart(data=b"II*", media_type="image/tiff"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
            AudioPart(b"RIFF", media_type="audio/x-wav"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}},
            AudioPart(b"ID3", media_type="audio/mpeg"),
        ),
        (
            {"type": "file", "file": {"file_data": data_url("application/pdf", b"%PDF"), "filename": "a.pdf"}},
            FilePart(data=b"%PDF", media_type="application/pdf", name="a.pdf"),
        ),
        (
            {"type": "file", "file": {"file_data": data_url("text/plain", b""), "filename": "file"}},
            FilePart(data=b"", media_type="text/plain"),
        ),
    ],
)
def test_a_part_is_sent_by_url_or_as_base64(wire: JsonObject, part: UserPart) -> None:
    seen = encoded(UserMessage([part]))

    assert [wire] == seen["content"]


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("image/png", b"\x89PNG\r\n"),
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF....WEBP"),
    ],
)
def test_the_format_of_an_image_is_detected_by_its_first_bytes(media_type: str, data: bytes) -> None:
    seen = encoded(UserMessage([ImagePart(data=data)]))

    assert [{"type": "image_url", "image_url": {"url": data_url(media_type, data)}}] == seen["content"]


@pytest.mark.parametrize(
    ("feature", "part"),
    [
        ("messages[1].content[1]: an image of unknown format (set media_type)", ImagePart(data=b"unknown")),
        (
            "messages[1].content[1]: audio/ogg (audio/wav and audio/mpeg can be sent)",
            AudioPart(b"OggS", media_type="audio/ogg"),
        ),
        ("messages[1].content[1]: a file by url", FilePart(url="https://a.test/a.pdf", media_type="application/pdf")),
    ],
)
def test_a_part_that_the_wire_cannot_express_is_refused_by_its_position(feature: str, part: UserPart) -> None:
    messages: list[Message] = [SystemMessage("s"), UserMessage([TextPart("see: "), part])]

    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages(messages, OPENAI)

    assert feature == caught.value.feature


def test_a_file_by_url_is_sent_if_the_wire_supports_it() -> None:
    part = FilePart(url="gs://bucket/a.pdf", media_type="application/pdf")

    seen = encoded(UserMessage([part]), ANTHROPIC)

    assert [{"type": "file", "file": {"file_id": "gs://bucket/a.pdf", "format": "application/pdf"}}] == seen["content"]


def test_an_image_in_a_tool_result_is_refused_on_openais_wire() -> None:
    message = ToolMessage([TextPart("see"), ImagePart(url="https://a.test/a.png")], tool_call_id="c1")

    with pytest.raises(UnsupportedFeatureError) as caught:
        encoded(message)

    assert "messages[1].content: an image in a tool result" == caught.value.feature


def test_an_image_in_a_tool_result_is_sent_on_other_wires() -> None:
    message = ToolMessage([TextPart("see"), ImagePart(url="https://a.test/a.png")], tool_call_id="c1")

    seen = encoded(message, ANTHROPIC)

    image = {"type": "image_url", "image_url": {"url": "https://a.test/a.png"}}
    assert [{"type": "text", "text": "see"}, image] == seen["content"]


@pytest.mark.parametrize(
    ("feature", "provider", "part"),
    [
        ("messages[1].content[0]: audio", "anthropic", AudioPart(b"RIFF", media_type="audio/wav")),
        ("messages[1].content[0]: image by url", "gemini", ImagePart(url="https://a.test/a.png")),
        ("messages[1].content[0]: file", "ollama_chat", FilePart(data=b"%PDF", media_type="application/pdf")),
    ],
)
def test_a_part_that_litellm_would_drop_is_refused(feature: str, provider: str, part: UserPart) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        encoded(UserMessage([part]), model_of(provider))

    assert feature == caught.value.feature


def test_an_image_that_the_provider_stores_is_sent_by_url() -> None:
    seen = encoded(UserMessage([ImagePart(url="gs://bucket/a.png")]), model_of("gemini"))

    assert [{"type": "image_url", "image_url": {"url": "gs://bucket/a.png"}}] == seen["content"]

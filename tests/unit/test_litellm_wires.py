"""Tests of how LiteLLM translates providers other than OpenAI, and of the corrections to that."""

import pytest

from llm_core import (
    AudioPart,
    BadResponseError,
    ChatError,
    ContentPolicyError,
    ContextWindowExceededError,
    FilePart,
    ImagePart,
    QuotaExceededError,
    ServerError,
    TextPart,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_response import reported_id, reported_model
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.parts import UserPart
from llm_core.providers.registry import find_profile
from llm_core.transport.error_mapping import ErrorContext
from llm_core.wires.error_payloads import error_class_for_response, retry_delay

IMAGE = ImagePart(url="https://images.test/cat.png")
AUDIO = AudioPart(b"RIFF", media_type="audio/wav")
DOCUMENT = FilePart(data=b"%PDF", media_type="application/pdf")


def model(provider: str) -> ModelInfo:
    profile = find_profile(provider)
    assert profile is not None
    return ModelInfo(
        name=f"{provider}/x",
        bare_name="x",
        provider=provider,
        openai_wire=False,
        supported_params=None,
        quirks=profile.litellm,
    )


@pytest.mark.parametrize(
    ("provider", "part", "feature"),
    [
        ("anthropic", AUDIO, "audio"),
        ("gemini", IMAGE, "image by url"),
        ("ollama_chat", IMAGE, "image by url"),
        ("ollama_chat", AUDIO, "audio"),
        ("ollama_chat", DOCUMENT, "file"),
    ],
)
def test_a_part_that_the_provider_would_not_receive_is_refused(provider: str, part: UserPart, feature: str) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages([UserMessage([TextPart("Look: "), part])], model(provider))

    assert f"messages[0].content[1]: {feature}" == caught.value.feature


@pytest.mark.parametrize(
    ("provider", "part"),
    [
        ("anthropic", IMAGE),
        ("anthropic", DOCUMENT),
        ("gemini", AUDIO),
        ("gemini", ImagePart(url="gs://bucket/cat.png")),
        ("gemini", ImagePart(url="https://generativelanguage.googleapis.com/v1beta/files/cat")),
    ],
)
def test_a_supported_part_is_not_refused(provider: str, part: UserPart) -> None:
    [encoded] = encode_messages([UserMessage([part])], model(provider))

    assert encoded["content"]


@pytest.mark.parametrize(
    ("provider", "id", "seen"),
    [("openai", "answer-1", "answer-1"), ("anthropic", "chatcmpl-made-up", None), ("gemini", "", None)],
)
def test_an_id_that_litellm_invented_is_none(provider: str, id: str, seen: str | None) -> None:
    assert seen == reported_id(id, model(provider))


@pytest.mark.parametrize(
    ("provider", "model_name", "seen"),
    [
        ("ollama_chat", "ollama_chat/x", None),
        ("ollama_chat", "x:latest", "x:latest"),
        ("openrouter", "openrouter/auto", "openrouter/auto"),
        ("anthropic", None, None),
    ],
)
def test_the_requested_model_is_not_reported_as_the_answering_model(
    provider: str, model_name: str | None, seen: str | None
) -> None:
    assert seen == reported_model(model_name, model(provider))


@pytest.mark.parametrize(
    ("status", "message", "error_class"),
    [
        (400, "prompt too long; exceeded max context length by 4 tokens", ContextWindowExceededError),
        (400, "Output blocked by content filtering policy", ContentPolicyError),
        (429, '{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}', QuotaExceededError),
    ],
)
def test_the_message_of_the_provider_determines_the_error_class(
    status: int, message: str, error_class: type[ChatError]
) -> None:
    assert error_class is error_class_for_response(status, message)


@pytest.mark.parametrize(
    ("body", "seconds"), [('{"retryDelay": "7s"}', 7.0), ('{"retryDelay":"0.5s"}', 0.5), ('{"retryDelay": ""}', None)]
)
def test_the_retry_delay_is_read_from_googles_body(body: str, seconds: float | None) -> None:
    assert seconds == retry_delay(body)


@pytest.mark.parametrize(
    ("message", "error_class"),
    [
        ("KeyError: 'message', Got unexpected response from Ollama: {'error': 'it went wrong'}", ServerError),
        ("KeyError: 'message', Got unexpected response from Ollama: {'choices': []}", BadResponseError),
        ("Error converting to valid response block=Expecting value", BadResponseError),
    ],
)
def test_an_answer_that_litellm_cannot_parse_is_not_a_client_error(message: str, error_class: type[ChatError]) -> None:
    error = RuntimeError(message)

    assert error_class is type(chat_error_from(error, ErrorContext(provider="ollama_chat", model="ollama_chat/x")))

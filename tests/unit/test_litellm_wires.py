"""What LiteLLM makes of providers that are no OpenAI, and what of it is mended."""

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
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_response import reported_id, reported_model
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.parts import UserPart
from llm_core.transport.error_mapping import ErrorContext
from llm_core.wires.error_payloads import error_class_for_response, retry_delay
from llm_core.wires.openai_chat.encode import encode_messages

PICTURE = ImagePart(url="https://pictures.test/cat.png")
SOUND = AudioPart(b"RIFF", media_type="audio/wav")
PAPER = FilePart(data=b"%PDF", media_type="application/pdf")


def model(provider: str) -> ModelInfo:
    return ModelInfo(name=f"{provider}/x", bare_name="x", provider=provider, openai_wire=False, supported_params=None)


@pytest.mark.parametrize(
    ("provider", "part", "feature"),
    [
        ("anthropic", SOUND, "audio"),
        ("gemini", PICTURE, "image by url"),
        ("ollama_chat", PICTURE, "image by url"),
        ("ollama_chat", SOUND, "audio"),
        ("ollama_chat", PAPER, "file"),
    ],
)
def test_what_would_be_lost_is_refused(provider: str, part: UserPart, feature: str) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages([UserMessage([TextPart("Look: "), part])], model(provider))

    assert f"messages[0].content[1]: {feature}" == caught.value.feature


@pytest.mark.parametrize(
    ("provider", "part"),
    [
        ("anthropic", PICTURE),
        ("anthropic", PAPER),
        ("gemini", SOUND),
        ("gemini", ImagePart(url="gs://bucket/cat.png")),
        ("gemini", ImagePart(url="https://generativelanguage.googleapis.com/v1beta/files/cat")),
    ],
)
def test_what_is_carried_is_not_refused(provider: str, part: UserPart) -> None:
    [message] = encode_messages([UserMessage([part])], model(provider))

    assert message["content"]


@pytest.mark.parametrize(
    ("provider", "id", "seen"),
    [("openai", "answer-1", "answer-1"), ("anthropic", "chatcmpl-made-up", None), ("gemini", "", None)],
)
def test_a_name_that_was_made_up_is_none(provider: str, id: str, seen: str | None) -> None:
    assert seen == reported_id(id, provider)


@pytest.mark.parametrize(
    ("provider", "told", "seen"),
    [
        ("ollama_chat", "ollama_chat/x", None),
        ("ollama_chat", "x:latest", "x:latest"),
        ("openrouter", "openrouter/auto", "openrouter/auto"),
        ("anthropic", None, None),
    ],
)
def test_the_model_that_was_asked_is_not_the_one_that_answered(
    provider: str, told: str | None, seen: str | None
) -> None:
    assert seen == reported_model(told, provider)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "prompt too long; exceeded max context length by 4 tokens", ContextWindowExceededError),
        (400, "Output blocked by content filtering policy", ContentPolicyError),
        (429, '{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}', QuotaExceededError),
    ],
)
def test_the_words_of_a_provider_tell_the_kind(status: int, words: str, kind: type[ChatError]) -> None:
    assert kind is error_class_for_response(status, words)


@pytest.mark.parametrize(
    ("body", "seconds"), [('{"retryDelay": "7s"}', 7.0), ('{"retryDelay":"0.5s"}', 0.5), ('{"retryDelay": ""}', None)]
)
def test_google_tells_the_wait_in_the_body(body: str, seconds: float | None) -> None:
    assert seconds == retry_delay(body)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("KeyError: 'message', Got unexpected response from Ollama: {'error': 'it went wrong'}", ServerError),
        ("KeyError: 'message', Got unexpected response from Ollama: {'choices': []}", BadResponseError),
        ("Error converting to valid response block=Expecting value", BadResponseError),
    ],
)
def test_what_litellm_could_not_read_is_no_refusal(words: str, kind: type[ChatError]) -> None:
    error = RuntimeError(words)

    assert kind is type(chat_error_from(error, ErrorContext(provider="ollama_chat", model="ollama_chat/x")))

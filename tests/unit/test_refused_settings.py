"""Tests for settings whose value the model refuses: omitted and reported as ignored, or an error that names them."""

import json
from collections.abc import Mapping

import pytest

from llm_core import ChatRequest, ChatSettings, UnsupportedFeatureError, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.adapters.litellm.refusals import drop_unsupported
from llm_core.testing import FakeProvider, Replies

FRAME = {"model", "messages", "stream"}


@pytest.mark.parametrize(
    ("model", "settings", "ignored", "sent"),
    [
        ("openai/gpt-5-mini", ChatSettings(temperature=0.2), ("temperature",), {}),
        ("openai/gpt-5-mini", ChatSettings(temperature=1), (), {"temperature": 1}),
        ("openai/o3", ChatSettings(temperature=0.2, seed=7), ("temperature",), {"seed": 7}),
        (
            "azure/gpt-5-mini",
            ChatSettings(temperature=0.2, max_tokens=5),
            ("temperature",),
            {"max_completion_tokens": 5},
        ),
        (
            "openai/gpt-5.2",
            ChatSettings(temperature=0.2, top_p=0.5, reasoning_effort="none"),
            (),
            {"temperature": 0.2, "top_p": 0.5, "reasoning_effort": "none"},
        ),
        (
            "openai/gpt-5.2",
            ChatSettings(temperature=0.2, top_p=0.5, reasoning_effort="low"),
            ("temperature", "top_p"),
            {"reasoning_effort": "low"},
        ),
        ("openai/gpt-5-mini", ChatSettings(temperature=0.2, stop="END"), ("stop", "temperature"), {}),
        ("openai/gpt-4o", ChatSettings(temperature=0.2, stop="END"), (), {"temperature": 0.2, "stop": ["END"]}),
    ],
)
def test_settings_that_the_model_refuses_are_omitted_and_reported_as_ignored(
    model: str, settings: ChatSettings, ignored: tuple[str, ...], sent: Mapping[str, object]
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=settings)

    with FakeProvider(Replies()) as fake_provider, LiteLLMChat(model, api_key="k", api_base=fake_provider.url) as chat:
        response = chat.complete(request)

    body = json.loads(fake_provider.recorder.requests[0].body)
    assert (ignored, sent) == (
        response.ignored_settings,
        {name: value for name, value in body.items() if name not in FRAME},
    )


def test_a_refused_setting_raises_unsupported_feature_and_sends_nothing() -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(seed=7, temperature=0.2))

    with (
        FakeProvider(Replies()) as fake_provider,
        LiteLLMChat("openai/gpt-5-mini", api_key="k", api_base=fake_provider.url, unsupported="error") as chat,
        pytest.raises(UnsupportedFeatureError) as caught,
    ):
        chat.complete(request)

    assert ("settings.temperature", 0) == (caught.value.feature, fake_provider.recorder.count)


def test_a_prepared_request_without_refused_settings_is_returned_unchanged() -> None:
    prepared = prepare_request(
        ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(stop=["END"])),
        find_model_info("openai/gpt-4o", None),
        AdapterConfig(model="openai/gpt-4o"),
        direct=True,
    )

    assert prepared is drop_unsupported(prepared, unsupported="error")

"""Tests for settings and text that the provider refuses: the direct lane omits or refuses them before it sends."""

import attrs
import pytest
from llm_core.adapters.litellm.refusals import drop_unsupported

from llm_core import AssistantMessage, ChatRequest, ChatSettings, Message, TextPart, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import PreparedRequest, prepare_request
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.adapter_config import AdapterConfig

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.2, seed=7))
MODEL = "openai/gpt-5-mini"


def prepared_request(name: str, settings: ChatSettings) -> PreparedRequest:
    request = ChatRequest(messages=[UserMessage("hi")], settings=settings)
    return prepare_request(request, find_model_info(name, None), AdapterConfig(model=name), direct=True)


@pytest.mark.parametrize("mode", EVERY)
def test_a_value_that_the_model_refuses_is_omitted_and_reported_as_ignored(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        seen = call_in_mode(LiteLLMChat(MODEL, api_key="k", api_base=f"{fake_provider.url}/v1"), REQUEST, mode)

    assert (("temperature",), ChatSettings(seed=7)) == (seen.ignored_settings, recorder.last.settings)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_the_call_lane_refuses_such_a_value(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, pytest.raises(UnsupportedFeatureError):
        call_in_mode(LiteLLMChat(MODEL, api_key="k", api_base=f"{fake_provider.url}/v1", lane="call"), REQUEST, mode)

    assert 0 == recorder.count


def test_supported_settings_stay_unchanged() -> None:
    prepared = prepared_request("openai/gpt-4o", ChatSettings(temperature=0.2, stop=["a", "b"]))

    assert prepared is drop_unsupported(prepared, unsupported="error")


def test_an_unsupported_value_is_an_error_that_names_it_if_configured() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        drop_unsupported(prepared_request(MODEL, ChatSettings(temperature=0.2)), unsupported="error")

    assert "settings.temperature" == caught.value.feature


def test_unset_settings_are_not_refused() -> None:
    prepared = prepared_request(MODEL, ChatSettings())

    assert prepared is drop_unsupported(prepared, unsupported="error")


def test_a_model_of_an_unknown_provider_refuses_nothing() -> None:
    prepared = prepared_request(MODEL, ChatSettings(temperature=0.2))
    unknown_provider = attrs.evolve(prepared, model=attrs.evolve(prepared.model, provider="acme"))

    assert unknown_provider is drop_unsupported(unknown_provider, unsupported="error")


@pytest.mark.parametrize("message", [UserMessage(" \n"), AssistantMessage(""), UserMessage([TextPart("")])], ids=repr)
def test_blank_text_is_refused_for_anthropic(message: Message) -> None:
    request = ChatRequest(messages=[UserMessage("hi"), message])

    with (
        FakeProvider(Replies(), "anthropic_messages") as fake_provider,
        pytest.raises(UnsupportedFeatureError) as caught,
    ):
        LiteLLMChat("anthropic/claude-sonnet-4-5", api_key="k", api_base=fake_provider.url).complete(request)

    assert ("messages[1].content: blank text", 0) == (caught.value.feature, fake_provider.recorder.count)

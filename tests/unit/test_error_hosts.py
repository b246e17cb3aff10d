"""Errors name the host that was called; a wrong address says so, instead of naming a model."""

from typing import Literal

import pytest

from llm_core import ChatError, ChatRequest, InvalidRequestError, ModelNotFoundError, SystemMessage, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.testing import Fails, FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.transport.urls import host_of

REQUEST = ChatRequest(messages=[UserMessage("hi")])
LANES = pytest.mark.parametrize("lane", ["direct", pytest.param("call", marks=pytest.mark.call_lane)])


@pytest.mark.parametrize("mode", EVERY)
@LANES
def test_a_wrong_address_is_named(mode: Mode, lane: Literal["direct", "call"]) -> None:
    with FakeProvider(Fails(status=404, message="Not Found")) as fake_provider:
        host = fake_provider.url.partition("://")[2]
        error = _error(LiteLLMChat("openai/x", api_key="k", api_base=fake_provider.url + "/v1", lane=lane), mode)

    assert InvalidRequestError is type(error)
    assert f"not found at {host}, check api_base" in str(error)
    assert (host, 404) == (error.host, error.status_code)


@pytest.mark.parametrize("message", ["The model `some-model` does not exist", "no access to some-model", "gone"])
def test_a_missing_model_is_named(message: str) -> None:
    with FakeProvider(Fails(status=404, message=message)) as fake_provider:
        error = _error(LiteLLMChat("openai/some-model", api_key="k", api_base=fake_provider.url + "/v1"), "complete")

    assert ModelNotFoundError is type(error)
    assert "no such model" in str(error)


def test_the_host_of_the_provider_itself_is_named() -> None:
    chat = LiteLLMChat("anthropic/claude-haiku-4-5", api_key="k")

    with pytest.raises(UnsupportedFeatureError) as caught:
        chat.complete(ChatRequest(messages=[SystemMessage("Be brief.")]))

    assert "api.anthropic.com" == caught.value.host
    assert "feature messages: none beside system messages" in str(caught.value)


@pytest.mark.parametrize("mode", EVERY)
@LANES
def test_instructions_alone_are_refused_in_our_words(mode: Mode, lane: Literal["direct", "call"]) -> None:
    with FakeProvider(Replies(), AnthropicMessages()) as fake_provider:
        chat = LiteLLMChat("anthropic/claude-haiku-4-5", api_key="k", api_base=fake_provider.url, lane=lane)
        error = _error(chat, mode, ChatRequest(messages=[SystemMessage("Be brief.")]))

    assert UnsupportedFeatureError is type(error)
    assert (None, 0) == (error.detail, fake_provider.recorder.count)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("h.test", "https://u:p@h.test/v1"),
        ("h.test:8080", "http://h.test:8080"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        (None, "h.test"),
    ],
)
def test_the_host_of_an_address(host: str | None, url: str) -> None:
    assert host == host_of(url)


def _error(chat: LiteLLMChat, mode: Mode, request: ChatRequest = REQUEST) -> ChatError:
    with chat, pytest.raises(ChatError) as caught:
        call_in_mode(chat, request, mode)
    return caught.value

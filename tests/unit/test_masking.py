from typing import Literal

import httpx
import openai
import pytest

from llm_core import AuthenticationError, ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.config import extra_keys
from llm_core.testing import Fails, FakeProvider
from llm_core.transport.masking import masked, sent_keys


@pytest.mark.parametrize(
    "key",
    [
        "sk-planted-0123456789abcdef",
        "sk-ant-api03-" + "a1B2" * 8,
        "sk_live_0123456789abcdef",
        "gsk_0123456789abcdefABCDEF",
        "xai-0123456789abcdefABCDEF",
        "hf_0123456789abcdefABCDEF",
        "pplx-0123456789abcdefABCDEF",
        "AIza" + "SyA0123456789abcdefghijklmnopqrstu",
        "AKIA0123456789ABCDEF",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Incorrect API key provided: {}.", '{{"key": "{}"}}', "?key={}&a=b", "({})"])
def test_what_looks_like_a_key_is_masked(key: str, around: str) -> None:
    seen = masked(around.format(key), ())

    assert key[4:] not in seen
    assert "****" in seen


def test_what_follows_bearer_is_masked() -> None:
    seen = masked('{"authorization": "Bearer 0a1b2c3d4e5f"}', ())

    assert '{"authorization": "Bearer ****"}' == seen


def test_what_was_handed_in_is_masked_whatever_it_looks_like() -> None:
    seen = masked("no access for tea-time and tea-time-at-five", ["tea-time", "tea-time-at-five"])

    assert "no access for **** and ****" == seen


@pytest.mark.parametrize("secret", ["", "a", "abc"])
def test_what_is_too_short_for_a_key_is_left_alone(secret: str) -> None:
    seen = masked("a fine cabcage", [secret])

    assert "a fine cabcage" == seen


@pytest.mark.parametrize("words", ["The task-force api-key is wrong.", "risk-averse", "sk-1", "Bearer token"])
def test_ordinary_words_are_left_alone(words: str) -> None:
    seen = masked(words, ())

    assert words == seen


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Authorization", "Bearer 0a1b2c3d4e5f"),
        ("authorization", "0a1b2c3d4e5f"),
        ("api-key", "0a1b2c3d4e5f"),
        ("x-api-key", "0a1b2c3d4e5f"),
        ("x-goog-api-key", "0a1b2c3d4e5f"),
    ],
)
def test_the_key_that_was_sent_is_known_from_the_request(header: str, told: str) -> None:
    request = httpx.Request("POST", "http://far.test", headers={header: told})
    failures = [httpx.ConnectError("no", request=request), openai.APIConnectionError(request=request)]

    seen = [set(sent_keys([failure])) for failure in failures]

    assert [{"0a1b2c3d4e5f", ""}, {"0a1b2c3d4e5f", ""}] == seen


def test_an_error_without_a_request_knows_no_key() -> None:
    seen = list(sent_keys([httpx.ConnectError("no"), ValueError("no")]))

    assert [] == seen


@pytest.mark.parametrize("shown", ["wooden-spo", "wooden-spoo", "wood"])
def test_a_key_that_was_cut_with_its_text_is_masked_as_well(shown: str) -> None:
    seen = masked(f"the key is {shown}", ["wooden-spoon"])

    assert "the key is ****" == seen


@pytest.mark.call_lane
def test_a_key_of_the_environment_is_masked_beside_a_password_in_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "wooden-spoon")

    with FakeProvider(Fails(status=401, message="no such key: wooden-spoon")) as fake_provider:
        chat = LiteLLMChat("openai/x", api_base=f"{fake_provider.url}/v1".replace("://", "://me:word@"), lane="call")
        with pytest.raises(AuthenticationError) as caught:
            chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert "no such key: ****" in (caught.value.detail or "")


@pytest.mark.parametrize("lane", ["direct", "call"])
def test_a_key_among_the_extra_settings_of_one_request_is_masked(lane: Literal["direct", "call"]) -> None:
    settings = ChatSettings(extra={"search_key": "wooden-spoons"})

    with FakeProvider(Fails(status=401, message="no such key: wooden-spoons")) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1", lane=lane)
        with pytest.raises(AuthenticationError) as caught:
            chat.complete(ChatRequest(messages=[UserMessage("hi")], settings=settings))

    assert "no such key: ****" in (caught.value.detail or "")


def test_a_long_word_among_the_extra_settings_may_be_a_key() -> None:
    extra = {"keys": ["wooden-spoon", "wooden-spoo"], "mode": "fast", "note": "a sentence is no key"}

    seen = list(extra_keys(extra))

    assert ["wooden-spoon"] == seen

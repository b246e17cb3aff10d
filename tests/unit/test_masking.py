import html
import json
import pickle
import re
import time
from base64 import b64encode, urlsafe_b64encode
from typing import Literal
from urllib.parse import quote, quote_plus

import pytest

from llm_core import AuthenticationError, ChatRequest, ChatSettings, ProviderData, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.secret_text import SecretText
from llm_core.testing import Fails, FakeProvider
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.transport.adapter_config import extra_keys
from llm_core.transport.masking import credentials_of, masked


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
def test_text_that_looks_like_an_api_key_is_masked(key: str, around: str) -> None:
    seen = masked(around.format(key), ())

    assert key[4:] not in seen
    assert "****" in seen


def test_a_bearer_token_is_masked() -> None:
    seen = masked('{"authorization": "Bearer 0a1b2c3d4e5f"}', ())

    assert '{"authorization": "Bearer ****"}' == seen


def test_a_given_secret_is_masked_whatever_it_looks_like() -> None:
    seen = masked("no access for tea-time and tea-time-at-five", ["tea-time", "tea-time-at-five"])

    assert "no access for **** and ****" == seen


@pytest.mark.parametrize("secret", ["", "a", "abc"])
def test_a_secret_of_fewer_than_four_characters_is_not_masked(secret: str) -> None:
    seen = masked("a fine cabcage", [secret])

    assert "a fine cabcage" == seen


@pytest.mark.parametrize("text", ["The task-force api-key is wrong.", "risk-averse", "sk-1", "Bearer token"])
def test_ordinary_text_is_not_masked(text: str) -> None:
    seen = masked(text, ())

    assert text == seen


@pytest.mark.parametrize("shown", ["wooden-spo", "wooden-spoo", "wood"])
def test_a_truncated_key_at_the_end_of_the_text_is_masked(shown: str) -> None:
    seen = masked(f"the key is {shown}", ["wooden-spoon"])

    assert "the key is ****" == seen


@pytest.mark.call_lane
def test_a_key_from_the_environment_is_masked_if_the_url_holds_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "wooden-spoon")

    with FakeProvider(Fails(status=401, message="no such key: wooden-spoon")) as fake_provider:
        chat = LiteLLMChat("openai/x", api_base=f"{fake_provider.url}/v1".replace("://", "://me:word@"), lane="call")
        with pytest.raises(AuthenticationError) as caught:
            chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert "no such key: ****" in (caught.value.detail or "")


@pytest.mark.parametrize("lane", ["direct", "call"])
def test_a_key_in_the_extra_settings_of_a_request_is_masked(lane: Literal["direct", "call"]) -> None:
    settings = ChatSettings(extra={"search_key": "wooden-spoons"})

    with FakeProvider(Fails(status=401, message="no such key: wooden-spoons")) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1", lane=lane)
        with pytest.raises(AuthenticationError) as caught:
            chat.complete(ChatRequest(messages=[UserMessage("hi")], settings=settings))

    assert "no such key: ****" in (caught.value.detail or "")


def test_a_key_in_a_server_tool_is_masked() -> None:
    tool = ProviderData(provider="anthropic", value={"type": "web_search_20250305", "token": "wooden-spoons"})
    refusal = Fails(status=401, message="no such key: wooden-spoons")

    with FakeProvider(refusal, AnthropicMessages()) as fake_provider:
        chat = LiteLLMChat("anthropic/claude-sonnet-4-5", api_key="k", api_base=fake_provider.url)
        with pytest.raises(AuthenticationError) as caught:
            chat.complete(ChatRequest(messages=[UserMessage("hi")], server_tools=[tool]))

    assert "no such key: ****" in (caught.value.detail or "")


def test_a_long_string_without_spaces_in_the_extra_settings_counts_as_a_key() -> None:
    extra = {"keys": ["wooden-spoon", "wooden-spoo"], "mode": "fast", "note": "a sentence is not a key"}

    seen = list(extra_keys(extra))

    assert ["wooden-spoon"] == seen


ODD_KEY = "p\"ä/s+s\\w<0>&%'7 end"


@pytest.mark.parametrize(
    "spelled",
    [
        ODD_KEY,
        repr(ODD_KEY),
        ascii(ODD_KEY),
        repr(ODD_KEY.encode()),
        repr(f"{ODD_KEY}\n".encode()),
        quote(ODD_KEY),
        quote(ODD_KEY, safe=""),
        quote(ODD_KEY, safe="").replace("%C3%A4", "%c3%a4").replace("%5C", "%5c").replace("%2F", "%2f").lower(),
        quote_plus(ODD_KEY),
        json.dumps(ODD_KEY),
        json.dumps(ODD_KEY, ensure_ascii=False),
        json.dumps(json.dumps(ODD_KEY)[1:-1]),
        json.dumps(ODD_KEY).replace("/", "\\/"),
        html.escape(ODD_KEY),
        b64encode(ODD_KEY.encode()).decode(),
        b64encode(f":{ODD_KEY}".encode()).decode(),
        b64encode(f"{ODD_KEY}:".encode()).decode().rstrip("="),
        urlsafe_b64encode(ODD_KEY.encode()).decode(),
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
def test_every_spelling_of_a_secret_is_masked(spelled: str, end: str) -> None:
    seen = masked(f"it was <{spelled}> here", [SecretText(ODD_KEY + end)])

    assert re.fullmatch(r"""it was <b?['"]?\*{4}(\\n)?['"]?> here""", seen), seen


@pytest.mark.parametrize(
    ("secrets", "value"),
    [
        ({"Bearer the-key-1", "the-key-1"}, "Bearer the-key-1"),
        ({"the-key-1"}, "the-key-1"),
        ({"Basic bWU6d29yZA==", "bWU6d29yZA==", "me:word", "word"}, "Basic bWU6d29yZA=="),
        ({"basic !", "!"}, "basic !"),
        ({"Basic /w==", "/w=="}, "Basic /w=="),
    ],
)
def test_the_secrets_in_a_header_are_its_value_and_the_parts_of_it(secrets: set[str], value: str) -> None:
    assert secrets == set(credentials_of(value))


@pytest.mark.parametrize("secret", [SecretText("the-key-of-a-test"), SecretText("x" * 200)])
def test_a_secret_text_is_shown_masked_whole_or_in_part(secret: SecretText) -> None:
    shown = [repr(secret), f"{secret!r}", repr(secret[:80]), repr([secret]), repr(pickle.loads(pickle.dumps(secret)))]  # noqa: S301 -- our own bytes

    assert ["****", "****", "****", "[****]", "****"] == shown
    assert ("the-key" in str(secret)) is (len(secret) < 100)


def test_masking_is_linear_in_the_lengths_of_text_and_secret() -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        masked("ab" * size, ["ab" * size + "c"])
        return time.process_time() - start

    assert 16 * max(seconds(1_000), 0.002) > seconds(4_000)


@pytest.mark.parametrize(("length", "keys"), [(11, 0), (12, 1), (10_000, 1), (10_001, 0)])
def test_a_text_as_long_as_a_file_is_no_key(length: int, keys: int) -> None:
    assert keys == len(list(extra_keys({"a": "x" * length})))

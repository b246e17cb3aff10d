"""Tests of AdapterConfig: what an adapter's arguments may be, and which of them are secrets."""

import pytest

from llm_core import AuthenticationError, ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import FakeProvider, Replies
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.wires.model_rules import SETTINGS

KEY = "the-key-of-a-test"


@pytest.mark.parametrize("name", ["Host", "host", "Content-Length", "content-LENGTH", "Transfer-Encoding"])
@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
def test_a_header_that_the_transport_sets_is_refused(adapter: type[DirectChat | LiteLLMChat], name: str) -> None:
    with pytest.raises(ValueError, match=rf"^headers\.{name}: the transport sets it$"):
        adapter("openai/x", headers={name: "1"})


@pytest.mark.parametrize("value", ["a\r\nHost: b", "a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7f"])
def test_a_header_with_a_line_break_or_a_control_character_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^headers\.X-Team: must not hold line breaks or control characters$"):
        AdapterConfig(model="openai/x", headers={"X-Team": value})


@pytest.mark.parametrize("name", ["", "X Team", "X-Team:", "X-Team\r\nHost", "X-Täam", "X-Team\x00", "(x)"])
def test_a_name_that_no_header_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^headers\..*: not the name of a header$"):
        AdapterConfig(model="openai/x", headers={name: "blue"})


def test_a_header_may_hold_tabs_and_text_beyond_ascii() -> None:
    headers = {"X-Team": "blue\tgreen", "x_note": "Grüße"}

    assert headers == AdapterConfig(model="openai/x", headers=headers).headers


def test_a_long_name_of_a_header_is_shown_shortened() -> None:
    with pytest.raises(ValueError, match=r"^headers\.'x{39} ': not the name of a header$"):
        AdapterConfig(model="openai/x", headers={"x" * 39 + " " + "y" * 1000: "blue"})


@pytest.mark.parametrize("name", ["temprature", "timeout", "extra"])
def test_a_supported_setting_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^supported_settings: '{name}' is not a setting; the settings are .*seed"):
        AdapterConfig(model="openai/x", supported_settings=["seed", name])


def test_supported_settings_may_be_any_collection_of_settings() -> None:
    given = [None, [], ("seed", "stop"), sorted(SETTINGS)]

    seen = [AdapterConfig(model="openai/x", supported_settings=names).supported_settings for names in given]

    assert [None, frozenset(), frozenset({"seed", "stop"}), SETTINGS] == seen


@pytest.mark.parametrize("key", [7, b"key", ["key"]])
def test_a_key_that_is_neither_text_nor_a_function_is_refused(key: object) -> None:
    with pytest.raises(ValueError, match=r"^api_key: expected str or a function that returns one, got \w+$"):
        AdapterConfig(model="openai/x", api_key=key)  # type: ignore[arg-type]  # an invalid argument


def test_a_function_as_key_is_shown_masked_and_is_no_secret_itself() -> None:
    config = AdapterConfig(model="openai/x", api_key=lambda: KEY)

    assert "api_key=****," in repr(config)
    assert () == config.secrets


def test_every_value_that_may_be_a_key_is_a_secret() -> None:
    config = AdapterConfig(
        model="openai/x",
        api_key="key-1",
        api_base="https://me:key-2@host/v1?key=key-3",
        headers={"Authorization": "Bearer key-4"},
        provider_options={"vertex": {"keys": ["key-5"]}, "tries": 3},
        settings=ChatSettings(extra={"search": {"key": "key-6-long-enough"}, "mode": "fast"}),
    )

    expected = {"key-1", "key-2", "key-3", "Bearer key-4", "key-4", "key-5", "key-6-long-enough"}
    assert expected <= set(config.secrets)
    assert "fast" not in config.secrets
    assert not [secret for secret in expected if secret in repr(config)]


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (True, "Authorization"),
        (True, "authorization"),
        (True, "X-API-Key"),
        (True, "api-KEY"),
        (True, "x-goog-api-key"),
        (False, "X-Team"),
    ],
)
def test_a_credential_is_a_header_of_certain_names_in_any_case(*, expected: bool, name: str) -> None:
    assert expected is AdapterConfig(model="openai/x", headers={name: "k"}).has_credential


def test_changing_what_was_given_does_not_change_the_config() -> None:
    headers, options, names = {"X-Team": "blue"}, {"api_version": "1"}, {"seed"}
    config = AdapterConfig(model="openai/x", headers=headers, provider_options=options, supported_settings=names)

    headers["X-Team"], options["api_version"] = "red", "2"
    names.add("stop")

    assert ({"X-Team": "blue"}, {"api_version": "1"}) == (config.headers, config.provider_options)
    assert frozenset({"seed"}) == config.supported_settings


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\ufeff{}\n", "{}\u200b", "\t{} "])
@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
def test_white_space_around_a_key_an_address_and_a_header_is_left_out_with_one_warning_each(
    adapter: type[DirectChat | LiteLLMChat], around: str, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeProvider(Replies()) as fake_provider:
        base = around.format(f"{fake_provider.url}/v1")
        chat = adapter("openai/x", api_key=around.format(KEY), api_base=base, headers={"x-a": around.format("b")})
        chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert f"Bearer {KEY}" == fake_provider.recorder.requests[-1].headers["authorization"]
    assert "b" == fake_provider.recorder.requests[-1].headers["x-a"]
    names = ("api_key", "api_base", "headers.x-a")
    assert [f"{name}: the white space around it is not sent" for name in names] == caplog.messages


@pytest.mark.parametrize("key", ["the\nkey", "the\0key", "the-key\x1b[0m", "\x7fthe-key", "the\ud800key"])
@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
def test_a_key_with_a_control_character_is_refused_and_not_shown(
    adapter: type[DirectChat | LiteLLMChat], key: str
) -> None:
    with pytest.raises(ValueError, match=r"^api_key: must not hold line breaks or control characters$"):
        adapter("openai/x", api_key=key)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "the function api_key"])
def test_a_key_of_the_environment_or_a_function_is_trimmed_with_one_warning(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    api_key = None if name == "OPENAI_API_KEY" else lambda: f"{KEY}\n"
    with FakeProvider(Replies()) as fake_provider:
        chat = DirectChat("openai/x", api_key=api_key, api_base=f"{fake_provider.url}/v1")
        for _ in range(2):
            chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert f"Bearer {KEY}" == fake_provider.recorder.requests[-1].headers["authorization"]
    assert [f"{name}: the white space around it is not sent"] == caplog.messages


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "the function api_key"])
@pytest.mark.parametrize("key", ["the\nkey", "the\x1bkey"])
def test_a_key_of_the_environment_or_a_function_with_a_control_character_is_refused_by_name(
    key: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    chat = DirectChat("openai/x", api_key=None if name == "OPENAI_API_KEY" else lambda: key)

    with pytest.raises(AuthenticationError) as caught:
        chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert f"{name}: the key must not hold line breaks or control characters" == caught.value.detail


@pytest.mark.call_lane
def test_a_key_of_the_environment_is_trimmed_on_the_call_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    with FakeProvider(Replies()) as fake_provider:
        chat = LiteLLMChat("openai/x", api_base=f"{fake_provider.url}/v1", lane="call")
        chat.complete(ChatRequest(messages=[UserMessage("hi")]))

    assert f"Bearer {KEY}" == fake_provider.recorder.requests[-1].headers["authorization"]


@pytest.mark.parametrize("key", [" ", "\n"])
def test_a_key_of_white_space_alone_is_none(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)

    with pytest.raises(AuthenticationError, match="none was given"):
        DirectChat("openai/x", api_key=key).complete(ChatRequest(messages=[UserMessage("hi")]))

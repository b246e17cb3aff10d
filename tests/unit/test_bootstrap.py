"""Tests of the chat that the environment chooses."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint

import attrs
import pytest

from llm_core import (
    ChatPort,
    ChatRequest,
    ChatSettings,
    ConfigurationError,
    ManagedChatPort,
    UnsupportedFeatureError,
    UserMessage,
    chat_from_env,
    from_sync,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.bootstrap import chat_from_settings, effective_lane, effective_wire
from llm_core.env_settings import VARIABLES, Settings
from llm_core.testing import FakeProvider, Replies

from .provider_environment import unset_all

REQUEST = ChatRequest(messages=[UserMessage("hello")])
MANAGED = InMemoryChat.echo()


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def make_managed() -> ChatPort:
    return MANAGED


def make_plain() -> ChatPort:
    return from_sync(MANAGED)


def make_text() -> str:
    return "not a chat"


def make_unconfigured() -> ChatPort:
    raise ConfigurationError("ACME_KEY: not set")


def make_broken() -> ChatPort:
    raise KeyError("sk-secret")


def installed(*names: str) -> Iterable[EntryPoint]:
    return [EntryPoint(name, f"{__name__}:make_{name}", "llm_core.adapters") for name in names]


def chosen(name: str) -> ManagedChatPort:
    return chat_from_settings(Settings(adapter=name), installed=lambda: installed("zebra", name))


def test_the_adapter_memory_is_an_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "memory")

    with chat_from_env() as chat:
        seen = chat.complete(REQUEST)

    assert "hello" == seen.text


@pytest.mark.parametrize(("prefix", "name"), [("LITELLM", ""), ("LITELLM", "litellm"), ("DIRECT", "direct")])
def test_without_a_model_the_error_shows_what_to_set(prefix: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", name)
    other = "DIRECT_CHAT_MODEL" if prefix == "LITELLM" else "LITELLM_CHAT_MODEL"
    monkeypatch.setenv(other, "openai/x" if name else "")  # without a name, the adapter whose model is set is chosen

    with pytest.raises(ConfigurationError) as raised:
        chat_from_env()

    assert str(raised.value) == (
        f"{prefix}_CHAT_MODEL: no model is set; for example: "
        f"export {prefix}_CHAT_MODEL=openai/gpt-5-mini OPENAI_API_KEY=..."
    )


def test_the_adapter_direct_is_configured_by_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    from llm_core.adapters.direct import DirectChat

    with FakeProvider(Replies()) as fake_provider:
        values = {
            "CHAT_MODEL": "openai/gpt-5-mini",
            "API_KEY": "sk-secret",
            "API_BASE": f"{fake_provider.url}/v1",
            "MAX_TOKENS": "7",
            "UNSUPPORTED": "error",
        }
        monkeypatch.setenv("DEFAULT_LLM", "direct")
        for name, value in values.items():
            monkeypatch.setenv(f"DIRECT_{name}", value)
        with chat_from_env() as chat:
            chat.complete(REQUEST)
            with pytest.raises(UnsupportedFeatureError):
                chat.complete(attrs.evolve(REQUEST, settings=ChatSettings(stop="END")))

    (request,) = fake_provider.recorder.requests
    assert isinstance(chat, DirectChat)
    assert "sk-secret" not in repr(chat)
    assert "Bearer sk-secret" == request.headers["authorization"]
    assert ("gpt-5-mini", 7) == (fake_provider.recorder.last.model, fake_provider.recorder.last.settings.max_tokens)


def test_the_adapter_direct_has_no_lane() -> None:
    assert None is effective_lane(Settings(adapter="direct", model="openai/x"))
    assert "direct: openai has a profile" == effective_lane(Settings(adapter="litellm", model="openai/x"))


@pytest.mark.parametrize("adapter", ["direct", "litellm"])
@pytest.mark.parametrize(
    ("model", "wire"),
    [
        ("openai/gpt-5-pro", "openai_responses: the model is served by the Responses API alone"),
        ("openai/x", "openai_chat: the usual one of this provider"),
        ("gemini/x", "gemini"),
        ("nobody/x", None),
        (None, None),
    ],
)
def test_the_wire_of_the_model_is_known_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, adapter: str, model: str | None, wire: str | None
) -> None:
    unset_all(monkeypatch)

    assert wire == effective_wire(Settings(adapter=adapter, model=model))


def test_other_adapters_have_no_wire() -> None:
    assert None is effective_wire(Settings(adapter="memory", model="openai/x"))


def test_a_model_alone_selects_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    from llm_core.adapters.litellm import LiteLLMChat

    monkeypatch.setenv("LITELLM_CHAT_MODEL", "openai/x")
    monkeypatch.setenv("LITELLM_API_KEY", "sk-secret")

    with chat_from_env() as chat:
        seen = chat

    assert isinstance(seen, LiteLLMChat)
    assert "sk-secret" not in repr(seen)


def test_an_installed_adapter_that_is_managed_is_returned_unchanged() -> None:
    seen = chosen("managed")

    assert MANAGED is seen


def test_an_installed_adapter_that_is_plain_becomes_managed() -> None:
    with chosen("plain") as chat:
        seen = chat.complete(REQUEST)

    assert "hello" == seen.text


def test_an_unknown_adapter_is_an_error_that_lists_the_installed_ones() -> None:
    with pytest.raises(ConfigurationError) as raised:
        chat_from_settings(Settings(adapter="acme"), installed=lambda: installed("zebra", "plain"))

    assert "DEFAULT_LLM: no adapter named 'acme'; installed: litellm, direct, memory, plain, zebra" == str(raised.value)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("broken", "could not be created (KeyError)"),
        ("missing", "could not be created (AttributeError)"),
        ("text", "returned a str, which is not a ChatPort"),
    ],
)
def test_an_adapter_that_fails_is_named_without_its_message(name: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        chosen(name)

    assert f"DEFAULT_LLM: the adapter '{name}' from {__name__}:make_{name} {problem}" == str(raised.value)
    assert (None, None) == (raised.value.__cause__, raised.value.__context__)


def test_a_configuration_error_of_the_adapter_is_raised_unchanged() -> None:
    with pytest.raises(ConfigurationError, match=r"^ACME_KEY: not set$"):
        chosen("unconfigured")


def test_installed_adapters_are_found_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "acme")

    with pytest.raises(
        ConfigurationError, match=r"^DEFAULT_LLM: no adapter named 'acme'; installed: litellm, direct, memory"
    ):
        chat_from_env()


def test_an_installed_adapter_cannot_replace_a_built_in_one() -> None:
    seen = chat_from_settings(Settings(adapter="memory"), installed=lambda: installed("memory"))

    assert isinstance(seen, InMemoryChat)

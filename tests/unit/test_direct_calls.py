"""Tests of DirectCalls: what of a request's settings is sent, and how what is left out is reported."""

import json
import logging
import sys

import pytest

from llm_core import ChatRequest, ChatSettings, ConfigurationError, Message, Tool, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import InvalidRequestError, ModelNotFoundError, UnsupportedFeatureError
from llm_core.testing import FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls

from .provider_environment import unset_all

HI: list[Message] = [UserMessage("hi")]
MODEL = "openai/gpt-5-mini"  # does not accept `stop`, nor a temperature other than 1
SETTINGS = ChatSettings(temperature=0.2, stop="END", seed=7)
REQUEST = ChatRequest(messages=HI, settings=SETTINGS)
TOOL = Tool(name="look", description="Looks.", parameters={"type": "object"})


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "llm_core"]


@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
@pytest.mark.parametrize("mode", EVERY)
def test_what_the_model_does_not_accept_is_left_out_and_named(
    mode: Mode, adapter: type[DirectChat | LiteLLMChat]
) -> None:
    with (
        FakeProvider(Replies()) as fake_provider,
        adapter(MODEL, api_key="k", api_base=f"{fake_provider.url}/v1") as chat,
    ):
        seen = call_in_mode(chat, REQUEST, mode)

    assert ("temperature", "stop") == seen.ignored_settings
    assert ChatSettings(seed=7) == fake_provider.recorder.last.settings


def test_a_setting_that_is_left_out_is_logged_once_for_each_model_and_setting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = DirectCalls(AdapterConfig(model=MODEL, api_key="k"))
    stop = ChatRequest(messages=HI, settings=ChatSettings(stop="END"))
    other = ChatRequest(messages=HI, settings=ChatSettings(stop="END"), model="openai/o3")

    for request in (stop, stop, REQUEST, REQUEST, other, other):
        calls.attempt(request)

    assert [
        "openai/gpt-5-mini does not accept the setting stop: it is not sent",
        "openai/gpt-5-mini does not accept the setting temperature: it is not sent",
        "openai/o3 does not accept the setting stop: it is not sent",
    ] == warnings_of(caplog)
    assert {logging.WARNING} == {record.levelno for record in caplog.records}


def test_nothing_is_logged_where_everything_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    attempt = DirectCalls(AdapterConfig(model="openai/gpt-4o", api_key="k")).attempt(REQUEST)

    assert ([], ()) == (warnings_of(caplog), attempt.ignored)


@pytest.mark.parametrize("mode", EVERY)
def test_a_setting_may_be_refused_instead(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    with FakeProvider(Replies()) as fake_provider:
        chat = DirectChat(MODEL, api_key="k", api_base=f"{fake_provider.url}/v1", unsupported="error")
        with chat, pytest.raises(UnsupportedFeatureError) as caught:
            call_in_mode(chat, REQUEST, mode)

    assert ("settings.temperature", MODEL, 0) == (
        caught.value.feature,
        caught.value.model,
        fake_provider.recorder.count,
    )
    assert [] == warnings_of(caplog)


@pytest.mark.parametrize(
    ("supported", "ignored"),
    [
        (None, ("temperature", "stop")),
        (["temperature", "stop", "seed"], ()),
        (["seed"], ("temperature", "stop")),
        ([], ("temperature", "stop", "seed")),
    ],
)
def test_supported_settings_take_the_place_of_the_rules(supported: list[str] | None, ignored: tuple[str, ...]) -> None:
    calls = DirectCalls(AdapterConfig(model=MODEL, api_key="k", supported_settings=supported))

    assert ignored == calls.attempt(REQUEST).ignored


def test_parallel_tool_calls_are_ignored_without_tools_even_if_they_are_supported() -> None:
    calls = DirectCalls(AdapterConfig(model=MODEL, api_key="k", supported_settings=["parallel_tool_calls"]))
    settings = ChatSettings(parallel_tool_calls=False)

    seen = [calls.attempt(ChatRequest(messages=HI, tools=tools, settings=settings)).ignored for tools in ([], [TOOL])]

    assert [("parallel_tool_calls",), ()] == seen


def test_the_settings_of_the_adapter_are_defaults() -> None:
    config = AdapterConfig(
        model="openai/gpt-4o",
        api_key="k",
        settings=ChatSettings(seed=1, max_tokens=9, timeout=3, extra={"a": {"b": 1, "c": 2}}),
    )
    request = ChatRequest(messages=HI, settings=ChatSettings(seed=2, extra={"a": {"b": 3}}))

    attempt = DirectCalls(config).attempt(request)

    body = json.loads(attempt.encode(stream=False).content)
    assert 3 == attempt.timeout
    assert (2, 9, {"b": 3, "c": 2}) == (body["seed"], body["max_tokens"], body["a"])


def test_the_timeout_is_two_minutes_unless_it_is_set() -> None:
    calls = DirectCalls(AdapterConfig(model="openai/gpt-4o", api_key="k"))
    patient = ChatRequest(messages=HI, settings=ChatSettings(timeout=500))

    assert [120, 500] == [calls.attempt(request).timeout for request in (ChatRequest(messages=HI), patient)]


def test_the_endpoint_of_a_model_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "first")
    calls = DirectCalls(AdapterConfig(model="openai/gpt-4o"))
    calls.attempt(REQUEST)
    monkeypatch.setenv("OPENAI_API_KEY", "second")

    seen = calls.attempt(REQUEST).encode(stream=False).headers["Authorization"]

    assert "Bearer first" == seen


class _Fails:
    def __str__(self) -> str:
        raise RuntimeError("no text of mine: wooden-spoon-of-the-header")


def test_an_unexpected_failure_before_sending_is_an_invalid_request() -> None:
    config = AdapterConfig(
        model="azure/x",
        api_key="wooden-spoon-of-the-header",
        api_base="http://h",
        provider_options={"api_version": _Fails()},
    )

    with pytest.raises(InvalidRequestError) as caught:
        DirectCalls(config).attempt(REQUEST)

    error = caught.value
    assert ("no text of mine: ****", "azure", "azure/x") == (error.detail, error.provider, error.model)
    assert (None, "builtins.RuntimeError") == (error.__context__, str(error.__cause__))


@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
def test_a_description_needs_no_key_and_no_address(
    adapter: type[DirectChat | LiteLLMChat], monkeypatch: pytest.MonkeyPatch
) -> None:
    unset_all(monkeypatch)

    seen = adapter("hosted_vllm/m", supported_settings=["seed"]).describe()

    assert ("hosted_vllm", "m", frozenset({"seed"})) == (seen.provider, seen.model, seen.settings)


@pytest.mark.parametrize(("model", "stop"), [("openai/gpt-5-mini", False), ("openai/gpt-4o", True)])
def test_a_description_has_the_settings_of_the_rules(model: str, *, stop: bool) -> None:
    assert stop == ("stop" in (DirectChat(model).describe().settings or ()))


def test_a_description_of_an_unknown_provider_is_not_found() -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        DirectChat("acme/m").describe()

    assert ("acme", "acme/m", None) == (caught.value.provider, caught.value.model, caught.value.__context__)
    assert "unknown provider: name the model as in 'openai/gpt-5-mini'" == caught.value.detail


def test_a_missing_library_is_a_configuration_error_with_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)

    with pytest.raises(ConfigurationError, match=r"^msgspec is not installed: pip install 'llm-core\[direct\]'$"):
        DirectChat("openai/x")

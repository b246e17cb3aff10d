"""Tests of LiteLLMChat on both lanes: what reaches the provider, and what is refused."""

import asyncio
import json
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import (
    ChatRequest,
    ChatResponse,
    ChatSettings,
    JsonOutput,
    ManagedChatPort,
    Tool,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import (
    AuthenticationError,
    ModelNotFoundError,
    ServerError,
    UnsupportedFeatureError,
)
from llm_core.testing import Fails, FakeProvider, RecordedRequest, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.transport.adapter_config import AdapterConfig

KEY = "sk-planted-0123456789abcdef"
Lane: TypeAlias = Literal["direct", "call"]
REQUEST = ChatRequest(messages=[UserMessage("hi")])


class AnyWire(OpenAIChat):
    """A fake provider that accepts any request, in any wire format."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        assert request.body
        return REQUEST


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return each lane in turn."""
    return cast(Lane, request.param)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def chat(
    lane: Literal["auto", "direct", "call"],
    fake_provider: FakeProvider,
    model: str = "openai/fake-provider-1",
    *,
    api_key: str | None = KEY,
    headers: Mapping[str, str] | None = None,
    provider_options: Mapping[str, object] | None = None,
    unsupported: Literal["drop", "error"] = "drop",
    path: str = "/v1",
) -> LiteLLMChat:
    return LiteLLMChat(
        model,
        api_key=api_key,
        api_base=f"{fake_provider.url}{path}",
        headers=headers,
        provider_options=provider_options,
        unsupported=unsupported,
        lane=lane,
    )


def body(recorder: Recorder) -> dict[str, object]:
    (request,) = recorder.requests
    fields = json.loads(request.body)
    assert isinstance(fields, dict)
    return fields


def test_extra_settings_reach_the_body(recorder: Recorder, lane: Lane) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(extra={"note": {"a": [1, None]}}))

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        chat(lane, fake_provider).complete(request)

    assert {"a": [1, None]} == body(recorder)["note"]


@pytest.mark.parametrize("choice", ["auto", "required"])
def test_tools_and_tool_choice_and_output_format_reach_the_body(
    choice: Literal["auto", "required"], recorder: Recorder, lane: Lane
) -> None:
    tool = Tool(name="now", description="The time.", parameters={"type": "object"})
    request = ChatRequest(messages=[UserMessage("hi")], tools=[tool], tool_choice=choice, output=JsonOutput())

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        chat(lane, fake_provider).complete(request)

    (seen,) = recorder.seen
    assert ((tool,), choice, JsonOutput()) == (seen.tools, seen.tool_choice, seen.output)
    assert (choice == "required") == ("tool_choice" in body(recorder))


@pytest.mark.call_lane
def test_headers_and_provider_options_reach_the_request(recorder: Recorder) -> None:
    headers, options = {"x-team": "blue"}, {"organization": "org-1"}

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        chat("call", fake_provider, headers=headers, provider_options=options).complete(REQUEST)

    (request,) = recorder.requests
    assert ("blue", "org-1") == (request.headers["x-team"], request.headers["openai-organization"])
    assert f"Bearer {KEY}" == request.headers["authorization"]


def test_the_api_version_is_in_the_url(recorder: Recorder, lane: Lane) -> None:
    with FakeProvider(Replies(), AnyWire(), recorder) as fake_provider:
        chat(lane, fake_provider, "azure/mine", provider_options={"api_version": "2024-10-21"}, path="").complete(
            REQUEST
        )

    (request,) = recorder.requests
    assert "/openai/deployments/mine/chat/completions?api-version=2024-10-21" == request.path


def test_changing_the_callers_headers_later_has_no_effect(recorder: Recorder, lane: Lane) -> None:
    headers = {"x-team": "blue"}

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        adapter = chat(lane, fake_provider, headers=headers)
        headers["x-team"] = "red"
        adapter.complete(REQUEST)

    assert "blue" == recorder.requests[0].headers["x-team"]


@pytest.mark.parametrize("mode", EVERY)
def test_a_missing_key_is_an_error_before_anything_is_sent(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, lane: Lane
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider, pytest.raises(AuthenticationError):
        call_in_mode(chat(lane, fake_provider, api_key=None), REQUEST, mode)

    assert 0 == recorder.count


def test_the_key_is_read_from_the_providers_variable(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, lane: Lane
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        chat(lane, fake_provider, api_key=None).complete(REQUEST)

    assert "Bearer sk-of-the-environment" == recorder.requests[0].headers["authorization"]


@pytest.mark.parametrize("mode", EVERY)
def test_an_unsupported_setting_is_omitted_and_reported_as_ignored(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    settings = ChatSettings(stop="END", top_p=0.5, seed=7)
    request = ChatRequest(messages=[UserMessage("hi")], settings=settings)

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        seen = call_in_mode(chat(lane, fake_provider, "openai/gpt-5-mini"), request, mode)

    assert ["stop", "top_p"] == sorted(seen.ignored_settings)
    assert ChatSettings(seed=7) == recorder.seen[0].settings


@pytest.mark.parametrize("mode", EVERY)
def test_an_unsupported_setting_is_an_error_if_configured(mode: Mode, recorder: Recorder, lane: Lane) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(stop="END", seed=7))

    with (
        FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider,
        pytest.raises(UnsupportedFeatureError) as caught,
    ):
        call_in_mode(chat(lane, fake_provider, "openai/gpt-5-mini", unsupported="error"), request, mode)

    assert ("settings.stop", 0) == (caught.value.feature, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
def test_a_value_that_litellm_refuses_is_an_error_before_anything_is_sent(
    mode: Mode, recorder: Recorder, lane: Lane
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.2))

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider, pytest.raises(UnsupportedFeatureError):
        call_in_mode(chat(lane, fake_provider, "openai/gpt-5-mini", unsupported="error"), request, mode)

    assert 0 == recorder.count


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("lane", ["auto", "call"])  # the direct lane cannot know which prefixes LiteLLM knows
def test_an_unknown_model_prefix_is_not_found(
    mode: Mode, recorder: Recorder, capfd: pytest.CaptureFixture[str], lane: Literal["auto", "call"]
) -> None:
    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider, pytest.raises(ModelNotFoundError) as caught:
        call_in_mode(chat(lane, fake_provider, "unknown/x"), REQUEST, mode)

    assert ("unknown", "unknown/x", 0) == (caught.value.provider, caught.value.model, recorder.count)
    assert ("", "") == capfd.readouterr()


def test_the_provider_of_a_model_without_a_prefix_is_found_by_its_name(recorder: Recorder, lane: Lane) -> None:
    with FakeProvider(Fails(status=500), OpenAIChat(), recorder) as fake_provider, pytest.raises(ServerError) as caught:
        chat(lane, fake_provider, "gpt-4o").complete(REQUEST)

    assert ("openai", "gpt-4o") == (caught.value.provider, caught.value.model)
    assert "gpt-4o" == recorder.seen[0].model


def test_the_settings_of_the_adapter_are_defaults_for_every_request(recorder: Recorder) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(seed=8))

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        settings = ChatSettings(seed=7, max_tokens=9)
        LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", settings=settings).complete(request)

    assert ChatSettings(seed=8, max_tokens=9) == recorder.seen[0].settings


def test_no_repr_shows_a_key() -> None:
    config = AdapterConfig(model="openai/x", api_key=KEY, headers={"x-key": KEY}, provider_options={"vertex_key": KEY})
    adapter = LiteLLMChat("openai/x", api_key=KEY, headers={"x-key": KEY}, provider_options={"vertex_key": KEY})

    seen = [repr(config), str(config), repr(adapter), str(adapter)]

    assert not [text for text in seen if KEY in text]
    assert "api_key=****, " in repr(adapter)
    assert "api_key=None, " in repr(LiteLLMChat("openai/x"))


@pytest.mark.parametrize(
    "key",
    [
        *("model", "messages", "tools", "stream", "api_key", "api_base", "base_url", "timeout", "extra_headers"),
        *("headers", "max_retries", "num_retries", "fallbacks", "mock_response", "drop_params", "client", "n"),
        *("temperature", "stop", "seed", "extra", "max_completion_tokens", "functions"),
    ],
)
def test_a_provider_option_that_the_adapter_sets_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=rf"^provider_options\.{key}: the adapter sets it$"):
        LiteLLMChat("openai/x", provider_options={key: 1})


def test_an_empty_model_and_headers_that_are_not_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^model: must not be empty$"):
        LiteLLMChat("")
    with pytest.raises(ValueError, match=r"^headers\.x-team: expected str, got int$"):
        LiteLLMChat("openai/x", headers={"x-team": 1})  # type: ignore[dict-item]  # an invalid argument


def test_invalid_choices_and_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^lane: must be one of auto, direct, call, got"):
        LiteLLMChat("openai/x", lane="drect")  # type: ignore[arg-type]  # an invalid argument
    with pytest.raises(ValueError, match=r"^unsupported: must be one of drop, error, got"):
        LiteLLMChat("openai/x", unsupported="eror")  # type: ignore[arg-type]  # an invalid argument
    with pytest.raises(ValueError, match=r"^settings: expected ChatSettings, got dict$"):
        LiteLLMChat("openai/x", settings={"temperature": 1})  # type: ignore[arg-type]  # an invalid argument


def test_a_closed_adapter_can_be_called_again(recorder: Recorder, lane: Lane) -> None:
    async def close_and_call(adapter: ManagedChatPort) -> ChatResponse:
        async with adapter as entered:
            await entered.aclose()
            return await entered.acomplete(REQUEST)

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider:
        with chat(lane, fake_provider) as adapter:
            adapter.close()
            adapter.complete(REQUEST)
        seen = asyncio.run(close_and_call(adapter))

    assert ("Hello.", 2) == (seen.text, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_the_call_lane_refuses_a_value_that_litellm_refuses(mode: Mode, recorder: Recorder) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.2))

    with FakeProvider(Replies(), OpenAIChat(), recorder) as fake_provider, pytest.raises(UnsupportedFeatureError):
        call_in_mode(chat("call", fake_provider, "openai/gpt-5-mini"), request, mode)

    assert 0 == recorder.count

"""Tests of the lane that a model uses and the reason for it, and of the calls to a LiteLLM Router."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Awaitable

import pytest
from llm_core.adapters.litellm.configs import find_config, get_secret

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.completion_call import CompletionCall
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.routing import LaneRouter, Route, route_of
from llm_core.domain.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidRequestError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from llm_core.providers.registry import DIRECT
from llm_core.testing import FakeProvider, Recorder, Refuses, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.attempt import Attempt
from llm_core.transport.transports import Transports

KEY = "sk-planted-0123456789abcdef"
REQUEST = ChatRequest(messages=[UserMessage("hi")])
DIRECT_REASON = "is in the direct table"


class StubRouter:
    """Returns mock responses, and records the keywords of each call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, object]] = []

    def completion(self, **keywords: object) -> object:
        self.calls.append(keywords)
        return litellm().completion(**{**keywords, "mock_response": "From the router."})

    def acompletion(self, **keywords: object) -> Awaitable[object]:
        self.calls.append(keywords)
        return litellm().acompletion(**{**keywords, "mock_response": "From the router."})

    def get_model_list(self, model_name: str | None = None) -> list[dict[str, object]]:
        return [{"model_name": model_name, "litellm_params": {}}]  # without the parameters of the deployment


def make_router(model: str, **fields: object) -> LaneRouter:
    return LaneRouter(AdapterConfig(**{"model": model, "api_key": KEY, **fields}), Transports())  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize("provider", DIRECT)
def test_a_provider_in_the_direct_table_uses_the_direct_lane(provider: str) -> None:
    seen = route_of(find_model_info(f"{provider}/x", None), AdapterConfig(model=f"{provider}/x"))

    assert Route("direct", f"{provider} is in the direct table") == seen


@pytest.mark.parametrize(
    ("reason", "config"),
    [
        ("lane='call' is set", AdapterConfig(model="openai/x", lane="call")),
        ("a Router is set", AdapterConfig(model="openai/x", router=StubRouter())),
        (
            "provider_options: organization is for LiteLLM's own call",
            AdapterConfig(model="openai/x", provider_options={"organization": "o"}),
        ),
        (
            "provider_options: api_version is for LiteLLM's own call",
            AdapterConfig(model="openai/x", provider_options={"api_version": "o"}),
        ),
        ("bedrock is not in the direct table", AdapterConfig(model="bedrock/anthropic.claude-3")),
    ],
)
def test_any_other_model_uses_the_call_lane_with_the_reason(reason: str, config: AdapterConfig) -> None:
    seen = route_of(find_model_info(config.model, None), config)

    assert Route("call", reason) == seen
    assert f"call: {reason}" == str(seen)


def test_azures_api_version_does_not_prevent_the_direct_lane() -> None:
    config = AdapterConfig(model="azure/x", provider_options={"api_version": "2024-10-21"})

    assert "direct" == route_of(find_model_info("azure/x", None), config).lane


def test_the_adapter_returns_its_route() -> None:
    seen = [LiteLLMChat("openai/x").route(), LiteLLMChat("bedrock/x", api_key=KEY).route()]

    assert ["direct: openai is in the direct table", "call: bedrock is not in the direct table"] == seen


@pytest.mark.parametrize("provider", ["acme", "openai_like_of_tomorrow", ""])
def test_a_provider_that_litellm_does_not_know_has_no_config(provider: str) -> None:
    assert find_config(provider, "x") is None


def test_a_provider_without_chat_models_has_no_config() -> None:
    assert find_config("deepgram", "x") is None


def test_an_impossible_direct_lane_is_refused_before_anything_is_sent() -> None:
    recorder = Recorder()
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = LiteLLMChat("groq_like/x", api_base=fake_provider.url, lane="direct")
        with pytest.raises(ModelNotFoundError):
            chat.complete(REQUEST)
        with pytest.raises(UnsupportedFeatureError) as caught:
            LiteLLMChat("bedrock/x", api_base=fake_provider.url, lane="direct").complete(REQUEST)

    assert ("lane='direct'", "bedrock is not in the direct table") == (caught.value.feature, caught.value.detail)
    assert ("bedrock", "bedrock/x", 0) == (caught.value.provider, caught.value.model, recorder.count)


def test_the_attempt_is_of_the_configured_lane() -> None:
    seen = [type(make_router("openai/x", lane=lane).attempt(REQUEST)) for lane in ("auto", "direct", "call")]

    assert [Attempt, Attempt, CompletionCall] == seen


def test_the_lane_is_chosen_for_each_model() -> None:
    router = make_router("openai/x", provider_options={"api_version": "2024-10-21"}, api_base="http://b.test")
    azure = ChatRequest(messages=[UserMessage("hi")], model="azure/x")

    seen = [type(router.attempt(request)) for request in (REQUEST, azure, REQUEST, azure)]

    assert [CompletionCall, Attempt] * 2 == seen


def test_the_reason_for_the_call_lane_is_logged_once_for_a_provider_in_the_direct_table(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="llm_core.adapters.litellm")
    router = make_router("openai/x", provider_options={"organization": "o"})

    for _ in range(3):
        router.attempt(REQUEST)
    make_router("bedrock/x").attempt(REQUEST)

    messages = [record.getMessage() for record in caplog.records if record.name == "llm_core.adapters.litellm"]
    assert ["openai/x takes LiteLLM's own call: provider_options: organization is for LiteLLM's own call"] == messages


@pytest.mark.parametrize("mode", EVERY)
def test_a_missing_key_is_an_error_before_anything_is_sent(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, pytest.raises(AuthenticationError) as caught:
        call_in_mode(LiteLLMChat("groq/x", api_base=f"{fake_provider.url}/v1"), REQUEST, mode)

    assert ("groq", "groq/x", 0) == (caught.value.provider, caught.value.model, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
def test_a_missing_api_base_is_an_invalid_request(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSTED_VLLM_API_BASE", raising=False)

    with pytest.raises(InvalidRequestError) as caught:
        call_in_mode(LiteLLMChat("hosted_vllm/x"), REQUEST, mode)

    assert ("hosted_vllm", "hosted_vllm/x") == (caught.value.provider, caught.value.model)


def test_an_empty_environment_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_OF_TWO", "")
    monkeypatch.setenv("SECOND_OF_TWO", "value")

    assert ("value", None) == (get_secret("FIRST_OF_TWO", "SECOND_OF_TWO"), get_secret())


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
def test_a_given_router_is_called_with_the_name_of_the_model(mode: Mode) -> None:
    router = StubRouter()
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(seed=7))

    seen = call_in_mode(LiteLLMChat("openai/mine", router=router), request, mode)

    (call,) = router.calls
    assert "From the router." == seen.text
    assert ("openai/mine", 7) == (call["model"], call["seed"])


@pytest.mark.parametrize("name", ["openai/mine", "mine", "groq/as-it-were"])
@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_a_litellm_router_calls_one_of_its_deployments(mode: Mode, name: str) -> None:
    from litellm import Router  # after the adapter, which suppresses the output of the import

    recorder = Recorder()
    with FakeProvider(Replies(text="Hello."), recorder=recorder) as fake_provider:
        # A model that no other test uses: LiteLLM prices it at zero from now on, for the whole process.
        deployment = {"model": "openai/routed-1", "api_key": KEY, "api_base": f"{fake_provider.url}/v1"}
        router = Router(model_list=[{"model_name": name, "litellm_params": deployment}], num_retries=0)
        seen = call_in_mode(LiteLLMChat(name, router=router), REQUEST, mode)

    assert ("Hello.", "routed-1", 1) == (seen.text, recorder.last.model, recorder.count)


def test_a_router_with_the_direct_lane_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^router: a Router needs LiteLLM's own call, not lane='direct'$"):
        LiteLLMChat("openai/x", router=StubRouter(), lane="direct")


def test_a_model_unknown_to_router_and_litellm_is_not_found() -> None:
    with pytest.raises(ModelNotFoundError):
        LiteLLMChat("mine", router=StubRouter()).complete(REQUEST)


def test_the_lanes_are_created_once_and_closed_with_the_chat() -> None:
    recorder = Recorder()

    async def call_twice(chat: LiteLLMChat) -> None:
        async with chat:
            await chat.acomplete(REQUEST)
            await chat.acomplete(REQUEST)

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1")
        asyncio.run(call_twice(chat))
        freed = recorder.has_open(0)
        chat.complete(REQUEST)
        chat.close()

    assert (True, 3) == (freed, recorder.count)


def test_closing_a_chat_that_was_never_called_does_nothing() -> None:
    chat = LiteLLMChat("openai/x")

    chat.close()
    asyncio.run(chat.aclose())

    assert chat.route().endswith(DIRECT_REASON)


@pytest.mark.call_lane
def test_a_refused_connection_is_an_error_on_both_lanes() -> None:
    with FakeProvider(Refuses()) as fake_provider:
        for lane in ("direct", "call"):
            with pytest.raises(ConnectionFailedError) as caught:
                LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane).complete(REQUEST)

    assert ("openai", None) == (caught.value.provider, caught.value.__context__)


@pytest.mark.slow
def test_a_provider_without_the_expected_config_uses_the_call_lane() -> None:
    script = """if True:
        import logging
        from llm_core.adapters.litellm import LiteLLMChat
        from llm_core.adapters.litellm.litellm_module import litellm
        litellm()
        import litellm.utils
        litellm.utils.ProviderConfigManager.get_provider_chat_config = lambda *_, **__: None
        logging.basicConfig(level="INFO", format="%(message)s", force=True)
        print(LiteLLMChat("groq/x", api_key="k").route())
    """

    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)

    assert ("call: this LiteLLM has no usable config for groq\n", "") == (
        finished.stdout,
        finished.stderr,
    )

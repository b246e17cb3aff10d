"""Tests of the lane that a model takes and the reason for it, and of the calls to a LiteLLM Router."""

import asyncio
from collections.abc import Awaitable, Mapping

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.litellm_module import get_secret, litellm
from llm_core.adapters.litellm.routing import Lane, Route, route_of
from llm_core.domain.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidRequestError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from llm_core.providers.registry import all_profiles
from llm_core.testing import FakeProvider, RecordedRequest, Recorder, Refuses, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat

KEY = "sk-planted-0123456789abcdef"
REQUEST = ChatRequest(messages=[UserMessage("hi")])
DIRECT = sorted(name for name, profile in all_profiles().items() if not profile.litellm.call_only)


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


class AnyPath(OpenAIChat):
    """A fake provider that accepts any request at any address."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        assert request.body
        return REQUEST


@pytest.mark.parametrize("provider", DIRECT)
def test_a_provider_with_a_profile_takes_the_direct_lane(provider: str) -> None:
    assert Route("direct", f"{provider} has a profile") == route_of(f"{provider}/x", "auto", {}, has_router=False)


@pytest.mark.parametrize(
    ("model", "lane", "options", "has_router", "reason"),
    [
        ("openai/x", "call", {}, False, "lane='call' is set"),
        ("openai/x", "auto", {}, True, "a Router is set"),
        ("openai/x", "auto", {"organization": "o"}, False, "provider_options: organization is for LiteLLM's own call"),
        ("openai/x", "auto", {"api_version": "o"}, False, "provider_options: api_version is for LiteLLM's own call"),
        ("bedrock/anthropic.claude-3", "auto", {}, False, "bedrock has no profile"),
        ("ollama/x", "auto", {}, False, "ollama means another endpoint of the provider to LiteLLM"),
        ("registry/x", "auto", {}, False, "registry has no profile"),
        ("mine", "auto", {}, False, "the model 'mine' has no profile"),
    ],
)
def test_any_other_model_takes_the_call_lane_with_the_reason(
    *, model: str, lane: Lane, options: Mapping[str, object], has_router: bool, reason: str
) -> None:
    seen = route_of(model, lane, options, has_router=has_router)

    assert Route("call", reason) == seen
    assert f"call: {reason}" == str(seen)


@pytest.mark.parametrize(
    ("model", "options"), [("azure/x", {"api_version": "2024-10-21"}), ("gpt-4o", {}), ("claude-sonnet-4-5", {})]
)
def test_options_of_the_address_and_names_without_a_prefix_take_the_direct_lane(
    model: str, options: Mapping[str, object]
) -> None:
    assert "direct" == route_of(model, "auto", options, has_router=False).lane


def test_the_adapter_returns_its_route() -> None:
    seen = [LiteLLMChat("openai/x").route(), LiteLLMChat("bedrock/x", api_key=KEY).route()]

    assert ["direct: openai has a profile", "call: bedrock has no profile"] == seen


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("model", "provider", "reason"),
    [
        ("bedrock/x", "bedrock", "bedrock has no profile"),
        ("groq_like/x", "groq_like", "groq_like has no profile"),
        ("mine", None, "the model 'mine' has no profile"),
    ],
)
def test_an_impossible_direct_lane_is_refused_before_anything_is_sent(
    mode: Mode, model: str, provider: str | None, reason: str
) -> None:
    with FakeProvider(Replies()) as fake_provider, pytest.raises(UnsupportedFeatureError) as caught:
        call_in_mode(LiteLLMChat(model, api_base=fake_provider.url, lane="direct"), REQUEST, mode)

    error = caught.value
    assert ("lane='direct'", reason, provider, model) == (error.feature, error.detail, error.provider, error.model)
    assert 0 == fake_provider.recorder.count


@pytest.mark.call_lane
def test_the_lane_is_chosen_for_each_model() -> None:
    azure = ChatRequest(messages=[UserMessage("hi")], model="azure/x")

    with FakeProvider(Replies(), AnyPath()) as fake_provider:
        options = {"api_version": "2024-10-21"}
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=fake_provider.url, provider_options=options)
        for request in (REQUEST, azure, REQUEST, azure):
            chat.complete(request)
        chat.close()

    sent_by_us = ["llm-core" == request.headers["user-agent"] for request in fake_provider.recorder.requests]
    assert [False, True] * 2 == sent_by_us


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


def test_connections_are_closed_with_the_chat() -> None:
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

    assert "direct: openai has a profile" == chat.route()


@pytest.mark.call_lane
def test_a_refused_connection_is_an_error_on_both_lanes() -> None:
    with FakeProvider(Refuses()) as fake_provider:
        for lane in ("direct", "call"):
            with pytest.raises(ConnectionFailedError) as caught:
                LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane).complete(REQUEST)

    assert ("openai", None) == (caught.value.provider, caught.value.__context__)

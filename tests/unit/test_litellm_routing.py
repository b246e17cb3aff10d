"""Which lane a model takes, and why; and what a Router is asked."""

import asyncio
import gc
import logging
import subprocess
import sys
from collections.abc import Awaitable, Iterator

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.completion_call import CompletionCall
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.configs import find_config, get_secret
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
from llm_core.transport.attempt import Attempt
from llm_core.transport.transports import Transports

# LiteLLM keeps a client for each event loop and timeout until the process ends; each test runs a loop of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEY = "sk-planted-0123456789abcdef"
ASK = ChatRequest(messages=[UserMessage("hi")])
AS_TOLD = "is in the direct table"


class StubRouter:
    """Answers by itself, and remembers the keywords that it was called with."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def completion(self, **keywords: object) -> object:
        self.asked.append(keywords)
        return litellm().completion(**{**keywords, "mock_response": "From the router."})

    def acompletion(self, **keywords: object) -> Awaitable[object]:
        self.asked.append(keywords)
        return litellm().acompletion(**{**keywords, "mock_response": "From the router."})

    def get_model_list(self, model_name: str | None = None) -> list[dict[str, object]]:
        return [{"model_name": model_name, "litellm_params": {}}]  # of a model that it does not tell


@pytest.fixture(scope="module", autouse=True)
def _let_go_of_the_clients() -> Iterator[None]:
    yield
    import litellm  # not before the adapter has: it knows how to import it quietly

    litellm.in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # what hangs on what was collected goes a round later
        gc.collect()


def lanes(model: str, **told: object) -> LaneRouter:
    return LaneRouter(AdapterConfig(**{"model": model, "api_key": KEY, **told}), Transports())  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize("provider", DIRECT)
def test_a_provider_of_the_table_takes_the_direct_lane(provider: str) -> None:
    seen = route_of(find_model_info(f"{provider}/x", None), AdapterConfig(model=f"{provider}/x"))

    assert Route("direct", f"{provider} is in the direct table") == seen


@pytest.mark.parametrize(
    ("reason", "options"),
    [
        ("lane='call' was asked for", AdapterConfig(model="openai/x", lane="call")),
        ("a Router was handed in", AdapterConfig(model="openai/x", router=StubRouter())),
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
def test_another_takes_litellms_own_call_and_says_why(reason: str, options: AdapterConfig) -> None:
    seen = route_of(find_model_info(options.model, None), options)

    assert Route("call", reason) == seen
    assert f"call: {reason}" == str(seen)


def test_the_version_of_azure_is_no_reason() -> None:
    options = AdapterConfig(model="azure/x", provider_options={"api_version": "2024-10-21"})

    assert "direct" == route_of(find_model_info("azure/x", None), options).lane


def test_the_adapter_tells_its_own_route() -> None:
    seen = [LiteLLMChat("openai/x").route(), LiteLLMChat("bedrock/x", api_key=KEY).route()]

    assert ["direct: openai is in the direct table", "call: bedrock is not in the direct table"] == seen


@pytest.mark.parametrize("provider", ["acme", "openai_like_of_tomorrow", ""])
def test_a_provider_that_this_litellm_does_not_know_has_no_config(provider: str) -> None:
    assert find_config(provider, "x") is None


def test_a_provider_without_chats_has_no_config() -> None:
    assert find_config("deepgram", "x") is None


def test_a_direct_lane_that_cannot_be_is_refused_and_nothing_sent() -> None:
    recorder = Recorder()
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = LiteLLMChat("groq_like/x", api_base=fake_provider.url, lane="direct")
        with pytest.raises(ModelNotFoundError):
            chat.complete(ASK)
        with pytest.raises(UnsupportedFeatureError) as caught:
            LiteLLMChat("bedrock/x", api_base=fake_provider.url, lane="direct").complete(ASK)

    assert ("lane='direct'", "bedrock is not in the direct table") == (caught.value.feature, caught.value.detail)
    assert ("bedrock", "bedrock/x", 0) == (caught.value.provider, caught.value.model, recorder.count)


def test_an_attempt_is_one_of_its_lane() -> None:
    seen = [type(lanes("openai/x", lane=lane).attempt(ASK)) for lane in ("auto", "direct", "call")]

    assert [Attempt, Attempt, CompletionCall] == seen


def test_each_model_has_a_lane_of_its_own() -> None:
    both = lanes("openai/x", provider_options={"api_version": "2024-10-21"}, api_base="http://b.test")
    azure = ChatRequest(messages=[UserMessage("hi")], model="azure/x")

    seen = [type(both.attempt(request)) for request in (ASK, azure, ASK, azure)]

    assert [CompletionCall, Attempt] * 2 == seen


def test_the_log_says_once_why_a_provider_of_the_table_takes_litellms_own_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="llm_core.adapters.litellm")
    asker = lanes("openai/x", provider_options={"organization": "o"})

    for _ in range(3):
        asker.attempt(ASK)
    lanes("bedrock/x").attempt(ASK)

    told = [record.getMessage() for record in caplog.records if record.name == "llm_core.adapters.litellm"]
    assert ["openai/x takes LiteLLM's own call: provider_options: organization is for LiteLLM's own call"] == told


@pytest.mark.parametrize("mode", EVERY)
def test_without_a_key_nothing_is_sent(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, pytest.raises(AuthenticationError) as caught:
        call_in_mode(LiteLLMChat("groq/x", api_base=f"{fake_provider.url}/v1"), ASK, mode)

    assert ("groq", "groq/x", 0) == (caught.value.provider, caught.value.model, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
def test_without_a_place_nothing_is_sent(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSTED_VLLM_API_BASE", raising=False)

    with pytest.raises(InvalidRequestError) as caught:
        call_in_mode(LiteLLMChat("hosted_vllm/x"), ASK, mode)

    assert ("hosted_vllm", "hosted_vllm/x") == (caught.value.provider, caught.value.model)


def test_a_variable_that_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_OF_TWO", "")
    monkeypatch.setenv("SECOND_OF_TWO", "told")

    assert ("told", None) == (get_secret("FIRST_OF_TWO", "SECOND_OF_TWO"), get_secret())


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
def test_a_router_that_was_handed_in_is_asked_by_the_models_name(mode: Mode) -> None:
    router = StubRouter()
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(seed=7))

    seen = call_in_mode(LiteLLMChat("openai/mine", router=router), request, mode)

    (asked,) = router.asked
    assert "From the router." == seen.text
    assert ("openai/mine", 7) == (asked["model"], asked["seed"])


@pytest.mark.parametrize("name", ["openai/mine", "mine", "groq/as-it-were"])
@pytest.mark.parametrize("mode", EVERY)
def test_a_router_of_litellms_asks_one_of_its_deployments(mode: Mode, name: str) -> None:
    from litellm import Router  # not before the adapter has: it knows how to import it quietly

    recorder = Recorder()
    with FakeProvider(Replies(text="Hello."), recorder=recorder) as fake_provider:
        # A name that no answer bears: LiteLLM prices it at nothing from now on, for the whole process.
        deployment = {"model": "openai/routed-1", "api_key": KEY, "api_base": f"{fake_provider.url}/v1"}
        router = Router(model_list=[{"model_name": name, "litellm_params": deployment}], num_retries=0)
        seen = call_in_mode(LiteLLMChat(name, router=router), ASK, mode)

    assert ("Hello.", "routed-1", 1) == (seen.text, recorder.last.model, recorder.count)


def test_a_router_takes_no_direct_lane() -> None:
    with pytest.raises(ValueError, match=r"^router: a Router takes LiteLLM's own call, not lane='direct'$"):
        LiteLLMChat("openai/x", router=StubRouter(), lane="direct")


def test_a_model_that_neither_the_router_nor_litellm_knows_is_not_found() -> None:
    with pytest.raises(ModelNotFoundError):
        LiteLLMChat("mine", router=StubRouter()).complete(ASK)


def test_the_lanes_live_as_long_as_their_chat_and_are_made_once() -> None:
    recorder = Recorder()

    async def twice(chat: LiteLLMChat) -> None:
        async with chat:
            await chat.acomplete(ASK)
            await chat.acomplete(ASK)

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1")
        asyncio.run(twice(chat))
        freed = recorder.has_open(0)
        chat.complete(ASK)
        chat.close()

    assert (True, 3) == (freed, recorder.count)


def test_closing_what_was_never_asked_does_nothing() -> None:
    chat = LiteLLMChat("openai/x")

    chat.close()
    asyncio.run(chat.aclose())

    assert chat.route().endswith(AS_TOLD)


def test_nobody_listens_on_either_lane() -> None:
    with FakeProvider(Refuses()) as fake_provider:
        for lane in ("direct", "call"):
            with pytest.raises(ConnectionFailedError) as caught:
                LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane).complete(ASK)

    assert ("openai", None) == (caught.value.provider, caught.value.__context__)


def test_a_provider_whose_config_is_gone_is_asked_over_litellms_own_call() -> None:
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

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)

    assert ("call: this LiteLLM has no config for groq that is as we know it\n", "") == (done.stdout, done.stderr)

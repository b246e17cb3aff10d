"""The settings that few providers have: where they are sent, where they are refused, and what is priced."""

import json
from collections.abc import AsyncGenerator, Callable
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ProviderData,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
    from_events,
)
from llm_core.adapters.litellm.capability_checks import sendable_settings
from llm_core.adapters.litellm.completion_call import CompletionCall
from llm_core.adapters.litellm.litellm_response import decode_usage
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.litellm.prepared_request import PreparedRequest
from llm_core.adapters.litellm.price_map import price_of
from llm_core.domain.json_values import JsonObject
from llm_core.providers.accepted import accepted_settings
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls, PriceWithoutWrites
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.cohere_chat import COHERE_CHAT
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.gemini import GEMINI
from llm_core.wires.ollama_chat import OLLAMA_CHAT
from llm_core.wires.openai_chat import OPENAI_CHAT
from llm_core.wires.wire import Wire

REQUEST = ChatRequest(messages=[UserMessage("Hello?")])
RARE = ChatSettings(cache="1h", service_tier="flex")
SONNET = "anthropic/claude-sonnet-4-5"
WRITTEN = Usage(input_tokens=2_000, output_tokens=10, cache_write_tokens=1_000)


def encoded(wire: Wire, settings: ChatSettings) -> dict[str, object]:
    endpoint = Endpoint(provider="p", model="m", base_url="http://a.test")
    body: dict[str, object] = json.loads(wire.encode(REQUEST, settings, endpoint, stream=False).content)
    return body


@pytest.mark.parametrize(
    ("wire", "field"), [(ANTHROPIC_MESSAGES, "service_tier"), (GEMINI, "serviceTier"), (OPENAI_CHAT, "service_tier")]
)
def test_the_service_tier_is_sent_by_the_wires_name(wire: Wire, field: str) -> None:
    assert "flex" == encoded(wire, ChatSettings(service_tier="flex"))[field]


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (OPENAI_CHAT, "cache"),
        (GEMINI, "cache"),
        *((wire, name) for wire in (OLLAMA_CHAT, COHERE_CHAT) for name in ("cache", "service_tier")),
    ],
)
def test_a_wire_refuses_the_setting_that_it_has_no_field_for(wire: Wire, name: str) -> None:
    settings = ChatSettings(cache="5m") if name == "cache" else ChatSettings(service_tier="flex")

    with pytest.raises(UnsupportedFeatureError) as caught:
        encoded(wire, settings)

    assert f"settings.{name}" == caught.value.feature


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("anthropic/claude-sonnet-4-5", {"cache", "service_tier"}),
        ("anthropic/claude-3-haiku-20240307", {"cache", "service_tier"}),
        ("anthropic/deepseek-chat", set()),
        *((f"{host}/any-model", {"service_tier"}) for host in ("openai", "azure", "groq", "openrouter", "cerebras")),
        *((f"{host}/any-model", {"service_tier"}) for host in ("litellm_proxy", "vercel_ai_gateway", "fireworks_ai")),
        ("openai/gpt-5-mini", {"service_tier"}),
        ("groq/openai/gpt-oss-20b", {"service_tier"}),
        ("groq/qwen/qwen3-32b", {"service_tier"}),
        ("fireworks_ai/gpt-oss-20b", {"service_tier"}),
        ("gemini/gemini-2.5-flash", {"service_tier"}),
        ("gemini/gemini-3-pro", {"service_tier"}),
        ("gemini/gemini-1.5-pro", set()),
        *((f"{host}/any-model", set()) for host in ("mistral", "deepseek", "xai", "together_ai", "moonshot", "zai")),
        *((f"{host}/any-model", set()) for host in ("ollama_chat", "cohere_chat", "hosted_vllm", "github", "azure_ai")),
    ],
)
def test_a_setting_is_sent_where_the_provider_documents_it_and_named_elsewhere(model: str, sent: set[str]) -> None:
    provider, _, name = model.partition("/")
    profile = find_profile(provider)
    assert profile is not None

    accepted, ignored = accepted_settings(REQUEST, RARE, profile.rules(name, profile.base_url or ""))

    assert {"cache", "service_tier"} - sent == {*ignored}
    assert sent == {field for field in ("cache", "service_tier") if getattr(accepted, field) is not None}


@pytest.mark.parametrize(
    ("supported", "sent", "ignored"),
    [(None, {"service_tier": "flex"}, ("cache",)), ([], {}, ("service_tier", "cache"))],
)
def test_litellms_own_call_sends_a_service_tier_that_litellm_knows(
    supported: list[str] | None, sent: dict[str, object], ignored: tuple[str, ...]
) -> None:
    model = ModelInfo(name="p/m", bare_name="m", provider="p", openai_wire=True, supported_params=supported)

    assert (sent, ignored) == sendable_settings(RARE, model, with_tools=False)


def _price(cost: str, _: str, usage: Usage) -> Decimal | None:
    return Decimal(cost) if usage.input_tokens else None


@pytest.mark.parametrize(
    ("settings", "cost"),
    [
        (ChatSettings(), "1"),
        (ChatSettings(cache="5m"), "1"),
        (ChatSettings(cache="1h"), "2"),
        (ChatSettings(service_tier="auto"), "1"),
        (ChatSettings(service_tier="standard_only", cache="1h"), "2"),
        (ChatSettings(service_tier="flex"), None),
        (ChatSettings(service_tier="priority", cache="1h"), None),
    ],
)
def test_a_call_is_priced_by_the_lifetime_of_its_cache_unless_it_has_another_tier(
    settings: ChatSettings, cost: str | None
) -> None:
    config = AdapterConfig(model=SONNET, api_key="k")
    calls = DirectCalls(config, price=partial(_price, "1"), price_1h=partial(_price, "2"))

    attempt = calls.attempt(attrs.evolve(REQUEST, settings=settings))

    assert (None if cost is None else Decimal(cost)) == attempt.price(WRITTEN)


def test_a_write_that_lasts_for_an_hour_costs_more() -> None:
    short, long = price_of(SONNET, WRITTEN), price_of(SONNET, WRITTEN, cache="1h")

    assert Decimal("0.00225") == (long or 0) - (short or 0)  # 1,000 tokens at 6 instead of 3.75 dollars a million


@pytest.mark.parametrize(("usage", "cost"), [(WRITTEN, None), (Usage(input_tokens=1), Decimal(1))])
def test_a_price_of_the_callers_own_is_not_claimed_for_writes_that_last_for_an_hour(
    usage: Usage, cost: Decimal | None
) -> None:
    assert cost == PriceWithoutWrites(partial(_price, "1"))(SONNET, usage)


@pytest.mark.parametrize(("is_priced", "is_known"), [(True, True), (False, False)])
def test_litellms_own_call_claims_no_price_of_another_tier(*, is_priced: bool, is_known: bool) -> None:
    model = ModelInfo(
        name="openai/gpt-4o", bare_name="gpt-4o", provider="openai", openai_wire=True, supported_params=None
    )

    usage = decode_usage(SimpleNamespace(prompt_tokens=7, completion_tokens=5), model, is_priced=is_priced)

    assert usage is not None
    assert is_known is (usage.cost_usd is not None)


@pytest.mark.parametrize(
    ("tier", "options", "is_priced"),
    [(None, {}, True), ("auto", {}, True), ("flex", {}, False), (None, {"service_tier": "flex"}, False)],
)
def test_the_tier_of_litellms_own_call_is_that_of_the_request_or_of_an_option(
    tier: str | None, options: dict[str, object], is_priced: bool
) -> None:
    model = ModelInfo(name="p/m", bare_name="m", provider="p", openai_wire=True, supported_params=None)
    parameters: JsonObject = {} if tier is None else {"service_tier": tier}
    prepared = PreparedRequest(
        model=model, messages=[], parameters=parameters, extra={}, api_key=None, timeout=1, ignored=()
    )
    call = CompletionCall(prepared=prepared, config=AdapterConfig(model="p/m", provider_options=options))

    assert is_priced is call._is_priced
    assert is_priced is call._reader().is_priced


class _Source:
    provider = "p"
    model = "m"
    transport_errors = (OSError,)

    def __init__(self) -> None:
        self.seen: list[ChatRequest] = []

    async def events(self, request: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        self.seen.append(request)
        yield TextDelta("Hello.")
        yield StreamEnd(response=ChatResponse(message=AssistantMessage(), ignored_settings=["seed"]))


@pytest.mark.parametrize(
    ("settings", "seen", "ignored"),
    [
        (ChatSettings(seed=1), ChatSettings(seed=1), ("seed",)),
        (
            ChatSettings(seed=1, cache="5m", service_tier="flex"),
            ChatSettings(seed=1),
            ("seed", "cache", "service_tier"),
        ),
    ],
)
def test_from_events_names_what_its_source_does_not_see(
    settings: ChatSettings, seen: ChatSettings, ignored: tuple[str, ...]
) -> None:
    source = _Source()

    response = from_events(source).complete(attrs.evolve(REQUEST, settings=settings))

    assert ignored == response.ignored_settings
    assert [seen] == [request.settings for request in source.seen]


def test_from_events_passes_on_what_its_source_sends() -> None:
    source = _Source()
    request = attrs.evolve(REQUEST, settings=RARE, server_tools=[ProviderData(provider="p", value={})])

    response = from_events(source, ignored_settings=(), server_tools=True).complete(request)

    assert ([request], ("seed",)) == (source.seen, response.ignored_settings)


@pytest.mark.parametrize("stream", [False, True])
def test_from_events_refuses_server_tools_by_default(*, stream: bool) -> None:
    source = _Source()
    chat, request = from_events(source), attrs.evolve(REQUEST, server_tools=[ProviderData(provider="p", value={})])
    call: Callable[[], object] = (lambda: list(chat.stream(request))) if stream else (lambda: chat.complete(request))

    with pytest.raises(UnsupportedFeatureError) as caught:
        call()

    assert ([], "server_tools[0]", "p", "m") == (
        source.seen,
        caught.value.feature,
        caught.value.provider,
        caught.value.model,
    )

"""Tests of what LiteLLM's own call accepts: what a model would not receive is refused, or named as ignored."""

import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    OutputFormat,
    ProviderData,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.capability_checks import require_support, sendable_extra, sendable_settings
from llm_core.adapters.litellm.completion_kwargs import completion_kwargs
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.parts import UserPart
from llm_core.providers.profile import LiteLLMQuirks
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig

TOOL = Tool(name="look", description="Look.", parameters={"type": "object"})
SCHEMA = JsonSchemaOutput(name="city", schema={"type": "object"})
IMAGE = ImagePart(url="https://a.test/a.png")
AUDIO = AudioPart(b"RIFF", media_type="audio/wav")
FILE = FilePart(data=b"%PDF", media_type="application/pdf")


def model(provider: str, *supported: str, openai_wire: bool = False) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/x",
        bare_name="x",
        provider=provider,
        openai_wire=openai_wire,
        supported_params=supported or None,
        quirks=profile.litellm if (profile := find_profile(provider)) else LiteLLMQuirks(),
    )


@pytest.mark.parametrize(
    ("expected", "model_info"),
    [
        (True, model("acme", "response_format")),
        (False, model("acme", "tools")),
        (True, model("acme")),
        (False, model("anthropic", "response_format")),
        (False, model("anthropic")),
    ],
)
def test_json_object_needs_response_format_and_a_provider_that_keeps_it(
    *, expected: bool, model_info: ModelInfo
) -> None:
    seen = model_info.supports("json_object")

    assert expected is seen


@pytest.mark.parametrize(
    ("lost", "provider"),
    [
        (["audio"], "anthropic"),
        (["image by url"], "gemini"),
        (["image by url", "audio", "file"], "ollama"),
        (["image by url", "audio", "file"], "ollama_chat"),
        ([], "acme"),
    ],
)
def test_a_part_that_the_provider_would_not_receive_is_refused(lost: list[str], provider: str) -> None:
    parts: dict[str, UserPart] = {"image by url": IMAGE, "audio": AUDIO, "file": FILE}

    refused = [refusal for part in parts.values() if (refusal := _refusal(part, provider))]

    assert [f"messages[0].content[0]: {name}" for name in lost] == refused


def _refusal(part: UserPart, provider: str) -> str | None:
    try:
        encode_messages([UserMessage([part])], model(provider))
    except UnsupportedFeatureError as refused:
        return refused.feature
    return None


def test_a_part_of_a_tool_result_that_would_be_dropped_is_refused() -> None:
    call = AssistantMessage(tool_calls=[ToolCall(id="c", name="look", arguments={})])
    result = ToolMessage([TextPart("see"), IMAGE], tool_call_id="c")

    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages([call, result], model("gemini"))

    assert "messages[1]: image by url" == caught.value.feature


def test_changing_the_encoded_history_does_not_change_the_callers() -> None:
    data = ProviderData(provider="acme", value={"blocks": ["opaque"]})
    message = AssistantMessage("text", reasoning=[ReasoningPart("thought", provider_data=[data])])
    (wire,) = encode_messages([message], model("acme"))

    match wire:
        case {"thinking_blocks": [{"blocks": list(blocks)}]}:
            blocks.clear()

    assert [] == blocks
    assert {"blocks": ["opaque"]} == data.value


@pytest.mark.parametrize(
    ("feature", "supported", "choice", "output"),
    [
        ("tools", ["tool_choice", "response_format"], "auto", None),
        ("tool_choice", ["tools", "response_format"], "required", None),
        ("tool_choice", ["tools", "response_format"], NamedTool("look"), None),
        ("output", ["tools", "tool_choice"], "auto", JsonOutput()),
        ("output", ["tools", "tool_choice"], "auto", SCHEMA),
    ],
)
def test_an_unsupported_feature_is_refused_by_its_field(
    feature: str, supported: list[str], choice: ToolChoice, output: OutputFormat | None
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[TOOL], tool_choice=choice, output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request, model("acme", *supported))

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("supported", "choice", "output"),
    [
        (["tools"], "auto", None),
        (["tools", "tool_choice"], "none", None),
        (["tools", "response_format"], "auto", JsonOutput()),
        (["tools", "response_format"], "auto", SCHEMA),
    ],
)
def test_a_supported_feature_is_not_refused(
    supported: list[str], choice: ToolChoice, output: OutputFormat | None
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[TOOL], tool_choice=choice, output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request, model("acme", "none"))
    require_support(request, model("acme", *supported))

    assert "tools" == caught.value.feature


@pytest.mark.parametrize(
    ("provider", "openai_wire", "sent", "ignored"),
    [
        ("openai", True, {"extra_body": {"top_k": 5, "deep": {"a": [1]}}}, ()),
        ("anthropic", False, {"top_k": 5, "deep": {"a": [1]}}, ()),
        ("gemini", False, {}, ("extra.top_k", "extra.deep")),
    ],
)
def test_extra_settings_are_sent_where_litellm_reads_them(
    *, provider: str, openai_wire: bool, sent: dict[str, object], ignored: tuple[str, ...]
) -> None:
    settings = ChatSettings(extra={"top_k": 5, "deep": {"a": [1]}})
    request, config = ChatRequest(messages=[UserMessage("hi")], settings=settings), AdapterConfig(model="x")
    prepared = prepare_request(request, model(provider, openai_wire=openai_wire), config)

    kwargs = completion_kwargs(prepared, config, stream=False)

    assert sent == {key: kwargs[key] for key in ("extra_body", "top_k", "deep") if key in kwargs}
    assert ignored == prepared.ignored


@pytest.mark.parametrize("openai_wire", [True, False])
@pytest.mark.parametrize("key", ["response_format", "stream_options", "max_completion_tokens", "functions"])
def test_an_extra_setting_that_the_adapter_sets_is_refused(*, key: str, openai_wire: bool) -> None:
    settings = ChatSettings(extra={key: 1})

    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(settings, model("acme", openai_wire=openai_wire))

    assert f"settings.extra.{key}" == caught.value.feature


def test_an_extra_setting_named_like_a_litellm_keyword_is_refused_except_on_openais_wire() -> None:
    settings = ChatSettings(extra={"api_version": "v2"})
    sent, _ = sendable_extra(settings, model("acme", openai_wire=True))

    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(settings, model("acme"))

    assert {"api_version": "v2"} == sent
    assert "settings.extra.api_version" == caught.value.feature


@pytest.mark.parametrize(("ignored", "with_tools"), [((), True), (("parallel_tool_calls",), False)])
def test_parallel_tool_calls_is_ignored_without_tools(*, ignored: tuple[str, ...], with_tools: bool) -> None:
    settings = ChatSettings(seed=7, parallel_tool_calls=True)

    sent, seen = sendable_settings(settings, model("acme"), with_tools=with_tools)

    assert ignored == seen
    assert {"seed", "parallel_tool_calls"} - {*ignored} == sent.keys()


def test_the_repr_starts_with_the_class_name() -> None:
    chat = LiteLLMChat("openai/x")

    shown = repr(chat)

    assert shown.startswith("LiteLLMChat(")


def test_the_repr_shows_the_names_of_extra_settings_without_values() -> None:
    chat = LiteLLMChat("openai/x", settings=ChatSettings(seed=7, extra={"safety_key": "0123456789abcdef"}))

    shown = repr(chat)

    assert "seed=7" in shown
    assert "extra={'safety_key': '****'}" in shown

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
    ToolChoice,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.capability_checks import require_support, sendable_extra, sendable_settings
from llm_core.adapters.litellm.completion_kwargs import completion_kwargs
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.parts import UserPart
from llm_core.wires.openai_chat.encode import encode_messages

TOOL = Tool(name="look", description="Look.", parameters={"type": "object"})
SCHEMA = JsonSchemaOutput(name="city", schema={"type": "object"})
PICTURE = ImagePart(url="https://a.test/a.png")
SOUND = AudioPart(b"RIFF", media_type="audio/wav")
FILE = FilePart(data=b"%PDF", media_type="application/pdf")


def model(provider: str, *takes: str, openai_wire: bool = False) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/x", bare_name="x", provider=provider, openai_wire=openai_wire, supported_params=takes or None
    )


@pytest.mark.parametrize(
    ("can", "asked"),
    [
        (True, model("acme", "response_format")),
        (False, model("acme", "tools")),
        (True, model("acme")),
        (False, model("anthropic", "response_format")),
        (False, model("anthropic")),
    ],
)
def test_any_json_object_is_a_response_format_that_some_drop(*, can: bool, asked: ModelInfo) -> None:
    seen = asked.supports("json_object")

    assert can is seen


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
def test_a_part_that_would_be_lost_on_the_way_is_refused_by_name(lost: list[str], provider: str) -> None:
    parts: dict[str, UserPart] = {"image by url": PICTURE, "audio": SOUND, "file": FILE}

    refused = [refusal for part in parts.values() if (refusal := _refusal(part, provider))]

    assert [f"messages[0].content[0]: {name}" for name in lost] == refused


def _refusal(part: UserPart, provider: str) -> str | None:
    try:
        encode_messages([UserMessage([part])], model(provider))
    except UnsupportedFeatureError as refused:
        return refused.feature
    return None


def test_a_part_that_would_be_lost_in_a_tool_result_is_refused_by_its_message() -> None:
    result = ToolMessage([TextPart("see"), PICTURE], tool_call_id="c")

    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages([result], model("gemini"))

    assert "messages[0]: image by url" == caught.value.feature


def test_the_history_stays_the_callers_own() -> None:
    data = ProviderData(provider="acme", value={"blocks": ["opaque"]})
    message = AssistantMessage("said", reasoning=[ReasoningPart("thought", provider_data=[data])])
    (wire,) = encode_messages([message], model("acme"))

    match wire:
        case {"thinking_blocks": [{"blocks": list(blocks)}]}:
            blocks.clear()

    assert [] == blocks
    assert {"blocks": ["opaque"]} == data.value


@pytest.mark.parametrize(
    ("feature", "takes", "choice", "output"),
    [
        ("tools", ["tool_choice", "response_format"], "auto", None),
        ("tool_choice", ["tools", "response_format"], "required", None),
        ("tool_choice", ["tools", "response_format"], NamedTool("look"), None),
        ("output", ["tools", "tool_choice"], "auto", JsonOutput()),
        ("output", ["tools", "tool_choice"], "auto", SCHEMA),
    ],
)
def test_what_the_model_cannot_do_is_refused_by_its_field(
    feature: str, takes: list[str], choice: ToolChoice, output: OutputFormat | None
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[TOOL], tool_choice=choice, output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request, model("acme", *takes))

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("takes", "choice", "output"),
    [
        (["tools"], "auto", None),
        (["tools", "tool_choice"], "none", None),
        (["tools", "response_format"], "auto", JsonOutput()),
        (["tools", "response_format"], "auto", SCHEMA),
    ],
)
def test_what_the_model_can_do_is_not_refused(
    takes: list[str], choice: ToolChoice, output: OutputFormat | None
) -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[TOOL], tool_choice=choice, output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request, model("acme", "none of them"))
    require_support(request, model("acme", *takes))

    assert "tools" == caught.value.feature


@pytest.mark.parametrize(
    ("provider", "openai_wire", "sent", "ignored"),
    [
        ("openai", True, {"extra_body": {"top_k": 5, "deep": {"a": [1]}}}, ()),
        ("anthropic", False, {"top_k": 5, "deep": {"a": [1]}}, ()),
        ("gemini", False, {}, ("extra.top_k", "extra.deep")),
    ],
)
def test_what_only_the_provider_knows_travels_where_it_is_read(
    *, provider: str, openai_wire: bool, sent: dict[str, object], ignored: tuple[str, ...]
) -> None:
    settings = ChatSettings(extra={"top_k": 5, "deep": {"a": [1]}})
    request, options = ChatRequest(messages=[UserMessage("hi")], settings=settings), AdapterConfig(model="x")
    asked = prepare_request(request, model(provider, openai_wire=openai_wire), options, direct=False)

    told = completion_kwargs(asked, options, stream=False)

    assert sent == {key: told[key] for key in ("extra_body", "top_k", "deep") if key in told}
    assert ignored == asked.ignored


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("openai_wire", [True, False])
@pytest.mark.parametrize("key", ["response_format", "stream_options", "max_completion_tokens", "functions"])
def test_a_field_that_the_adapter_sets_is_no_extra(*, key: str, openai_wire: bool, direct: bool) -> None:
    settings = ChatSettings(extra={key: 1})

    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(settings, model("acme", openai_wire=openai_wire), direct=direct)

    assert f"settings.extra.{key}" == caught.value.feature


def test_a_keyword_of_litellms_own_is_no_extra_on_its_call_but_for_openais_wire() -> None:
    settings = ChatSettings(extra={"api_version": "v2"})
    sent, _ = sendable_extra(settings, model("acme", openai_wire=True), direct=False)

    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(settings, model("acme"), direct=False)

    assert {"api_version": "v2"} == sent
    assert "settings.extra.api_version" == caught.value.feature


@pytest.mark.parametrize(("ignored", "with_tools"), [((), True), (("parallel_tool_calls",), False)])
def test_parallel_calls_are_a_setting_of_tools(*, ignored: tuple[str, ...], with_tools: bool) -> None:
    settings = ChatSettings(seed=7, parallel_tool_calls=True)

    sent, seen = sendable_settings(settings, model("acme"), with_tools=with_tools)

    assert ignored == seen
    assert {"seed", "parallel_tool_calls"} - {*ignored} == sent.keys()


def test_it_shows_itself_by_name() -> None:
    chat = LiteLLMChat("openai/x")

    shown = repr(chat)

    assert shown.startswith("LiteLLMChat(")


def test_it_shows_the_names_of_the_providers_own_settings_and_no_value() -> None:
    chat = LiteLLMChat("openai/x", settings=ChatSettings(seed=7, extra={"safety_key": "0123456789abcdef"}))

    shown = repr(chat)

    assert "seed=7" in shown
    assert "extra={'safety_key': '****'}" in shown

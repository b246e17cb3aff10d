"""Tests of what LiteLLM's tables and our rows say about a model, and of the import of LiteLLM."""

import subprocess
import sys

import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    Tool,
    ToolChoice,
    UserMessage,
)
from llm_core.adapters.litellm.capability_checks import require_support, sendable_extra, sendable_settings
from llm_core.adapters.litellm.model_info import ModelInfo, find_model_info
from llm_core.domain.errors import ModelNotFoundError, UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import OutputFormat
from llm_core.providers.profile import LiteLLMQuirks
from llm_core.providers.registry import find_profile

TOOL = Tool(name="get", description="", parameters={})
MESSAGES = [UserMessage("hi")]
JSON, SCHEMA = JsonOutput(), JsonSchemaOutput(name="city", schema={})


def model(provider: str = "openai", *, supported: list[str] | None = None) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/x",
        bare_name="x",
        provider=provider,
        openai_wire=provider == "openai",
        supported_params=supported,
        quirks=profile.litellm if (profile := find_profile(provider)) else LiteLLMQuirks(),
    )


def make_request(choice: ToolChoice = "auto", output: OutputFormat | None = None, *, tools: bool = True) -> ChatRequest:
    return ChatRequest(messages=MESSAGES, tools=[TOOL] if tools else [], tool_choice=choice, output=output)


def python(script: str) -> tuple[int, str, str]:
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    return finished.returncode, finished.stdout, finished.stderr


@pytest.mark.parametrize(
    ("provider", "bare_name", "openai_wire", "name"),
    [
        ("openai", "gpt-5-mini", True, "openai/gpt-5-mini"),
        ("openai", "gpt-5-mini", True, "gpt-5-mini"),
        ("openai", "anything/at-all", True, "openai/anything/at-all"),
        ("azure", "mine", True, "azure/mine"),
        ("groq", "llama-9", True, "groq/llama-9"),
        ("anthropic", "claude-sonnet-4-5", False, "anthropic/claude-sonnet-4-5"),
        ("ollama_chat", "llama-9", False, "ollama_chat/llama-9"),
    ],
)
def test_a_model_is_looked_up_by_its_prefix(provider: str, bare_name: str, name: str, *, openai_wire: bool) -> None:
    seen = find_model_info(name, None)

    assert (name, bare_name, provider, openai_wire) == (seen.name, seen.bare_name, seen.provider, seen.openai_wire)
    assert seen.supports("stream")


@pytest.mark.parametrize("name", ["unknown/x", "a/b/c", "no-prefix", "openai", ""])
def test_an_unknown_prefix_is_not_found_and_prints_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find_model_info(name, None)

    assert (name, None) == (caught.value.model, caught.value.__context__)
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize(
    ("expected", "parameter", "model_info"),
    [
        (True, "seed", model(supported=["seed"])),
        (False, "seed", model(supported=["temperature"])),
        (False, "seed", model(supported=[])),
        (True, "seed", model(supported=None)),
        (True, "json_object", model(supported=["response_format"])),
        (False, "json_object", model(supported=["json_object"])),
        (False, "json_object", model("anthropic", supported=["response_format"])),
        (True, "response_format", model("anthropic", supported=["response_format"])),
        (False, "parallel_tool_calls", model("gemini")),
        (False, "tool_choice", model("ollama_chat")),
    ],
)
def test_a_parameter_is_supported_if_litellm_lists_it_and_does_not_drop_it(
    parameter: str, model_info: ModelInfo, *, expected: bool
) -> None:
    seen = model_info.supports(parameter)

    assert expected is seen


@pytest.mark.parametrize(
    ("request_", "supported"),
    [
        (make_request(tools=False), []),
        (make_request(), ["tools"]),
        (make_request("required"), ["tools", "tool_choice"]),
        (make_request(NamedTool("get")), ["tools", "tool_choice"]),
        (make_request("none", tools=False), []),
        (make_request(output=JSON, tools=False), ["response_format"]),
        (make_request(output=SCHEMA, tools=False), ["response_format"]),
        (make_request("required", SCHEMA), None),
    ],
)
def test_a_supported_feature_is_not_refused(request_: ChatRequest, supported: list[str] | None) -> None:
    model_info = model(supported=supported)

    require_support(request_, model_info)  # raises if it refuses

    assert supported is model_info.supported_params


@pytest.mark.parametrize(
    ("feature", "request_", "model_info"),
    [
        ("tools", make_request(), model(supported=["tool_choice"])),
        ("tool_choice", make_request("required"), model(supported=["tools"])),
        ("tool_choice", make_request("none"), model("ollama_chat")),
        ("output", make_request(output=JSON, tools=False), model(supported=[])),
        ("output", make_request(output=SCHEMA, tools=False), model(supported=[])),
        ("output", make_request(output=JSON, tools=False), model("anthropic")),
    ],
)
def test_an_unsupported_feature_is_refused_by_name(feature: str, request_: ChatRequest, model_info: ModelInfo) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request_, model_info)

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("sent", "ignored", "settings", "model_info"),
    [
        ({}, (), ChatSettings(timeout=3), model(supported=[])),
        ({"seed": 0}, (), ChatSettings(seed=0), model(supported=["seed"])),
        ({"seed": 0}, ("top_p", "stop"), ChatSettings(seed=0, top_p=0.5, stop="x"), model(supported=["seed"])),
        ({}, ("parallel_tool_calls",), ChatSettings(parallel_tool_calls=True), model("gemini")),
    ],
)
def test_settings_are_sent_or_reported_as_ignored(
    sent: JsonObject, ignored: tuple[str, ...], settings: ChatSettings, model_info: ModelInfo
) -> None:
    seen = sendable_settings(settings, model_info, with_tools=True)

    assert (sent, ignored) == seen


@pytest.mark.parametrize(
    ("sent", "ignored", "extra", "model_info"),
    [
        ({"a": [1]}, (), {"a": [1]}, model()),
        ({"a": [1]}, (), {"a": [1]}, model("anthropic")),
        ({}, ("extra.a", "extra.b"), {"a": 1, "b": 2}, model("gemini")),
    ],
)
def test_an_extra_setting_is_sent_or_reported_as_ignored(
    sent: JsonObject, ignored: tuple[str, ...], extra: dict[str, object], model_info: ModelInfo
) -> None:
    seen = sendable_extra(ChatSettings(extra=extra), model_info)

    assert (sent, ignored) == seen


def test_parallel_tool_calls_is_not_sent_without_tools() -> None:
    seen = sendable_settings(ChatSettings(parallel_tool_calls=False), model(), with_tools=False)

    assert ({}, ("parallel_tool_calls",)) == seen


@pytest.mark.parametrize(
    ("key", "model_info"),
    [
        ("response_format", model()),
        ("stream_options", model()),
        ("max_completion_tokens", model("anthropic")),
        ("api_base", model("anthropic")),
        ("num_retries", model("anthropic")),
    ],
)
def test_an_extra_setting_that_the_adapter_or_litellm_sets_is_refused(key: str, model_info: ModelInfo) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(ChatSettings(extra={key: 1}), model_info)

    assert f"settings.extra.{key}" == caught.value.feature


def test_changing_the_sent_extra_does_not_change_the_settings() -> None:
    settings = ChatSettings(extra={"a": [1]})

    for model_info in (model(), model("anthropic")):
        sent, _ = sendable_extra(settings, model_info)
        match sent:
            case {"a": list(values)}:
                values.append(2)
        sent["b"] = 3

    assert {"a": [1]} == settings.extra


IMPORTS = "from llm_core import *; from llm_core.adapters.litellm import LiteLLMChat; import asyncio, sys; "
CHAT = "chat = LiteLLMChat('openai/x', api_key='sk-planted-0123456789'); "


def test_importing_and_constructing_does_not_load_litellm() -> None:
    script = f"{IMPORTS}{CHAT}repr(chat); chat.close(); print({{'litellm', 'openai', 'httpx'}} & set(sys.modules))"

    code, out, err = python(script)

    assert (0, "set()\n", "") == (code, out, err)


def test_a_missing_litellm_is_a_configuration_error_with_the_install_command() -> None:
    missing = "sys.modules.update(litellm=None, openai=None, httpx=None, aiohttp=None)"
    script = f"{IMPORTS}{missing}\ntry: {CHAT}\nexcept ConfigurationError as error: print(error)"

    code, out, err = python(script)

    assert (0, "litellm is not installed: pip install 'llm-core[litellm]'\n", "") == (code, out, err)


@pytest.mark.slow  # imports LiteLLM in a process of its own
def test_environment_and_log_levels_of_the_user_are_kept() -> None:
    script = (
        "import logging, os; logging.getLogger('LiteLLM').setLevel(10); "
        "os.environ['LITELLM_LOG'] = 'WARNING'; os.environ.pop('LITELLM_MODE', None); "
        "from llm_core.adapters.litellm.litellm_module import litellm; litellm(); "
        "print(os.environ['LITELLM_LOG'], os.environ['LITELLM_MODE']); "
        "print(logging.getLogger('LiteLLM').level, logging.getLogger('openai').level)"
    )

    code, out, err = python(script)

    assert (0, "WARNING PRODUCTION\n10 30\n", "") == (code, out, err)


@pytest.mark.slow  # imports LiteLLM in a process of its own
def test_loggers_that_write_prompts_and_keys_are_limited_to_info() -> None:
    script = (
        "import logging; logging.basicConfig(level=0, filename='/dev/null'); "
        "from llm_core.adapters.litellm.litellm_module import litellm; litellm(); "
        "print(*(logging.getLogger(name).getEffectiveLevel() for name in ('LiteLLM', 'openai._base_client', 'mine')))"
    )

    code, out, err = python(script)

    assert (0, "20 20 0\n", "") == (code, out, err)

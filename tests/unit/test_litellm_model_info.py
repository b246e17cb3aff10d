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

TOOL = Tool(name="get", description="", parameters={})
HELLO = [UserMessage("hi")]
JSON, SCHEMA = JsonOutput(), JsonSchemaOutput(name="city", schema={})


def model(provider: str = "openai", *, takes: list[str] | None = None) -> ModelInfo:
    return ModelInfo(
        name=f"{provider}/x", bare_name="x", provider=provider, openai_wire=provider == "openai", supported_params=takes
    )


def asked(choice: ToolChoice = "auto", output: OutputFormat | None = None, *, tools: bool = True) -> ChatRequest:
    return ChatRequest(messages=HELLO, tools=[TOOL] if tools else [], tool_choice=choice, output=output)


def python(script: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


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
def test_a_model_is_found_by_its_prefix(provider: str, bare_name: str, name: str, *, openai_wire: bool) -> None:
    seen = find_model_info(name, None)

    assert (name, bare_name, provider, openai_wire) == (seen.name, seen.bare_name, seen.provider, seen.openai_wire)
    assert seen.supports("max_tokens")


@pytest.mark.parametrize("name", ["nobody/x", "a/b/c", "no-prefix", "openai", ""])
def test_an_unknown_prefix_is_no_model_and_prints_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find_model_info(name, None)

    assert (name, None) == (caught.value.model, caught.value.__context__)
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize(
    ("can", "parameter", "of"),
    [
        (True, "seed", model(takes=["seed"])),
        (False, "seed", model(takes=["temperature"])),
        (False, "seed", model(takes=[])),
        (True, "seed", model(takes=None)),
        (True, "json_object", model(takes=["response_format"])),
        (False, "json_object", model(takes=["json_object"])),
        (False, "json_object", model("anthropic", takes=["response_format"])),
        (True, "response_format", model("anthropic", takes=["response_format"])),
        (False, "parallel_tool_calls", model("gemini")),
        (False, "tool_choice", model("ollama_chat")),
    ],
)
def test_a_model_can_what_litellm_lists_and_does_not_drop(parameter: str, of: ModelInfo, *, can: bool) -> None:
    seen = of.supports(parameter)

    assert can is seen


@pytest.mark.parametrize(
    ("request_", "takes"),
    [
        (asked(tools=False), []),
        (asked(), ["tools"]),
        (asked("required"), ["tools", "tool_choice"]),
        (asked(NamedTool("get")), ["tools", "tool_choice"]),
        (asked("none", tools=False), []),
        (asked(output=JSON, tools=False), ["response_format"]),
        (asked(output=SCHEMA, tools=False), ["response_format"]),
        (asked("required", SCHEMA), None),
    ],
)
def test_what_a_model_takes_is_not_refused(request_: ChatRequest, takes: list[str] | None) -> None:
    of = model(takes=takes)

    require_support(request_, of)  # raises where it refuses

    assert takes is of.supported_params


@pytest.mark.parametrize(
    ("feature", "request_", "of"),
    [
        ("tools", asked(), model(takes=["tool_choice"])),
        ("tool_choice", asked("required"), model(takes=["tools"])),
        ("tool_choice", asked("none"), model("ollama_chat")),
        ("output", asked(output=JSON, tools=False), model(takes=[])),
        ("output", asked(output=SCHEMA, tools=False), model(takes=[])),
        ("output", asked(output=JSON, tools=False), model("anthropic")),
    ],
)
def test_what_a_model_does_not_take_is_refused_by_name(feature: str, request_: ChatRequest, of: ModelInfo) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request_, of)

    assert feature == caught.value.feature


@pytest.mark.parametrize(
    ("sent", "ignored", "settings", "of"),
    [
        ({}, (), ChatSettings(timeout=3), model(takes=[])),
        ({"seed": 0}, (), ChatSettings(seed=0), model(takes=["seed"])),
        ({"seed": 0}, ("top_p", "stop"), ChatSettings(seed=0, top_p=0.5, stop="x"), model(takes=["seed"])),
        ({}, ("parallel_tool_calls",), ChatSettings(parallel_tool_calls=True), model("gemini")),
    ],
)
def test_settings_are_sent_or_named(
    sent: JsonObject, ignored: tuple[str, ...], settings: ChatSettings, of: ModelInfo
) -> None:
    seen = sendable_settings(settings, of, with_tools=True)

    assert (sent, ignored) == seen


@pytest.mark.parametrize(
    ("sent", "ignored", "extra", "of", "direct"),
    [
        ({"a": [1]}, (), {"a": [1]}, model(), False),
        ({"a": [1]}, (), {"a": [1]}, model("anthropic"), False),
        ({}, ("extra.a", "extra.b"), {"a": 1, "b": 2}, model("gemini"), False),
        ({"a": 1, "b": 2}, (), {"a": 1, "b": 2}, model("gemini"), True),
        ({"api_base": 1}, (), {"api_base": 1}, model("anthropic"), True),
    ],
)
def test_an_extra_is_sent_or_named(
    sent: JsonObject, ignored: tuple[str, ...], extra: dict[str, object], of: ModelInfo, *, direct: bool
) -> None:
    seen = sendable_extra(ChatSettings(extra=extra), of, direct=direct)

    assert (sent, ignored) == seen


def test_parallel_calls_of_no_tools_are_not_sent() -> None:
    seen = sendable_settings(ChatSettings(parallel_tool_calls=False), model(), with_tools=False)

    assert ({}, ("parallel_tool_calls",)) == seen


@pytest.mark.parametrize(
    ("key", "of"),
    [
        ("response_format", model()),
        ("stream_options", model()),
        ("max_completion_tokens", model("anthropic")),
        ("api_base", model("anthropic")),
        ("num_retries", model("anthropic")),
    ],
)
def test_an_extra_that_somebody_else_says_is_refused_by_name(key: str, of: ModelInfo) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sendable_extra(ChatSettings(extra={key: 1}), of, direct=False)

    assert f"settings.extra.{key}" == caught.value.feature


def test_what_is_done_to_the_extra_does_not_reach_the_settings() -> None:
    settings = ChatSettings(extra={"a": [1]})

    for of in (model(), model("anthropic")):
        sent, _ = sendable_extra(settings, of, direct=True)
        match sent:
            case {"a": list(values)}:
                values.append(2)
        sent["b"] = 3

    assert {"a": [1]} == settings.extra


ASK = "from llm_core import *; from llm_core.adapters.litellm import LiteLLMChat; import asyncio, sys; "
CHAT = "chat = LiteLLMChat('openai/x', api_key='sk-planted-0123456789'); "
REQUEST = "ask = ChatRequest(messages=[UserMessage('hi')]); "


def test_importing_and_constructing_loads_no_litellm() -> None:
    script = f"{ASK}{CHAT}repr(chat); chat.close(); print({{'litellm', 'openai', 'httpx'}} & set(sys.modules))"

    code, out, err = python(script)

    assert (0, "set()\n", "") == (code, out, err)


def test_a_missing_litellm_is_a_configuration_error_that_says_what_to_install() -> None:
    missing = "sys.modules.update(litellm=None, openai=None, httpx=None, aiohttp=None)"
    script = f"{ASK}{missing}\ntry: {CHAT}\nexcept ConfigurationError as error: print(error)"

    code, out, err = python(script)

    assert (0, "litellm is not installed: pip install 'llm-core[litellm]'\n", "") == (code, out, err)


def test_what_a_user_has_set_stands() -> None:
    script = (
        "import logging, os; logging.getLogger('LiteLLM').setLevel(10); "
        "os.environ['LITELLM_LOG'] = 'WARNING'; os.environ.pop('LITELLM_MODE', None); "
        "from llm_core.adapters.litellm.litellm_module import litellm; litellm(); "
        "print(os.environ['LITELLM_LOG'], os.environ['LITELLM_MODE']); "
        "print(logging.getLogger('LiteLLM').level, logging.getLogger('openai').level)"
    )

    code, out, err = python(script)

    assert (0, "WARNING PRODUCTION\n10 30\n", "") == (code, out, err)


def test_what_writes_prompts_and_keys_into_the_log_is_quiet_below_info() -> None:
    script = (
        "import logging; logging.basicConfig(level=0, filename='/dev/null'); "
        "from llm_core.adapters.litellm.litellm_module import litellm; litellm(); "
        "print(*(logging.getLogger(name).getEffectiveLevel() for name in ('LiteLLM', 'openai._base_client', 'mine')))"
    )

    code, out, err = python(script)

    assert (0, "20 20 0\n", "") == (code, out, err)

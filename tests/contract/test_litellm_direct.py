"""LiteLLMChat with its default lane, here the direct one: five wire formats over real HTTP.

The xfails are schemas that LiteLLM's configs change.
One format is checked in all modes; the others in one mode each, and in all modes by
`test_litellm_direct_whole.py`.
"""

import importlib

import pytest

from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.testing import SETTINGS, Capabilities, ChatPortContract, Scenario
from llm_core.testing.clauses.modes import EVERY


def _hard_values(reason: str, *names: str) -> dict[str, str]:
    return {f"law.hard-values-arrive[{name}-{mode}]": reason for name in names for mode in EVERY}


NO_REF_PROPERTY = "LiteLLM takes a property named $ref for a reference, and raises AttributeError"
NO_STRICT_PROPERTY = "LiteLLM drops a property named strict"
MOVED_KEYWORDS = "LiteLLM moves keywords that Anthropic does not enforce from the schema of an output to descriptions"

ANTHROPIC = {
    "law.request-arrives": MOVED_KEYWORDS,
    **_hard_values(MOVED_KEYWORDS, "output schema: keywords"),
    **_hard_values("LiteLLM renames tools whose name Anthropic would refuse", "odd names"),
}
GEMINI = {
    "law.request-arrives": f"{NO_REF_PROPERTY}; {NO_STRICT_PROPERTY}",
    **_hard_values(NO_REF_PROPERTY, "tool schema: keywords as names", "tool schema: keywords as names, nested"),
    **_hard_values(NO_STRICT_PROPERTY, "output schema: keywords as names", "output schema: keywords as names, nested"),
}


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # takes seconds, which no clause's deadline should include, as does the transport
    importlib.import_module("llm_core.adapters.litellm.routing")
    importlib.import_module("llm_core.transport.aiohttp_transport")


class TestDirectLaneOverOpenAI(ChatPortContract):
    other_model = "openai/fake-provider-2"

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="openai_chat").url
        return LiteLLMChat("openai/fake-provider-1", api_key=self.planted_key, api_base=f"{url}/v1")


class TestDirectLaneOverAnthropic(ChatPortContract):
    quick = True
    other_model = "anthropic/claude-haiku-4-5"
    xfails = ANTHROPIC
    capabilities = Capabilities(
        json_output=False, audio=False, settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"}
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return LiteLLMChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url)


class TestDirectLaneOverGemini(ChatPortContract):
    quick = True
    other_model = "gemini/gemini-2.5-pro"
    xfails = GEMINI
    capabilities = Capabilities(images_by_url=False, settings=SETTINGS - {"parallel_tool_calls"})

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="gemini").url
        return LiteLLMChat("gemini/gemini-2.5-flash", api_key=self.planted_key, api_base=f"{url}/v1beta")


class TestDirectLaneOverOllama(ChatPortContract):
    quick = True
    other_model = "ollama_chat/llama3.1"
    capabilities = Capabilities(
        tool_choice=False,
        images_by_url=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls", "presence_penalty", "frequency_penalty"},
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="ollama_chat").url
        return LiteLLMChat("ollama_chat/llama3.2", api_key=self.planted_key, api_base=url)


class TestDirectLaneOverCohere(ChatPortContract):
    quick = True
    other_model = "cohere_chat/command-r7b-12-2024"
    capabilities = Capabilities(
        named_tool_choice=False,
        json_output=False,
        json_schema_output=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls", "reasoning_effort"},
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="cohere_chat").url
        return LiteLLMChat("cohere_chat/command-a-03-2025", api_key=self.planted_key, api_base=f"{url}/v2/chat")

"""LiteLLMChat with its default lane, here the direct one: five wire formats over real HTTP, in one mode each.

The calls are those of DirectChat, which `make test` checks; so these are slow.
"""

import importlib

import pytest

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities, ChatPortContract, Scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.async_pool")  # no clause's deadline should include it


class TestDirectLaneOverOpenAI(ChatPortContract):
    quick = True
    provider = "openai"
    model = "openai/fake-provider-1"
    other_model = "openai/fake-provider-2"

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="openai_chat").url
        return LiteLLMChat("openai/fake-provider-1", api_key=self.planted_key, api_base=f"{url}/v1")


class TestDirectLaneOverAnthropic(ChatPortContract):
    quick = True
    provider = "anthropic"
    model = "anthropic/claude-sonnet-4-5"
    other_model = "anthropic/claude-haiku-4-5"
    capabilities = Capabilities(
        json_output=False,
        audio=False,
        settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"} | RARE_SETTINGS,
        server_tools=True,
        rare_fields=True,
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return LiteLLMChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url)


class TestDirectLaneOverGemini(ChatPortContract):
    quick = True
    provider = "gemini"
    model = "gemini/gemini-2.5-flash"
    other_model = "gemini/gemini-2.5-pro"
    capabilities = Capabilities(
        images_by_url=False,
        settings=SETTINGS - {"parallel_tool_calls", "presence_penalty", "frequency_penalty"} | {"service_tier"},
        server_tools=True,
        rare_fields=True,
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="gemini").url
        return LiteLLMChat("gemini/gemini-2.5-flash", api_key=self.planted_key, api_base=f"{url}/v1beta")


class TestDirectLaneOverOllama(ChatPortContract):
    quick = True
    provider = "ollama_chat"
    model = "ollama_chat/llama3.2"
    other_model = "ollama_chat/llama3.1"
    capabilities = Capabilities(
        tool_choice=False,
        images_by_url=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls"},
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="ollama_chat").url
        return LiteLLMChat("ollama_chat/llama3.2", api_key=self.planted_key, api_base=url)


class TestDirectLaneOverCohere(ChatPortContract):
    quick = True
    provider = "cohere_chat"
    model = "cohere_chat/command-a-03-2025"
    other_model = "cohere_chat/command-r7b-12-2024"
    capabilities = Capabilities(
        named_tool_choice=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls", "reasoning_effort"},
    )

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="cohere_chat").url
        return LiteLLMChat("cohere_chat/command-a-03-2025", api_key=self.planted_key, api_base=f"{url}/v2/chat")

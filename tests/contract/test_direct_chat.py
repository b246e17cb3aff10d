"""DirectChat over real HTTP: one wire format in one mode and, slow, in all; slow, five others in one mode each.

`test_direct_chat_whole.py` checks those in all modes.
"""

import importlib

import pytest

from llm_core.adapters.direct import DirectChat
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities, ChatPortContract, Scenario


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.async_pool")  # no clause's deadline should include it


class TestDirectChatOverOpenAI(ChatPortContract):
    quick = True
    other_model = "openai/fake-provider-2"
    capabilities = Capabilities(settings=SETTINGS | {"service_tier"}, rare_fields=True, request_ids_of_answers=True)

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="openai_chat").url
        return DirectChat("openai/fake-provider-1", api_key=self.planted_key, api_base=f"{url}/v1")


@pytest.mark.slow
class TestDirectChatInAllModes(TestDirectChatOverOpenAI):
    quick = False


@pytest.mark.slow
class TestDirectChatOverResponses(ChatPortContract):
    quick = True
    other_model = "openai/gpt-5.4-mini"
    capabilities = Capabilities(
        audio=False,
        settings=SETTINGS - {"stop", "seed", "presence_penalty", "frequency_penalty"} | {"service_tier"},
        server_tools=True,
        rare_fields=True,
        request_ids_of_answers=True,
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="openai_responses").url
        return DirectChat("openai/gpt-5.4", api_key=self.planted_key, api_base=f"{url}/v1", wire="responses")


@pytest.mark.slow
class TestDirectChatOverOllama(ChatPortContract):
    quick = True
    other_model = "ollama_chat/llama3.1"
    capabilities = Capabilities(
        tool_choice=False,
        images_by_url=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls"},
        rare_fields=True,
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="ollama_chat").url
        return DirectChat("ollama_chat/llama3.2", api_key=self.planted_key, api_base=url)


@pytest.mark.slow
class TestDirectChatOverCohere(ChatPortContract):
    quick = True
    other_model = "cohere_chat/command-r7b-12-2024"
    capabilities = Capabilities(
        named_tool_choice=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls"},
        rare_fields=True,
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="cohere_chat").url
        return DirectChat("cohere_chat/command-a-reasoning-08-2025", api_key=self.planted_key, api_base=f"{url}/v2")


@pytest.mark.slow
class TestDirectChatOverAnthropic(ChatPortContract):
    quick = True
    other_model = "anthropic/claude-haiku-4-5"
    capabilities = Capabilities(
        json_output=False,
        audio=False,
        settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"} | RARE_SETTINGS,
        server_tools=True,
        rare_fields=True,
        request_ids_of_answers=True,
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return DirectChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url)


@pytest.mark.slow
class TestDirectChatOverGemini(ChatPortContract):
    quick = True
    other_model = "gemini/gemini-2.5-pro"
    capabilities = Capabilities(
        images_by_url=False,
        settings=SETTINGS - {"parallel_tool_calls", "presence_penalty", "frequency_penalty"} | {"service_tier"},
        server_tools=True,
        rare_fields=True,
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="gemini").url
        return DirectChat("gemini/gemini-2.5-flash", api_key=self.planted_key, api_base=f"{url}/v1beta")

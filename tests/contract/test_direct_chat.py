"""DirectChat over real HTTP: five wire formats, in all modes."""

import importlib

import pytest

from llm_core.adapters.direct import DirectChat
from llm_core.testing import SETTINGS, Capabilities, ChatPortContract, Scenario


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.aiohttp_transport")  # no clause's deadline should include it


class TestDirectChatOverOpenAI(ChatPortContract):
    other_model = "openai/fake-provider-2"

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="openai_chat").url
        return DirectChat("openai/fake-provider-1", api_key=self.planted_key, api_base=f"{url}/v1")


class TestDirectChatOverAnthropic(ChatPortContract):
    other_model = "anthropic/claude-haiku-4-5"
    capabilities = Capabilities(
        json_output=False, audio=False, settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"}
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return DirectChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url)

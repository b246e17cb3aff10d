import importlib
import pytest
from llm_core.adapters.direct import DirectChat
from llm_core.testing import SETTINGS, Capabilities, ChatPortContract, Scenario


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.aiohttp_transport")


class TestDirectChatOverAnthropic(ChatPortContract):
    other_model = "anthropic/claude-haiku-4-5"
    quick = True
    capabilities = Capabilities(
        json_output=False, audio=False, settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"}
    )

    def arrange(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return DirectChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url)

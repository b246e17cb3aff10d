"""`ThirdPartyChat` passes the `llm_core` contract. This file is all that its author writes for that."""

import pytest
from llm_core import ChatRequest, ManagedChatPort, UserMessage, chat_from_env, from_events
from llm_core.testing import Capabilities, ChatPortContract, Replies, Scenario

from third_party_chat import ThirdPartyChat


class TestThirdPartyChat(ChatPortContract):
    capabilities = Capabilities(images=False, images_by_url=False, audio=False, files=False, rare_fields=True)

    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        base_url = f"{self.fake_provider(scenario).url}/v1"
        return from_events(ThirdPartyChat(base_url=base_url, model="any", api_key=self.planted_key))

    def test_chat_from_env_finds_it_by_its_entry_point(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DEFAULT_LLM", "third_party")
        monkeypatch.setenv("THIRD_PARTY_BASE_URL", f"{self.fake_provider(Replies(text='Hello.')).url}/v1")
        monkeypatch.setenv("THIRD_PARTY_MODEL", "any")

        with chat_from_env() as chat:
            response = chat.complete(ChatRequest(messages=[UserMessage("Hello?")]))

        assert response.text == "Hello."

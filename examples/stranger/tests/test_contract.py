"""`StrangerChat` keeps the contract of `llm_core`: what its author writes to know that, and it is all."""

import pytest
from llm_core import ChatRequest, ManagedChatPort, UserMessage, chat_from_env, from_events
from llm_core.testing import Capabilities, ChatPortContract, Replies, Scenario

from stranger_chat import StrangerChat


class TestStrangerChat(ChatPortContract):
    capabilities = Capabilities(images=False, images_by_url=False, audio=False, files=False)

    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        base_url = f"{self.fake_provider(scenario).url}/v1"
        return from_events(StrangerChat(base_url=base_url, model="any", api_key=self.planted_key))

    def test_the_environment_chooses_it_by_its_entry_point(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DEFAULT_LLM", "stranger")
        monkeypatch.setenv("STRANGER_BASE_URL", f"{self.fake_provider(Replies(text='Hello.')).url}/v1")
        monkeypatch.setenv("STRANGER_MODEL", "any")

        with chat_from_env() as chat:
            response = chat.complete(ChatRequest(messages=[UserMessage("Hello?")]))

        assert response.text == "Hello."

"""Whoever can do less keeps the contract too, without one xfail: what is not claimed is refused, or not asked."""

import pytest

from llm_core import ManagedChatPort, from_async
from llm_core.testing import Capabilities, ChatPortContract, Scenario

from .broken.minimal_chat import WordsChat
from .broken.plain_chat import PlainChat

pytestmark = pytest.mark.slow


class TestWordsChat(ChatPortContract):
    capabilities = Capabilities(tools=False, images=False)

    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        return from_async(WordsChat(PlainChat(self.fake_provider(scenario).url, self.planted_key)))

"""A small adapter over httpx passes the whole contract: no clause requires what HTTP cannot provide."""

import pytest

from llm_core import ManagedChatPort, from_async
from llm_core.testing import ChatPortContract, Scenario

from .broken.plain_chat import PlainChat

pytestmark = pytest.mark.slow


class TestPlainChat(ChatPortContract):
    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        return from_async(PlainChat(self.fake_provider(scenario).url, self.planted_key))

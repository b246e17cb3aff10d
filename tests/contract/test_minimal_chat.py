"""An adapter with fewer features passes without an xfail: a feature that it does not claim is refused or not tested."""

import pytest

from llm_core import ManagedChatPort, from_async
from llm_core.testing import Capabilities, ChatPortContract, Scenario

from .broken.minimal_chat import MinimalChat
from .broken.plain_chat import PlainChat

pytestmark = pytest.mark.slow


class TestMinimalChat(ChatPortContract):
    capabilities = Capabilities(tools=False, images=False)

    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        return from_async(MinimalChat(PlainChat(self.fake_provider(scenario).url, self.planted_key)))

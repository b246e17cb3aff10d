"""The clause about the default timeout does not judge an adapter whose deadlines follow another clock."""

from contextlib import ExitStack

import pytest

from llm_core import ChatPort, from_sync
from llm_core.adapters.direct import DirectChat
from llm_core.testing import Capabilities, ChatPortContract, Scenario


class InThreads(ChatPortContract):
    capabilities = Capabilities(cancels_promptly=False)

    def __init__(self) -> None:
        self._closing = ExitStack()

    def arrange(self, scenario: Scenario) -> ChatPort:
        base = f"{self.fake_provider(scenario).url}/v1"
        return from_sync(DirectChat("openai/any", api_base=base, api_key=self.planted_key))


def test_an_adapter_in_threads_has_a_clock_of_its_own() -> None:
    suite = InThreads()

    with pytest.raises(pytest.skip.Exception, match="follow another clock"), suite.isolated():
        suite.test_a_call_that_sets_no_timeout_ends_in_time("acomplete")

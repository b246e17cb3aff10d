"""A stack of five wrappers keeps the whole contract, over the fake and over HTTP."""

import importlib
from collections.abc import Sequence

import pytest

from llm_core import ChatPort
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities, Scenario, WrapperContract
from llm_core.wrappers import Budget, Fallback, Hedged, Limited, Limiter, Retrying

from .test_in_memory_chat import InMemoryContract

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.async_pool")  # no clause's deadline should include it


class OverTheFake(WrapperContract):
    """Arranges the fake beneath the wrapper."""

    capabilities = Capabilities(http=False, settings=SETTINGS | RARE_SETTINGS, server_tools=True, rare_fields=True)

    def chat_for(self, scenario: Scenario) -> InMemoryChat:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return fake.arrange(scenario)


class OverHTTP(WrapperContract):
    """Arranges a `DirectChat` beneath the wrapper, over the wire of OpenAI's chat completions."""

    other_model = "openai/fake-provider-2"
    capabilities = Capabilities(settings=SETTINGS | {"service_tier"}, rare_fields=True)

    def chat_for(self, scenario: Scenario) -> DirectChat:
        url = self.fake_provider(scenario, dialect="openai_chat").url
        return DirectChat("openai/fake-provider-1", api_key=self.planted_key, api_base=f"{url}/v1")


def _five_deep(chats: Sequence[ChatPort]) -> ChatPort:
    limited = Limited(chats[0], Limiter(concurrent=50))
    return Budget(Fallback([Hedged([Retrying(limited, attempts=1)], after=30)]))


class TestFiveDeepOverTheFake(OverTheFake):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return _five_deep(chats)


class TestFiveDeepOverHTTP(OverHTTP):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return _five_deep(chats)

"""Each wrapper keeps the whole contract, over the fake and over HTTP; so do a stack of five and each ordered pair."""

import importlib
import itertools
from collections.abc import Callable, Sequence

import pytest

from llm_core import ChatPort
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities, Scenario, WrapperContract
from llm_core.wrappers import Budget, Fallback, Hedged, Limited, Limiter, Retrying

from .test_in_memory_chat import TestInMemoryChat as InMemoryContract
from .wrapped import WRAPPERS, declared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    importlib.import_module("llm_core.transport.aiohttp_transport")  # no clause's deadline should include it


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


TestRetryingOverTheFake = declared(WRAPPERS["Retrying"], (OverTheFake,))
TestRetryingOverHTTP = declared(WRAPPERS["Retrying"], (OverHTTP,))
TestFallbackOverTheFake = declared(WRAPPERS["Fallback"], (OverTheFake,))
TestFallbackOverHTTP = declared(WRAPPERS["Fallback"], (OverHTTP,))
TestHedgedOverTheFake = declared(WRAPPERS["Hedged"], (OverTheFake,))
TestHedgedOverHTTP = declared(WRAPPERS["Hedged"], (OverHTTP,))
TestLimitedOverTheFake = declared(WRAPPERS["Limited"], (OverTheFake,))
TestLimitedOverHTTP = declared(WRAPPERS["Limited"], (OverHTTP,))
TestBudgetOverTheFake = declared(WRAPPERS["Budget"], (OverTheFake,))
TestBudgetOverHTTP = declared(WRAPPERS["Budget"], (OverHTTP,))
TestLoggedOverTheFake = declared(WRAPPERS["Logged"], (OverTheFake,))
TestLoggedOverHTTP = declared(WRAPPERS["Logged"], (OverHTTP,))
TestRecordedOverTheFake = declared(WRAPPERS["Recorded"], (OverTheFake,))
TestRecordedOverHTTP = declared(WRAPPERS["Recorded"], (OverHTTP,))
TestCachedOverTheFake = declared(WRAPPERS["Cached"], (OverTheFake,))
TestCachedOverHTTP = declared(WRAPPERS["Cached"], (OverHTTP,))


def _five_deep(chats: Sequence[ChatPort]) -> ChatPort:
    limited = Limited(chats[0], Limiter(concurrent=50))
    return Budget(Fallback([Hedged([Retrying(limited, attempts=1)], after=30)]))


class TestFiveDeepOverTheFake(OverTheFake):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return _five_deep(chats)


class TestFiveDeepOverHTTP(OverHTTP):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return _five_deep(chats)


def _pair(outer: str, inner: str) -> Callable[[Sequence[ChatPort]], ChatPort]:
    return lambda chats: WRAPPERS[outer].neutral(WRAPPERS[inner].neutral(chats[0]))


for _outer, _inner in itertools.permutations(WRAPPERS, 2):
    _name = f"Test{_outer}Over{_inner}"
    globals()[_name] = type(
        _name, (OverTheFake,), {"quick": True, "wrap": staticmethod(_pair(_outer, _inner)), "__module__": __name__}
    )

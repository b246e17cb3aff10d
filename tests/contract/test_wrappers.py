"""Each wrapper keeps the clauses about wrappers, and in its neutral form the contract of chats, over the fake."""

from collections.abc import Sequence

from llm_core import ChatPort
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import RARE_SETTINGS, SETTINGS, Capabilities, Scenario, WrapperContract
from llm_core.wrappers import Budget, Fallback, Limited, Limiter, Retrying

from .neutral import Neutral
from .test_in_memory_chat import TestInMemoryChat as InMemoryContract


class OverTheFake(WrapperContract):
    """Arranges the fake beneath the wrapper, and checks each clause in one mode."""

    quick = True
    capabilities = Capabilities(http=False, settings=SETTINGS | RARE_SETTINGS, server_tools=True, rare_fields=True)

    def chat_for(self, scenario: Scenario) -> InMemoryChat:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return fake.arrange(scenario)


class TestNeutral(OverTheFake):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Neutral(*chats)


class TestRetrying(OverTheFake):
    attempts_per_call = 3

    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Retrying(chats[0])

    def neutral(self, chat: ChatPort) -> ChatPort:
        return Retrying(chat, attempts=1)


class TestFallback(OverTheFake):
    chats = 2
    attempts_per_call = 2

    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Fallback(chats)


class TestLimited(OverTheFake):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Limited(chats[0], Limiter(concurrent=4, requests_per_minute=1_000, tokens_per_minute=1_000_000))

    def neutral(self, chat: ChatPort) -> ChatPort:
        return Limited(chat, Limiter())


class TestBudget(OverTheFake):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Budget(chats[0], usd=100, tokens=10_000_000, unpriced="count")

    def neutral(self, chat: ChatPort) -> ChatPort:
        return Budget(chat)

"""What an author of an adapter fills in, and what the suite does around it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType

import pytest

from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort

from .capabilities import Capabilities
from .dialects import Dialect
from .far_side import FarSide
from .honesty import require_honesty
from .openai_chat import OpenAIChat
from .recorder import Recorder
from .scenarios import Scenario

_DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (OpenAIChat(),)}


class Arranging:
    """Fill `arrange`; declare `capabilities` where your adapter cannot do everything."""

    capabilities = Capabilities()
    other_model = "far-side-2"  # the far side answers to any name
    planted_key = "sk-planted-0123456789abcdef"  # give it to the adapter as its key: it must appear in no error

    xfails: Mapping[str, str] = MappingProxyType({})
    """Promises that the adapter cannot keep, each with its reason: ``{"error.no-redirect": "..."}``, or for some modes
    alone ``{"stream.break-is-an-error[drip-stream]": "..."}``. They are strict: one that is kept after all fails."""

    def arrange(self, scenario: Scenario) -> ChatPort:
        """Return the adapter under test, with a far side that plays *scenario*.

        Over HTTP point it at ``self.far_side(scenario).url``; without HTTP turn the scenario into whatever the adapter
        needs, and report each request by ``self.record(request)``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define arrange(self, scenario) -> ChatPort")

    def far_side(self, scenario: Scenario, *, dialect: str = "openai_chat") -> FarSide:
        """Return a loopback server that plays *scenario*; the suite closes it."""
        return self._closing.enter_context(FarSide(scenario, _DIALECTS[dialect], self.recorder))

    def record(self, request: ChatRequest) -> None:
        """Report a request that reached a far side without HTTP."""
        self.recorder.see(request)

    def given(self, scenario: Scenario) -> ChatPort:
        """Return what `arrange` returns, to be closed when the clause is over."""
        chat = self.arrange(scenario)
        self._closing.callback(_close, chat)
        return chat

    @pytest.fixture(autouse=True)
    def _around_each_clause(self, request: pytest.FixtureRequest) -> Iterator[None]:
        require_honesty(request.node, self.xfails)
        self.recorder = Recorder()
        with ExitStack() as self._closing:
            yield


def _close(chat: ChatPort) -> None:
    aclose, close = getattr(chat, "aclose", None), getattr(chat, "close", None)
    if callable(aclose):
        asyncio.run(_await(aclose()))
    if callable(close):
        close()


async def _await(closing: object) -> None:
    if asyncio.iscoroutine(closing):
        await closing

"""The live contract for a chat passed in by the caller: `llm-core contract --live` runs pytest on this file."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from llm_core.ports.chat import ChatPort

from .clauses import LiveContract

ChatFactory: TypeAlias = tuple[Callable[[], ChatPort], str]
LIVE_CHAT = pytest.StashKey[ChatFactory]()
"""A factory of the chat, and the name of a model that it does not know."""


class LiveModel(LiveContract):
    """The model that the command line configured."""

    unknown_model: str

    @pytest.fixture(autouse=True)
    def _configure(self, pytestconfig: pytest.Config) -> None:
        self._make, self.unknown_model = pytestconfig.stash[LIVE_CHAT]

    def chat(self) -> ChatPort:
        """Return a new chat."""
        return self._make()

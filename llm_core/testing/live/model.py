"""The live contract over a chat that is handed in: `llm-core contract --live` lets pytest run this very file."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from llm_core.ports.chat import ChatPort

from .clauses import LiveContract

Making: TypeAlias = tuple[Callable[[], ChatPort], str]
HANDED = pytest.StashKey[Making]()
"""What makes the chat, and the name of a model that it does not know."""


class LiveModel(LiveContract):
    """The model that the command line was told to ask."""

    unknown_model: str

    @pytest.fixture(autouse=True)
    def _take(self, pytestconfig: pytest.Config) -> None:
        self._make, self.unknown_model = pytestconfig.stash[HANDED]

    def chat(self) -> ChatPort:
        """Return a new chat."""
        return self._make()

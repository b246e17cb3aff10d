"""mypy --strict accepts both adapters as a `ChatPort`."""

import pytest

from llm_core.testing import assert_static


@pytest.mark.slow
def test_mypy_accepts_in_memory_chat_as_a_managed_chat_port() -> None:
    fake = "llm_core.adapters.memory:InMemoryChat"

    assert_static(fake, port="ManagedChatPort")


def test_mypy_accepts_litellm_chat_as_a_chat_port() -> None:
    chat, slow_imports = "llm_core.adapters.litellm:LiteLLMChat", ["litellm.*"]

    assert_static(chat, skip=slow_imports)

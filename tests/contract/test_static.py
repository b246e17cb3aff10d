"""Both adapters are ports to whoever runs mypy --strict."""

from llm_core.testing import assert_static


def test_the_fake_is_a_port_to_mypy() -> None:
    fake = "llm_core.adapters.memory:InMemoryChat"

    assert_static(fake, port="ManagedChatPort")


def test_litellm_chat_is_a_port_to_mypy() -> None:
    chat, slow = "llm_core.adapters.litellm:LiteLLMChat", ["litellm.*"]

    assert_static(chat, skip=slow)

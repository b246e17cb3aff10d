"""What `StrangerChat` looks like to those who run mypy."""

from llm_core.testing import assert_static

from stranger_chat import StrangerChat


def test_it_is_a_port_to_mypy() -> None:
    assert_static(StrangerChat, port="AsyncChatPort")

"""What `StrangerChat` looks like to those who run mypy."""

from llm_core.testing import assert_static

from stranger_chat import StrangerChat


def test_it_has_all_that_from_events_asks_for() -> None:
    assert_static(StrangerChat, port="ChatEventSource")

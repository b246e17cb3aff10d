"""`ThirdPartyChat` under mypy."""

from llm_core.testing import assert_static

from third_party_chat import ThirdPartyChat


def test_mypy_accepts_it_as_a_chat_event_source() -> None:
    assert_static(ThirdPartyChat, port="ChatEventSource")

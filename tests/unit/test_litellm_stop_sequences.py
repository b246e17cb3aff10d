"""A test that the call lane sends every stop sequence."""

import json

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import FakeProvider, Replies


@pytest.mark.call_lane
def test_the_call_lane_sends_every_stop_sequence() -> None:
    five = ["1", "2", "3", "4", "5"]  # LiteLLM would pass on only four
    request = ChatRequest(messages=[UserMessage("Hello")], settings=ChatSettings(stop=five))

    with (
        FakeProvider(Replies()) as fake_provider,
        LiteLLMChat("openai/gpt-4o", api_key="k", api_base=fake_provider.url, lane="call") as chat,
    ):
        chat.complete(request)

    assert five == json.loads(fake_provider.recorder.requests[0].body)["stop"]

"""A correct adapter that writes a request in another form that OpenAI documents passes the whole contract.

It sends text as arrays of text parts, the role `developer`, and fields with their default.
"""

from typing import TypeAlias

import attrs
import pytest

from llm_core import ManagedChatPort, from_async
from llm_core.testing import ChatPortContract, Scenario

from .broken.plain_chat import PlainChat
from .broken.rewriting import JsonObject, rewritten

Message: TypeAlias = dict[str, object]

pytestmark = pytest.mark.slow

DEFAULTS: JsonObject = {
    "store": False,
    "n": 1,
    "stream": False,
    "logprobs": False,
    "modalities": ["text"],
    "service_tier": "auto",
    "response_format": {"type": "text"},
}


def in_another_form(body: JsonObject) -> JsonObject:
    messages = body["messages"]
    assert isinstance(messages, list)
    return {**DEFAULTS, **body, "messages": [_with_parts(message) for message in messages]}


def _with_parts(message: Message) -> Message:
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {**message, "role": "developer" if message["role"] == "system" else message["role"], "content": parts}


class TestTextAsParts(ChatPortContract):
    quick = True

    def arrange(self, scenario: Scenario) -> ManagedChatPort:
        chat = PlainChat(self.fake_provider(scenario).url, self.planted_key)
        return from_async(attrs.evolve(chat, new_client=rewritten(in_another_form)))

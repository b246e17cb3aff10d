"""Anthropic's Messages API."""

from llm_core.wires.wire import Wire

from .decode import AnthropicMessagesDecoder
from .encode import encode

ANTHROPIC_MESSAGES = Wire(name="anthropic_messages", encode=encode, decoder=AnthropicMessagesDecoder)

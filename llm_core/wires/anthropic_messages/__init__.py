"""Anthropic's Messages API."""

from llm_core.wires.wire import Wire

from .decode import AnthropicMessagesDecoder
from .encode import encode

ANTHROPIC_MESSAGES = Wire(encode=encode, decoder=AnthropicMessagesDecoder)

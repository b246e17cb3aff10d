"""OpenAI's Chat Completions API."""

from llm_core.wires.wire import Wire

from .decode import OpenAIChatDecoder
from .encode import encode

OPENAI_CHAT = Wire(name="openai_chat", encode=encode, decoder=OpenAIChatDecoder)

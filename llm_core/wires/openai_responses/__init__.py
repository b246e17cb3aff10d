"""OpenAI's Responses API, stateless: nothing is stored at the provider, and the whole history is sent each time."""

from llm_core.wires.wire import Wire

from .decode import OpenAIResponsesDecoder
from .encode import encode

OPENAI_RESPONSES = Wire(name="openai_responses", encode=encode, decoder=OpenAIResponsesDecoder)

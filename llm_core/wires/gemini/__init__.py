"""Google's Gemini API (`generateContent`)."""

from llm_core.wires.wire import Wire

from .decode import GeminiDecoder
from .encode import encode

GEMINI = Wire(name="gemini", encode=encode, decoder=GeminiDecoder)

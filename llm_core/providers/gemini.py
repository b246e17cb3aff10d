"""Google's Gemini API."""

from llm_core.wires.gemini.decode import GeminiDecoder

from .profile import Profile

GEMINI = Profile(
    decoder=GeminiDecoder,
    base_url="https://generativelanguage.googleapis.com/v1beta",
    base_variables=("GEMINI_API_BASE",),
    key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
)

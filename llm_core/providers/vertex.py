"""Google's Vertex AI, in Gemini's format. Its keys come from Google's own SDK, so that LiteLLM's call serves it."""

import attrs

from llm_core.wires.gemini import GEMINI

from .gemini import LITELLM_QUIRKS, gemini_rules
from .profile import Profile

_PROFILE = Profile(wire=GEMINI, rules=gemini_rules, litellm=attrs.evolve(LITELLM_QUIRKS, call_only=True))

PROFILES = {"vertex_ai": _PROFILE, "vertex_ai_beta": _PROFILE}

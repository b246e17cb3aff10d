"""Perplexity.

Sources: https://docs.perplexity.ai/api-reference/chat-completions-post (which has no tools), and
https://docs.perplexity.ai/guides/structured-outputs (JSON schemas, but no plain JSON mode).
"""

from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import by_family

_RULES = ModelRules(
    settings=SETTINGS - {"stop", "seed", "parallel_tool_calls"},
    tools=False,
    outputs=frozenset({"schema"}),
    stream_usage=False,  # every event of a stream holds the usage so far
    replays_reasoning=False,  # it refuses the field of its own answers
)

PROFILES = {
    "perplexity": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.perplexity.ai",
        base_variables=("PERPLEXITY_API_BASE",),
        key_variables=("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        address=chat_address,
        rules=by_family(_RULES),
    )
}

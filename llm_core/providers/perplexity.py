"""Perplexity.

Sources: https://docs.perplexity.ai/api-reference/chat-completions-post (which has no tools), and
https://docs.perplexity.ai/guides/structured-outputs (JSON schemas, but no plain JSON mode); for models of other makers
https://docs.perplexity.ai/docs/agent-api (Responses, with tools).
"""

from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile, ResponsesUse
from .rules.addresses import chat_address, versioned_address
from .rules.families import by_family

_RULES = ModelRules(
    settings=SETTINGS - {"stop", "seed", "parallel_tool_calls"},
    tools=False,
    outputs=frozenset({"schema"}),
    stream_usage=False,  # every event of a stream holds the usage so far
    replays_reasoning=False,  # it refuses the field of its own answers
)


def _rules(model: str, base_url: str) -> ModelRules:
    return _AGENT(model, base_url) if "/" in model else _SONAR(model, base_url)


def _responses(model: str, _: str) -> ResponsesUse:
    return "always" if "/" in model else "never"  # models of other makers, and presets


_SONAR, _AGENT = by_family(_RULES), by_family(ModelRules(settings=SETTINGS - {"seed"}))

PROFILES = {
    "perplexity": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.perplexity.ai",
        base_variables=("PERPLEXITY_API_BASE",),
        key_variables=("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        address=chat_address,
        rules=_rules,
        responses=_responses,
        responses_address=versioned_address,
    )
}

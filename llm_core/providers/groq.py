"""Groq.

Sources: https://console.groq.com/docs/api-reference, https://console.groq.com/docs/service-tiers,
https://console.groq.com/docs/reasoning,
https://console.groq.com/docs/structured-outputs ("streaming and tool use are not currently supported").
"""

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import NO_EFFORT, always, only_efforts

_RULES = ModelRules(
    settings=SETTINGS | {"service_tier"},
    outputs=frozenset({"json", "schema", "json with tools"}),
    parts=frozenset({"image by url", "image data"}),
    replays_reasoning=False,  # it refuses the field of its own answers
)


_WITHOUT_EFFORT = always(attrs.evolve(_RULES, settings=NO_EFFORT | {"service_tier"}))


def _rules(model: str, base_url: str) -> ModelRules:
    if "gpt-oss" in model:
        return attrs.evolve(_RULES, refused_settings=only_efforts("low", "medium", "high"))
    if "qwen" in model:
        return attrs.evolve(_RULES, refused_settings=only_efforts("none"))  # and "default", which is to set none
    return _WITHOUT_EFFORT(model, base_url)


def _encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Encode *request*; JSON output comes in one body, which a stream of events accepts, too."""
    return OPENAI_CHAT.encode(request, settings, endpoint, stream=stream and request.output is None)


PROFILES = {
    "groq": Profile(
        wire=attrs.evolve(OPENAI_CHAT, encode=_encode),
        base_url="https://api.groq.com/openai/v1",
        base_variables=("GROQ_API_BASE",),
        key_variables=("GROQ_API_KEY",),
        address=chat_address,
        rules=_rules,
    )
}

"""DeepSeek.

Sources: https://api-docs.deepseek.com/api/create-chat-completion, https://api-docs.deepseek.com/guides/thinking_mode,
https://api-docs.deepseek.com/guides/function_calling (strict tools need the address with ``/beta``).
"""

from llm_core.domain.json_values import JsonObject
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import always


def _effort_fields(effort: str) -> JsonObject:
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, "reasoning_effort": effort}


_RULES = ModelRules(
    outputs=frozenset({"json", "json with tools"}),
    parts=frozenset({"image by url", "image data"}),
    effort_fields=_effort_fields,
    calls_need_reasoning="reasoning_content",  # it refuses another model's calls without this field
)

PROFILES = {
    "deepseek": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.deepseek.com/beta",
        base_variables=("DEEPSEEK_API_BASE",),
        key_variables=("DEEPSEEK_API_KEY",),
        address=chat_address,
        rules=always(_RULES),
    )
}

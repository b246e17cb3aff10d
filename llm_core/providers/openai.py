"""OpenAI.

Sources: https://platform.openai.com/docs/api-reference/chat/create and
https://platform.openai.com/docs/guides/prompt-caching: the prompt cache need not be asked for, and its lifetime is 5 to
10 minutes without a use, or a day (``prompt_cache_retention``, which `extra` can hold), so `cache` is not accepted.
"""

import re
from urllib.parse import urlsplit

import attrs

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile, ResponsesUse
from .rules.addresses import chat_address
from .rules.families import always
from .rules.openai_models import openai_model_rules
from .rules.responses import openai_responses_use

_HOST = "api.openai.com"
_TOOL_CALL_IDS = re.compile(r".{1,40}", re.DOTALL)  # "a string with maximum length 40"
_FAMILIES = re.compile(r"gpt-(?!oss)|chatgpt-|o[1-9](-|$)|ft:(gpt-|o[1-9])")


def _rules(model: str, base_url: str) -> ModelRules:
    rules = openai_model_rules(model)
    rules = attrs.evolve(rules, settings=rules.settings | {"service_tier"})
    if _is_openai(base_url):
        return attrs.evolve(rules, tool_call_ids=_TOOL_CALL_IDS, replays_reasoning=False)
    return always(rules)(model, base_url)


def _is_openai(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return host == _HOST or host.endswith(f".{_HOST}")  # the second are its regional hosts


def _responses(model: str, base_url: str) -> ResponsesUse:
    return openai_responses_use(model) if _is_openai(base_url) else "never"


PROFILES = {
    "openai": Profile(
        wire=OPENAI_CHAT,
        base_url=f"https://{_HOST}/v1",
        base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        key_variables=("OPENAI_API_KEY",),
        address=chat_address,
        rules=_rules,
        responses=_responses,
        model_families=_FAMILIES,
    )
}

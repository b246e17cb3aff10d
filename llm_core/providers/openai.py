"""OpenAI."""

import re

from llm_core.wires.model_rules import PARTS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile

_HOST = "api.openai.com"  # and its regional hosts
_TOOL_CALL_IDS = re.compile(r".{1,40}", re.DOTALL)  # "a string with maximum length 40"


def _rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    own = _HOST in base_url
    return ModelRules(
        parts=PARTS - {"file by url"}, tool_call_ids=_TOOL_CALL_IDS if own else None, replays_reasoning=not own
    )


PROFILES = {
    "openai": Profile(
        wire=OPENAI_CHAT,
        base_url=f"https://{_HOST}/v1",
        base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        key_variables=("OPENAI_API_KEY",),
        rules=_rules,
    )
}

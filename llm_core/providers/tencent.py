"""Tencent TokenHub.

Source: https://www.tencentcloud.com/document/product/1300/82345.
"""

from llm_core.domain.json_values import JsonObject
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import versioned_address
from .rules.families import by_family, only_efforts


def _effort_fields(_: str) -> JsonObject:
    return {"thinking": {"type": "disabled"}}


PROFILES = {
    "tencent": Profile(
        wire=OPENAI_CHAT,
        base_url="https://tokenhub-intl.tencentcloudmaas.com/v1",
        base_variables=("TENCENT_API_BASE",),
        key_variables=("TENCENT_API_KEY",),
        address=versioned_address,
        rules=by_family(ModelRules(refused_settings=only_efforts("none"), effort_fields=_effort_fields)),
    )
}
"""Its models think or do not; there is no level, so only ``none`` is an effort."""

"""Cloudflare Workers AI.

Source: https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility.
"""

from collections.abc import Mapping

from llm_core.domain.errors import InvalidRequestError
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import address_below
from .rules.families import NO_EFFORT, always

_ACCOUNTS = "https://api.cloudflare.com/client/v4/accounts"
_ACCOUNT_VARIABLE = "CLOUDFLARE_ACCOUNT_ID"


def _address(base_url: str, _: str, options: Mapping[str, str]) -> Address:
    if base_url != _ACCOUNTS:
        return address_below(base_url)
    account = options.get("account_id")
    if account is None:
        raise InvalidRequestError(detail=f"no address: set api_base or {_ACCOUNT_VARIABLE}")
    return Address(base_url=f"{_ACCOUNTS}/{account}/ai/v1")


PROFILES = {
    "cloudflare": Profile(
        wire=OPENAI_CHAT,
        base_url=_ACCOUNTS,
        key_variables=("CLOUDFLARE_API_KEY",),
        address=_address,
        option_variables={"account_id": _ACCOUNT_VARIABLE},
        rules=always(ModelRules(settings=NO_EFFORT)),
    )
}

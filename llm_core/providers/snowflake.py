"""Snowflake Cortex.

Source: https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api.
"""

from collections.abc import Mapping

from llm_core.domain.errors import InvalidRequestError
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile, bearer
from .rules.addresses import address_below

_ACCOUNT_VARIABLE = "SNOWFLAKE_ACCOUNT_ID"
_HOSTS = "https://snowflakecomputing.com"
_PERSONAL_TOKEN = "pat/"  # noqa: S105 -- the prefix of a key, as LiteLLM has it, not a key


def _address(base_url: str, _: str, options: Mapping[str, str]) -> Address:
    if base_url == _HOSTS:
        account = options.get("account_id")
        if account is None:
            raise InvalidRequestError(detail=f"no address: set api_base or {_ACCOUNT_VARIABLE}")
        base_url = f"https://{account}.snowflakecomputing.com/api/v2"
    address = address_below(base_url)
    if address.whole_url or address.base_url.endswith("/cortex/v1"):
        return address
    return Address(base_url=f"{address.base_url}/cortex/v1", query=address.query)


def _key_headers(key: str) -> Mapping[str, str]:
    token = key.removeprefix(_PERSONAL_TOKEN)
    type_ = "KEYPAIR_JWT" if token == key else "PROGRAMMATIC_ACCESS_TOKEN"
    return {**bearer(token), "X-Snowflake-Authorization-Token-Type": type_}


def _rules(_: str, __: str) -> ModelRules:
    return ModelRules(
        settings=frozenset({"temperature", "top_p", "max_tokens"}),
        setting_names={"max_tokens": "max_completion_tokens"},
        outputs=frozenset(),
        stream_usage=False,
    )


PROFILES = {
    "snowflake": Profile(
        wire=OPENAI_CHAT,
        base_url=_HOSTS,
        base_variables=("SNOWFLAKE_API_BASE",),
        key_variables=("SNOWFLAKE_JWT",),
        key_headers=_key_headers,
        address=_address,
        option_variables={"account_id": _ACCOUNT_VARIABLE},
        rules=_rules,
    )
}

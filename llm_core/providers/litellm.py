"""LiteLLM's gateway, a proxy server that puts one address in front of many providers.

Sources: https://docs.litellm.ai/docs/proxy/response_headers and https://docs.litellm.ai/docs/proxy/request_headers, and
for its errors the sources of the proxy, ``litellm/proxy/_types.py`` and ``litellm/proxy/auth/auth_checks.py``.
Versions and words were seen at proxies 1.106.2 and 1.110.2.
"""

from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ContentPolicyError,
    ContextWindowExceededError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
)
from llm_core.wires.error_phrases import Rule
from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import AnswerHeaders, LiteLLMQuirks, Profile
from .rules.addresses import chat_address
from .rules.families import always


def _rule(error_class: type[ChatError], statuses: frozenset[int], *phrases: str) -> Rule:
    return statuses, phrases, frozenset(), error_class


_REFUSED, _LIMITED = frozenset({400, 401, 403}), frozenset({429})
# The gateway replaces type and code of a provider's error, and keeps its message.
_RULES = (
    _rule(QuotaExceededError, _REFUSED | _LIMITED, "budget has been exceeded", "budget_exceeded"),
    _rule(QuotaExceededError, _REFUSED | _LIMITED, "exceededbudget", "exceededtokenbudget", "exceededmodelbudget"),
    _rule(PermissionDeniedError, _REFUSED, "model_access_denied", "not allowed to access model"),
    _rule(AuthenticationError, _REFUSED, "invalid proxy server token", "token_not_found_in_db", "expired key"),
    _rule(AuthenticationError, _REFUSED, "authentication error,", "authentication error -", "expired_key"),
    _rule(AuthenticationError, _REFUSED, "no api key passed in", "malformed api key passed in"),
    # A key other than the master key, at a gateway without a database.
    _rule(AuthenticationError, _REFUSED, "no connected db", "no_db_connection"),
    _rule(ModelNotFoundError, frozenset({400, 404}), "invalid model name passed in", "llm provider not provided"),
    # Google has one sentence for limits by the minute and by the day: its quota ids tell them apart.
    _rule(QuotaExceededError, _LIMITED, "requestsperday", "permodelperday", "perdayperproject"),
    _rule(RateLimitError, _LIMITED, "googleapis.com", "please retry in"),
    _rule(QuotaExceededError, _REFUSED | _LIMITED, "exceeded your current quota", "account is not active"),
    _rule(ContextWindowExceededError, frozenset({400, 413, 422}), "contextwindowexceedederror"),
    _rule(ContentPolicyError, frozenset({400, 403, 422}), "contentpolicyviolation", "content safety policy"),
    _rule(ContentPolicyError, frozenset({400, 403, 422}), "moderation policy", "guardrail policy", "content blocked"),
)

PROFILES = {
    "litellm_proxy": Profile(
        wire=OPENAI_CHAT,
        base_variables=("LITELLM_PROXY_API_BASE",),
        key_variables=("LITELLM_PROXY_API_KEY",),
        key_optional=True,
        headers={"x-litellm-num-retries": "0"},  # otherwise it calls the provider up to four times
        address=chat_address,
        rules=always(ModelRules(settings=SETTINGS | {"service_tier"})),
        answer_headers=AnswerHeaders(
            cost="x-litellm-response-cost",
            model="x-litellm-model-name",
            request_id="x-litellm-call-id",
            relayed="llm_provider-",
            version="x-litellm-version",
            oldest=(1, 109, 0),
            warning="LiteLLM gateways before 1.109.0 report a stream without a finish reason as a whole answer",
        ),
        error_rules=_RULES,
        litellm=LiteLLMQuirks(is_gateway=True),
    )
}

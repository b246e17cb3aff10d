"""Words of providers that say more than an HTTP status: phrases and codes, and the error class that they mean.

One table for all providers, since gateways (OpenRouter, the LiteLLM proxy, Bedrock) repeat those of others. Sources are
the error pages of the providers, the sources of vLLM, SGLang, llama.cpp, TGI and Ollama, public bug reports, and
recorded answers.
"""

import re
from typing import TypeAlias

from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ContentPolicyError,
    ContextWindowExceededError,
    ModelNotFoundError,
    QuotaExceededError,
)

Rule: TypeAlias = tuple[frozenset[int], tuple[str, ...], frozenset[str], type[ChatError]]

# Phrases are in lower case; "'" stands for any apostrophe.
_TOO_LONG = (
    *("context_length_exceeded", "maximum context length", "context window"),  # OpenAI, and all that repeat its words
    "input tokens exceed the configured limit",  # OpenAI, GPT-5
    *("prompt is too long", "exceed context limit"),  # Anthropic
    *("exceeds the maximum number of tokens", "max input limit"),  # Gemini and Vertex
    "maximum prompt length",  # xAI
    *("reduce the length of the messages", "reduce the length of the input"),  # Groq, vLLM
    *("max context length", "context length exceeded", "exceeds the context length"),  # Ollama, Cohere
    *("longer than the maximum model length", "max_model_len"),  # vLLM
    "longer than the model's context length",  # SGLang, Together
    *("exceed_context_size", "available context size", "configured context size"),  # llama.cpp
    *("context length of only", "greater than the context length", "context the overflows"),  # LM Studio
    *("model_context_window_exceeded", "prompt exceeds max length", "prompt 超长"),  # Zhipu, z.ai
    *(
        "exceeded model token limit",
        "exceed max message tokens",
        "token length exceed model limit",
    ),  # Moonshot, Volcengine
    "range of input length",  # Dashscope
    *("too_many_prompt_tokens", "user input tokens exceed"),  # Perplexity
    *("too many tokens", "too many input tokens", "token limit exceeded"),  # Cohere, gateways
    *("input is too long", "input too long", "prompt too long"),  # Bedrock, Cloudflare, gateways
    *("model_max_prompt_tokens_exceeded", "tokens_limit_reached"),  # GitHub Copilot, GitHub Models
    *("maximum allowed input length", "maximum input length"),  # OpenRouter's hosts
    "cannot exceed the total tokens limit",  # watsonx
    "tokens in request more than max tokens allowed",  # Doubao
)
_BLOCKED = (
    *(
        "content_policy",
        "content policy",
        "safety system",
        "usage policy",
        "usage policies",
        "invalid_prompt",
    ),  # OpenAI
    *("content_filter", "content management policy", "responsibleaipolicyviolation"),  # Azure
    *("content filtering policy", "content_filtered"),  # Anthropic
    *("requires moderation", "input was flagged", "flagged_input", "content_moderation"),  # OpenRouter
    *("violates usage guidelines", "safety_check_type"),  # xAI
    *("datainspectionfailed", "data_inspection_failed", "inappropriate content"),  # Dashscope
    *("content exists risk", "considered high risk"),  # DeepSeek, Moonshot
    *("contentfilter", "unsafe or sensitive content", "不安全或敏感", "new_sensitive"),  # Zhipu, MiniMax
)
_MODERATED = ("moderation", "prompt was flagged", "request was flagged", "content was flagged")  # beside a 403 alone
_USED_UP = (
    *("insufficient_quota", "billing_hard_limit", "billing hard limit", "billing_not_active"),  # OpenAI
    "spend_limit_exceeded",  # OpenAI's limits of an organization and a project
    *("credit balance is too low", "specified api usage limits", "specified workspace api usage limits"),  # Anthropic
    *(
        "requestsperday",
        "permodelperday",
        "perdayperproject",
    ),  # Google's quota ids: GenerateRequestsPerDayPerProject...
    *("billing_disabled", "requires billing to be enabled", "credits are depleted", "balance is depleted"),  # Google
    *("used all available credits", "any credits or licenses", "spending limit"),  # xAI, Fireworks
    *("exceeded_current_quota", "suspended due to insufficient"),  # Moonshot
    *(
        "insufficient credit",
        "insufficient_credit",
        "insufficient balance",
        "insufficient_balance",
    ),  # DeepSeek, gateways
    *("requires more credits", "key limit exceeded", "monthly included credits"),  # OpenRouter, Hugging Face
    *(
        "arrearage",
        "account is in good standing",
        "freetieronly",
        "free tier of the model has been exhausted",
    ),  # Alibaba
    *(
        "余额不足",
        "no credits remaining",
        "out of credits",
        "not enough credits",
        "credit limit exceeded",
    ),  # Zhipu, others
    "api calls / month",  # Cohere's trial keys
)
_BAD_KEY = (
    *("incorrect api key", "invalid api key", "invalid_api_key", "invalidapikey", "api key is invalid"),  # OpenAI, xAI
    *(
        "api key not valid",
        "api_key_invalid",
        "api key expired",
        "reported as leaked",
        "unregistered callers",
    ),  # Google
    *("expired_api_key", "api key has expired", "key has expired", "invalid_authentication"),  # Groq, Moonshot
    *("security token included in the request", "expiredtoken", "bearer token has expired"),  # Bedrock
)
_NO_SUCH_MODEL = ("model_not_found", "unknown_model", "model not exist", "model_not_exist")  # OpenAI, GitHub, DeepSeek

_RULES: tuple[Rule, ...] = (  # the first match decides
    (frozenset({400, 413, 422}), _TOO_LONG, frozenset({"1261"}), ContextWindowExceededError),
    (frozenset({400, 403, 422, 451}), _BLOCKED, frozenset({"1301"}), ContentPolicyError),
    (frozenset({403}), _MODERATED, frozenset(), ContentPolicyError),
    (frozenset({400, 402, 403, 412, 429}), _USED_UP, frozenset({"1113"}), QuotaExceededError),
    (frozenset({400, 403}), _BAD_KEY, frozenset(), AuthenticationError),
    (frozenset({400, 422}), _NO_SUCH_MODEL, frozenset({"1211"}), ModelNotFoundError),
)
_CODE = re.compile(r'"(?:code|type|status)"\s*:\s*"?(\d+)"?\s*[,}]')  # Zhipu numbers its errors
_GENERATED = re.compile(r'"failed_generation"\s*:\s*"(?:[^"\\]|\\.)*"')  # Groq: the model's words, not the provider's
_TOO_MANY_TOKENS = re.compile(  # TGI: "`inputs` must have less than 1000 tokens. Given: 1500"; SGLang
    r"must have less than \d+ tokens|tokens\) exceeds the maximum allowed length"
)

_GENERIC = re.compile(r"(?:404|http|error|the|requested|page|file|path|endpoint|was|not|found|[\s:.,!_-])*")
_PAGE = re.compile(r"<html|<!doctype")
_NAMES_A_PATH = re.compile(
    r"\bcannot (?:post|get)\b|\bpost:? ?/|\(post |\bur[li]\b|\broute\b|unexpected endpoint"
    r"|unknown (?:path|endpoint|request)|no static resource|no handler"
)
_MIN_NAME = 4  # characters; a shorter name of a model may be part of any word
_NAMES_A_MODEL = re.compile(r"model|deployment|no endpoints found|\bengine\b|模型")


def class_by_words(status: int, body: str, own: tuple[Rule, ...] = ()) -> type[ChatError] | None:
    """Return the error class that words or a code in *body* mean beside *status*; None if there are none.

    *own* are the rules of this provider, which come first.
    """
    text = _GENERATED.sub("", body).lower().replace("\u2019", "'").replace('\\"', '"')
    codes = frozenset(_CODE.findall(text))
    for statuses, phrases, numbers, error_class in (*own, *_RULES):
        if status in statuses and (numbers & codes or any(phrase in text for phrase in phrases)):
            return error_class
    return ContextWindowExceededError if status in _RULES[0][0] and _TOO_MANY_TOKENS.search(text) else None


def names_no_model(message: str, model: str = "") -> bool:
    """Return whether *message*, the words of a 404, speaks of an address instead of a model.

    Frameworks and proxies answer so for a path that they do not serve: with an empty body, a page, "Not Found" alone,
    or words that name the path. *model* is the model's name in the request, if it is known.
    """
    text = message.lower()
    if _PAGE.search(text):
        return True
    if len(model) >= _MIN_NAME and model.lower() in text:
        return False
    if _NAMES_A_PATH.search(text):
        return _NAMES_A_MODEL.search(re.sub(r"\S*/\S*", "", text)) is None
    return _GENERIC.fullmatch(text) is not None

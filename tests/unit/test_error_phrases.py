"""The words of providers' errors, and the error class that they mean: one table, as bodies of an HTTP error."""

import json
import time

import pytest

from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from llm_core.wires.error_payloads import detail_of, error_class_for_response, error_from_payload
from tests.recorded.comparison import ERROR_CLASSES
from tests.recorded.exchanges import OWN, Exchange, exchanges_in, recordings

# Status, and the provider's words: from its documentation, its source, or a public report of a user.
TOO_LONG = (
    (400, "The input (4097 tokens) is longer than the model's context length (4096 tokens)."),  # SGLang
    (400, "The input (4097 tokens) is longer than the model\u2019s context length (4096 tokens)."),
    (400, "input length and `max_tokens` exceed context limit: 156321 + 48384 > 200000"),  # Anthropic
    (400, "prompt is too long: 200027 tokens > 200000 maximum"),
    (400, "The decoder prompt (length 8357) is longer than the maximum model length of 8192."),  # vLLM
    (400, "The prompt exceeds the max_model_len of 4096"),
    (400, "This model's maximum context length is 4096 tokens. Please reduce the length of the input messages."),
    (400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."),  # xAI
    (400, "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),  # Moonshot
    (400, "the input length exceeds the context length"),  # Ollama
    (400, "prompt too long; exceeded max context length by 40 tokens"),
    (400, "Range of input length should be [1, 98304]"),  # Dashscope
    (
        400,
        "However, the model is loaded with context length of only 4096 tokens, which is not enough.",  # LM Studio
    ),
    (400, "The number of tokens to keep from the initial prompt is greater than the context length."),
    (400, "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it"),  # llama.cpp
    (422, "Input validation error: `inputs` must have less than 1000 tokens. Given: 1500"),  # TGI
    (400, "Input is too long for requested model."),  # Bedrock
    (400, "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)."),  # Gemini
    (400, "Prompt contains 150004 tokens and 0 draft tokens, too large for model with 131072 maximum context length"),
    (400, "too many tokens: size limit exceeded by 19296 tokens."),  # Cohere
    (400, "invalid params, context window exceeds limit"),  # MiniMax
    (400, "prompt token count of 391491 exceeds the limit of 128000: model_max_prompt_tokens_exceeded"),  # Copilot
    (413, "tokens_limit_reached: Request body too large for gpt-4o-mini model. Max size: 8000 tokens."),  # GitHub
    (400, "Input tokens exceed the configured limit of 272000 tokens."),  # OpenAI
    (400, "Please reduce the length of the messages or completion."),  # Groq, Cerebras
    (400, "the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model"),  # watsonx
)
BLOCKED = (
    (403, 'openai/gpt-4o-mini requires moderation on OpenAI. Your input was flagged for "harassment".'),  # OpenRouter
    (403, "Your request was blocked by our moderation."),
    (403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"),  # xAI
    (400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy."),  # OpenAI
    (400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."),
    (400, "Output blocked by content filtering policy"),  # Anthropic
    (400, "Content Exists Risk"),  # DeepSeek
    (400, "The request was rejected because it was considered high risk"),  # Moonshot
    (400, "DataInspectionFailed: Input data may contain inappropriate content."),  # Dashscope
    (400, "系统检测到输入或生成内容可能包含不安全或敏感内容"),  # Zhipu
)
USED_UP = (
    (400, "You have reached your specified API usage limits. You will regain access on 2026-09-01 at 00:00 UTC."),
    (429, "You have reached your specified API usage limits. You will regain access on 2026-09-01 at 00:00 UTC."),
    (400, "Your credit balance is too low to access the Anthropic API."),
    (403, "Your newly created team doesn't have any credits or licenses yet."),  # xAI
    (403, "Your team has either used all available credits or reached its monthly spending limit."),
    (429, "Your team has either used all available credits or reached its monthly spending limit."),
    (429, "exceeded_current_quota_error: Your account is suspended due to insufficient balance"),  # Moonshot
    (403, "Key limit exceeded (total limit)."),  # OpenRouter
    (402, "This request requires more credits, or fewer max_tokens."),
    (400, "Arrearage: Access denied, please make sure your account is in good standing."),  # Dashscope
    (403, "AllocationQuota.FreeTierOnly"),
    (429, "余额不足或无可用资源包,请充值。"),  # Zhipu
    (412, "Account x is suspended, possibly due to reaching the monthly spending limit"),  # Fireworks
    (429, "Your prepayment credits are depleted."),  # Google
    (403, "BILLING_DISABLED: This API method requires billing to be enabled."),
    (429, "organization_spend_limit_exceeded"),  # OpenAI
)
BAD_KEY = (
    (400, "API key not valid. Please pass a valid API key."),  # Google
    (400, "API_KEY_INVALID"),
    (400, "API key expired. Please renew the API key."),
    (403, "Your API key was reported as leaked. Please use another API key."),
    (403, "Method doesn't allow unregistered callers (callers without established identity)."),
    (400, "Incorrect API key provided: ****"),  # xAI
    (403, "The security token included in the request is invalid."),  # Bedrock
)
STAYS = (
    (PermissionDeniedError, 403, "Your account was flagged for review"),
    (PermissionDeniedError, 403, "You do not have access to this model"),
    (
        RateLimitError,
        429,
        "You exceeded your current quota, please check your plan and billing details. Retry in 33 s.",
    ),
    (RateLimitError, 429, "Too many tokens, please wait before trying again."),
    (InvalidRequestError, 400, "max_tokens: 1261 is too large, 1113 or 1301 are not"),
    (InvalidRequestError, 400, "Invalid model: definitely-not-a-model"),
    (InvalidRequestError, 400, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    (ServerError, 500, "BILLING_DISABLED"),
)
ROWS = [
    *((ContextWindowExceededError, *row) for row in TOO_LONG),
    *((ContentPolicyError, *row) for row in BLOCKED),
    *((QuotaExceededError, *row) for row in USED_UP),
    *((AuthenticationError, *row) for row in BAD_KEY),
    *STAYS,
]
CODES = (
    (ContextWindowExceededError, 400, "1261"),  # Zhipu: https://docs.bigmodel.cn/cn/api/api-code
    (ContentPolicyError, 400, "1301"),
    (QuotaExceededError, 429, "1113"),
    (RateLimitError, 429, "1302"),
    (ModelNotFoundError, 400, "1211"),
    (ModelNotFoundError, 400, "model_not_found"),
    (ModelNotFoundError, 400, "unknown_model"),
)
NO_MODEL = (
    *(
        "",
        "{}",
        "404 page not found",
        "Not Found",
        '{"detail":"Not Found"}',
        '{"error":"Not Found"}',
        "<html>model</html>",
    ),
    '{"error":{"message":"Invalid URL (POST /chat/completions)","type":"invalid_request_error"}}',  # OpenAI
    '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}',  # llama.cpp
    '{"type":"error","error":{"type":"not_found_error","message":"Not Found"}}',  # Anthropic
    '{"message":"Route POST:/chat/completions not found","error":"Not Found","statusCode":404}',  # Fastify
    '{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/chat/completions"}',  # Spring
    "<!DOCTYPE html><pre>Cannot POST /v1/chat/completions</pre>",  # Express
    '{"error":"Unexpected endpoint or method. (POST /chat/completions)"}',  # LM Studio
    "The requested URL was not found on the server.",  # Flask
    '{"errors":[{"code":7000,"message":"No route for that URI"}]}',  # Cloudflare
)
NAMES_A_MODEL = (
    '{"error":{"code":"404","message":"Resource not found"}}',  # Azure: the deployment stands in the path
    '{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}',
    '{"error":{"code":404,"message":"No endpoints found for google/gemini-2.5-flash:free."}}',  # OpenRouter
    '{"error":"model \'x\' not found"}',  # Ollama
    '{"error":{"message":"it went wrong"}}',
    "model not found",
    '{"error":{"code":404,"message":"models/x is not found for API version v1beta. Call ListModels at /v1/models."}}',
    '{"detail":"no route for good-name-1"}',
)


@pytest.mark.parametrize(("error_class", "status", "words"), ROWS)
@pytest.mark.parametrize("shape", ["object", "text", "message", "in a string"])
def test_words_of_a_provider_have_their_error_class(
    error_class: type[ChatError], status: int, words: str, shape: str
) -> None:
    error = {"error": {"message": words, "type": "invalid_request_error"}}
    body = {
        "object": json.dumps(error, ensure_ascii=False),
        "text": words,
        "message": json.dumps({"message": words}, ensure_ascii=False),
        "in a string": json.dumps(
            {"error": {"metadata": {"raw": json.dumps(error, ensure_ascii=False)}}}, ensure_ascii=False
        ),
    }[shape]

    seen = error_class_for_response(status, body)

    assert error_class is seen


@pytest.mark.parametrize(("error_class", "status", "code"), CODES)
@pytest.mark.parametrize("quote", ['"', ""])
def test_a_code_of_a_provider_has_its_error_class(
    error_class: type[ChatError], status: int, code: str, quote: str
) -> None:
    value = f"{quote}{code}{quote}" if code.isdigit() else f'"{code}"'

    seen = error_class_for_response(status, f'{{"error": {{"code": {value}, "message": "no"}}}}')

    assert error_class is seen


@pytest.mark.parametrize("body", NO_MODEL)
def test_a_404_that_names_no_model_is_a_wrong_address(body: str) -> None:
    seen = error_class_for_response(404, body, "good-name-1")

    assert InvalidRequestError is seen


@pytest.mark.parametrize("body", NAMES_A_MODEL)
def test_a_404_of_a_model_is_no_such_model(body: str) -> None:
    seen = error_class_for_response(404, body, "good-name-1")

    assert ModelNotFoundError is seen


@pytest.mark.parametrize(
    ("error_class", "error"),
    [
        (ServerError, {"code": "took 18.403 s", "message": "no"}),
        (ServerError, {"code": None, "type": "after 403 retries", "message": "no"}),
        (ModelNotFoundError, {"code": "Some requested entity was not found", "message": "no"}),  # xAI
        (InvalidRequestError, {"code": "tool_use_failed", "status_code": 400, "message": "no"}),  # Groq
        (ContextWindowExceededError, "prompt too long; exceeded max context length by 3 tokens"),  # Ollama
        (QuotaExceededError, {"type": "invalid_request_error", "message": "Your credit balance is too low"}),
        (QuotaExceededError, {"code": 429, "message": "余额不足"}),
        (RateLimitError, {"code": "request_quota_exceeded", "type": "too_many_requests_error"}),  # Cerebras
        (ServerError, {"type": "overloaded_error", "message": "Overloaded"}),
    ],
)
def test_an_error_within_an_answer_has_its_error_class(error_class: type[ChatError], error: object) -> None:
    seen = error_from_payload(error)

    assert error_class is type(seen)


def test_the_detail_of_a_failed_generation_names_it_however_long_the_error_is() -> None:
    error = {"message": "Failed to call a function.", "schemas": "x" * 5_000, "failed_generation": "<function=f>"}

    seen = [detail_of(json.dumps({"error": error})), error_from_payload(error).detail]

    assert ["Failed to call a function.\nfailed_generation: <function=f>"] * 2 == seen


@pytest.mark.parametrize("body", ["failed_generation", '["failed_generation"]', '{"error": {"failed_generation": ""}}'])
def test_a_body_without_a_failed_generation_is_the_detail(body: str) -> None:
    assert body == detail_of(body)


def test_words_of_a_failed_generation_are_not_the_providers() -> None:
    error = {"code": "tool_use_failed", "failed_generation": 'the "context window" and content policy of credits'}

    seen = error_class_for_response(400, json.dumps({"error": error}))

    assert InvalidRequestError is seen


def test_the_words_of_an_error_are_searched_in_linear_time() -> None:
    def seconds(size: int) -> float:
        body = "not found " * size + "\\" * size + '"failed_generation": "' * size
        start = time.process_time()
        error_class_for_response(404, body)
        return time.process_time() - start

    assert 16 * max(seconds(250), 0.001) > seconds(1_000)


def _errors() -> list[Exchange]:
    folders = [OWN, *filter(None, [recordings()])]
    return [exchange for folder in folders for exchange in exchanges_in(folder) if exchange.status >= 400]


@pytest.mark.parametrize("exchange", _errors(), ids=lambda exchange: exchange.id)
def test_a_recorded_error_has_one_of_its_error_classes(exchange: Exchange) -> None:
    assert exchange.expected.error is not None

    seen = error_class_for_response(exchange.status, exchange.body.decode())

    assert seen in [ERROR_CLASSES[name] for name in exchange.expected.error.ok_classes]

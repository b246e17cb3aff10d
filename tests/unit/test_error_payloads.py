import pytest

from llm_core.adapters.litellm.exception_mapping import is_missing_key
from llm_core.domain.errors import (
    AuthenticationError,
    ChatError,
    ChatTimeoutError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from llm_core.wires.error_payloads import class_for_payload, error_class_for_response


def test_a_body_without_a_known_phrase_leaves_the_class_to_the_status() -> None:
    seen = error_class_for_response(408, "it went wrong")

    assert ChatTimeoutError is seen


@pytest.mark.parametrize(
    ("error_class", "status", "body"),
    [
        (ContextWindowExceededError, 400, '{"error": {"code": "context_length_exceeded"}}'),
        (ContextWindowExceededError, 400, "This model's maximum context length is 8 tokens"),
        (ContextWindowExceededError, 413, "prompt is too long: 9 tokens > 8 maximum"),
        (ContextWindowExceededError, 422, "The input exceeds the maximum number of tokens"),
        (ContextWindowExceededError, 400, '{"type": "exceed_context_size_error"}'),
        (ContentPolicyError, 400, '{"error": {"code": "content_policy_violation"}}'),
        (ContentPolicyError, 403, "blocked by our safety system"),
        (ContentPolicyError, 422, '{"code": "content_filter"}'),
        (QuotaExceededError, 429, '{"error": {"code": "insufficient_quota"}}'),
        (QuotaExceededError, 400, "Your credit balance is too low to access the API"),
        (QuotaExceededError, 429, '{"error": {"code": "billing_hard_limit_reached"}}'),
        (QuotaExceededError, 400, '{"error": {"message": "Billing hard limit has been reached"}}'),
        (QuotaExceededError, 429, '{"error": {"code": "billing_not_active"}}'),
        (RateLimitError, 429, "check your plan and billing details"),
        (QuotaExceededError, 403, "Insufficient Balance"),
        (AuthenticationError, 400, "Incorrect API key provided: ****"),
        (AuthenticationError, 400, "API key not valid. Please pass a valid API key."),
    ],
)
def test_a_phrase_in_the_body_refines_an_ambiguous_status(error_class: type[ChatError], status: int, body: str) -> None:
    seen = error_class_for_response(status, body)

    assert error_class is seen


@pytest.mark.parametrize(
    ("error_class", "status", "body"),
    [
        (AuthenticationError, 401, "insufficient_quota, content_filter, context_length_exceeded"),
        (RateLimitError, 429, "maximum context length; content policy; incorrect api key"),
        (ServerError, 500, "insufficient_quota, content_filter, context_length_exceeded, invalid api key"),
        (InvalidRequestError, 409, "insufficient_quota, content_filter, context_length_exceeded"),
        (PermissionDeniedError, 403, "the context window"),
    ],
)
def test_a_phrase_in_the_body_does_not_change_an_unambiguous_status(
    error_class: type[ChatError], status: int, body: str
) -> None:
    seen = error_class_for_response(status, body)

    assert error_class is seen


@pytest.mark.parametrize(
    ("error_class", "code"),
    [
        (RateLimitError, "rate_limit_exceeded None"),
        (QuotaExceededError, "insufficient_quota insufficient_quota"),
        (QuotaExceededError, "billing_error"),
        (ContextWindowExceededError, "context_length_exceeded invalid_request_error"),
        (ContentPolicyError, "content_policy_violation None"),
        (InvalidRequestError, "None invalid_request_error"),
        (AuthenticationError, "None Authentication_Error"),
        (PermissionDeniedError, "None permission_error"),
        (ModelNotFoundError, "model_not_found None"),
        (ChatTimeoutError, "None timeout_error"),
        (ServerError, "None overloaded_error"),
        (ServerError, "None None"),
        (RateLimitError, "429 None"),
        (ServerError, "502 None"),
        (QuotaExceededError, "402 None"),
        (ServerError, "1234 None"),
        (ServerError, "200 None"),
    ],
)
def test_an_error_payload_in_a_stream_is_classified_by_code_or_type_or_status(
    error_class: type[ChatError], code: str
) -> None:
    seen = class_for_payload(code, "it went wrong")

    assert error_class is seen


def test_an_ambiguous_status_in_a_stream_is_refined_by_the_message() -> None:
    seen = class_for_payload("400 None", "This model's maximum context length is 8 tokens")

    assert ContextWindowExceededError is seen


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (True, "litellm.APIConnectionError: Missing Gemini API key. Set the GEMINI_API_KEY"),
        (True, "missing mistral api_key"),
        (False, "a field is missing; api keys are fine"),
        (False, ""),
    ],
)
def test_litellms_missing_key_error_is_recognised_by_its_message(*, expected: bool, message: str) -> None:
    seen = is_missing_key(message)

    assert expected is seen

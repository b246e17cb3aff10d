"""LiteLLM's gateway as a provider: what its profile sends, and what it reads from headers, bodies and messages."""

import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

import attrs
import pytest

from llm_core import (
    AuthenticationError,
    ChatError,
    ChatPort,
    ChatRequest,
    ContentPolicyError,
    ContextWindowExceededError,
    FinishReason,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UserMessage,
)
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import Breaks, FakeProvider, Replies, Scenario, Sends
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.fake_provider.scripted_response import Answer

HELLO = ChatRequest(messages=[UserMessage("Hello")])
TWO: tuple[Mode, ...] = ("complete", "astream")
CALL_ID = "f159440a-4b42-40f9-b908-7f1577dd9401"
WARNING = (
    "LiteLLM gateways before 1.109.0 report a stream without a finish reason as a whole answer: this one has version "
)


class Gateway(FakeProvider):
    """A fake provider whose answers have more headers, and no request id but theirs."""

    def __init__(self, scenario: Scenario, headers: Mapping[str, str], dialect: str = "openai_chat") -> None:
        """Listen at once."""
        self._more = tuple(headers.items())
        super().__init__(scenario, dialect)

    def _answer(self, request: RecordedRequest) -> Answer:
        answer = super()._answer(request)
        own = [(name, value) for name, value in answer.headers if name != "x-request-id"]
        return attrs.evolve(answer, headers=(*own, *self._more))


def chat_to(gateway: FakeProvider, wire: Literal["chat", "responses"] = "chat") -> ChatPort:
    return DirectChat("litellm_proxy/alias", api_base=gateway.url, api_key="sk-1", wire=wire)


def gateway_error(status: int, message: str, type_: str = "invalid_request_error") -> Sends:
    """Return an error as the gateway writes it: the type and the code of the provider's own error are replaced."""
    error = {"message": message, "type": type_, "param": None, "code": str(status)}
    return Sends(status=status, body=json.dumps({"error": error}).encode())


def error_of(scenario: Scenario, mode: Mode, headers: Mapping[str, str] = MappingProxyType({})) -> ChatError:
    with Gateway(scenario, headers) as gateway, pytest.raises(ChatError) as caught:
        call_in_mode(chat_to(gateway), HELLO, mode)
    return caught.value


@pytest.mark.parametrize(("wire", "dialect"), [("chat", "openai_chat"), ("responses", "openai_responses")])
@pytest.mark.parametrize("mode", EVERY)
def test_headers_report_the_price_and_the_model_that_answered(
    mode: Mode, wire: Literal["chat", "responses"], dialect: str
) -> None:
    headers = {"X-LiteLLM-Response-Cost": "2.4999999999999998e-05", "X-LiteLLM-Model-Name": "openai/gpt-5-mini"}
    with Gateway(Replies(model="alias"), headers, dialect) as gateway:
        response = call_in_mode(chat_to(gateway, wire), HELLO, mode)
        sent = gateway.recorder.requests[0].headers

    assert response.usage is not None
    assert (Decimal("0.000025"), "openai/gpt-5-mini") == (response.usage.cost_usd, response.model)
    assert ("0", "Bearer sk-1") == (sent["x-litellm-num-retries"], sent["authorization"])


def test_litellm_chat_reads_the_headers_as_well() -> None:
    with Gateway(Replies(model="gpt-4o"), {"x-litellm-response-cost": "0.5"}) as gateway:
        response = LiteLLMChat("litellm_proxy/gpt-4o", api_base=gateway.url).complete(HELLO)

    assert response.usage is not None
    assert (Decimal("0.5"), "gpt-4o") == (response.usage.cost_usd, response.model)


@pytest.mark.parametrize(
    ("expected", "text"),
    [("0", "0.0"), ("0.000017", "1.7e-05"), (None, "None"), (None, ""), (None, "-1"), (None, "nan"), (None, "1e999")],
)
def test_a_price_header_that_is_no_price_is_ignored(expected: str | None, text: str) -> None:
    with Gateway(Replies(), {"x-litellm-response-cost": text}) as gateway:
        response = chat_to(gateway).complete(HELLO)

    assert response.usage is not None
    assert (None if expected is None else Decimal(expected)) == response.usage.cost_usd


@pytest.mark.parametrize("mode", EVERY)
def test_a_price_in_the_body_counts_before_that_of_the_headers_and_is_rounded(mode: Mode) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12, "cost": 0.000024999999999999998}
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    body = json.dumps({"id": "a", "model": "alias", "choices": [choice], "usage": usage}).encode()
    event = {"id": "a", "model": "alias", "choices": [{**choice, "delta": choice["message"]}], "usage": usage}
    lines = b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n"
    is_stream = mode in ("stream", "astream")
    scenario = Sends(body=lines, content_type="text/event-stream") if is_stream else Sends(body=body)

    with Gateway(scenario, {"x-litellm-response-cost": "0.7"}) as gateway:
        response = call_in_mode(chat_to(gateway), HELLO, mode)

    assert response.usage is not None
    assert Decimal("0.000025") == response.usage.cost_usd


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
def test_a_refusal_that_the_gateway_moved_is_the_text_of_the_answer(mode: Mode) -> None:
    message = {"role": "assistant", "content": None, "provider_specific_fields": {"refusal": "I cannot."}}
    body = {"id": "a", "model": "alias", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    with Gateway(Sends(body=json.dumps(body).encode()), {}) as gateway:
        response = call_in_mode(chat_to(gateway), HELLO, mode)

    assert ("I cannot.", FinishReason.CONTENT_FILTER) == (response.message.content, response.finish_reason)


@pytest.mark.parametrize("fields", [None, "text", {"refusal": None}, {}])
def test_fields_without_a_refusal_change_nothing(fields: object) -> None:
    message = {"role": "assistant", "content": "Hi.", "provider_specific_fields": fields}
    body = {"id": "a", "model": "alias", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    with Gateway(Sends(body=json.dumps(body).encode()), {}) as gateway:
        response = chat_to(gateway).complete(HELLO)

    assert ("Hi.", FinishReason.STOP) == (response.message.content, response.finish_reason)


@pytest.mark.parametrize("mode", TWO)
@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        (7.0, {"llm_provider-retry-after": "7"}),
        (1.5, {"llm_provider-retry-after-ms": "1500"}),
        (5.0, {"llm_provider-retry-after": "7", "retry-after": "5"}),
        (None, {}),
    ],
)
def test_the_wait_of_the_provider_behind_the_gateway_is_that_of_the_error(
    expected: float | None, headers: dict[str, str], mode: Mode
) -> None:
    error = error_of(gateway_error(429, "litellm.RateLimitError: OpenAIException - slow down"), mode, headers)

    assert (RateLimitError, expected) == (type(error), error.retry_after)


@pytest.mark.parametrize("mode", TWO)
@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        (CALL_ID, {"x-litellm-call-id": CALL_ID}),
        ("req-1", {"x-litellm-call-id": CALL_ID, "request-id": "req-1"}),
        ("req-2", {"x-litellm-call-id": CALL_ID, "llm_provider-x-request-id": "req-2"}),
        (None, {}),
    ],
)
def test_an_error_has_the_id_of_the_provider_behind_the_gateway_else_that_of_the_gateway(
    expected: str | None, headers: dict[str, str], mode: Mode
) -> None:
    assert expected == error_of(gateway_error(500, "it went wrong"), mode, headers).request_id


@pytest.mark.parametrize("mode", EVERY)
def test_an_answer_that_breaks_off_has_the_id_of_the_call(mode: Mode) -> None:
    assert CALL_ID == error_of(Breaks(how="cut"), mode, {"x-litellm-call-id": CALL_ID}).request_id


OPENAI = "litellm.RateLimitError: RateLimitError: OpenAIException - "
GOOGLE = "litellm.RateLimitError: geminiException - You exceeded your current quota, please check your plan. "


@pytest.mark.parametrize(
    ("expected", "status", "type_", "message"),
    [
        (RateLimitError, 429, "throttling_error", f"{OPENAI}Rate limit reached for gpt-5-mini"),
        (
            QuotaExceededError,
            429,
            "throttling_error",
            f"{OPENAI}You exceeded your current quota, please check your plan",
        ),
        (RateLimitError, 429, "throttling_error", f"{GOOGLE}generativelanguage.googleapis.com/x Please retry in 48s."),
        (QuotaExceededError, 429, "throttling_error", f"{GOOGLE}GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
        (RateLimitError, 429, "all_deployments_in_cooldown", "No deployments available for selected model"),
        (QuotaExceededError, 400, "budget_exceeded", "Budget has been exceeded! Current cost: 2, Max budget: 1"),
        (QuotaExceededError, 401, "auth_error", "Authentication Error, ExceededTokenBudget: Current spend"),
        (ContentPolicyError, 400, "invalid_request_error", "litellm.ContentPolicyViolationError: AzureException - no"),
        (ContentPolicyError, 400, "invalid_request_error", "{'error': 'Violated guardrail policy'}"),
        (ContextWindowExceededError, 400, "invalid_request_error", "litellm.ContextWindowExceededError: X - too much"),
        (AuthenticationError, 400, "no_db_connection", "No connected db."),
        (AuthenticationError, 401, "token_not_found_in_db", "Authentication Error, Invalid proxy server token passed."),
        (AuthenticationError, 400, "expired_key", "Authentication Error - Expired Key. Key Expiry time 1"),
        (AuthenticationError, 401, "auth_error", "Authentication Error, No api key passed in."),
        (PermissionDeniedError, 401, "key_model_access_denied", "key not allowed to access model. Tried gpt-5"),
        (
            ModelNotFoundError,
            400,
            "invalid_request_error",
            "/chat/completions: Invalid model name passed in model=nope.",
        ),
        (InvalidRequestError, 400, "invalid_request_error", "litellm.BadRequestError: OpenAIException - bad schema"),
        (ServerError, 500, "internal_server_error", "litellm.InternalServerError: OpenAIException - Connection error."),
    ],
)
def test_the_words_of_an_error_decide_since_the_gateway_replaces_type_and_code(
    expected: type[ChatError], status: int, type_: str, message: str
) -> None:
    error = error_of(gateway_error(status, message, type_), "complete")

    assert (expected, status) == (type(error), error.status_code)


@pytest.mark.parametrize(
    ("expected", "version"),
    [
        ([f"{WARNING}1.106.2"], "1.106.2"),
        ([f"{WARNING}1.106.2"], "1.106.2-stable.1"),
        ([f"{WARNING}1.82"], "v1.82"),
        ([], "1.109.0"),
        ([], "1.110.2"),
        ([], "2.0"),
        ([], "unknown"),
        ([], ""),
    ],
)
def test_an_old_version_is_logged_once(expected: list[str], version: str, caplog: pytest.LogCaptureFixture) -> None:
    with Gateway(Replies(), {"x-litellm-version": version}) as gateway, caplog.at_level(logging.WARNING):
        chat = chat_to(gateway)
        for mode in EVERY:
            call_in_mode(chat, HELLO, mode)

    assert expected == [record.getMessage() for record in caplog.records if record.name == "llm_core"]


def test_other_providers_do_not_read_the_headers_of_the_gateway() -> None:
    headers = {"x-litellm-response-cost": "0.5", "x-litellm-model-name": "other", "x-litellm-version": "1.0"}
    with Gateway(Replies(model="own"), headers) as gateway:
        response = DirectChat("openai/x", api_base=gateway.url, api_key="k").complete(HELLO)

    assert response.usage is not None
    assert (None, "own") == (response.usage.cost_usd, response.model)

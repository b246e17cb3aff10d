import httpx
import pytest

from llm_core import AssistantMessage
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.domain.errors import (
    ContextWindowExceededError,
    RateLimitError,
    ServerError,
)
from llm_core.transport.error_mapping import ErrorContext

KEY = "0a1b2c3d4e5f-planted"  # does not look like a key
CONTEXT = ErrorContext(provider="openai", model="openai/x", secrets=("handed-in",))
REQUEST = httpx.Request("POST", "http://provider.test", headers={"authorization": f"Bearer {KEY}"})
PARTIAL = AssistantMessage("Well")


def refused(
    status: int = 429, body: bytes = b"slow down", headers: dict[str, str] | None = None
) -> httpx.HTTPStatusError:
    answer = httpx.Response(status, content=body, headers=headers, request=REQUEST)
    return httpx.HTTPStatusError("refused", request=REQUEST, response=answer)


def wrapped(error: BaseException, how: str) -> Exception:
    """Return an exception like LiteLLM's that wraps *error* in the attribute *how*."""
    outer = RuntimeError("litellm.SomethingElse: 500")
    setattr(outer, how, error)
    return outer


@pytest.mark.parametrize("how", ["__cause__", "__context__", "original_exception"])
def test_the_http_status_is_found_in_nested_exceptions(how: str) -> None:
    error = wrapped(wrapped(refused(), how), how)

    seen = chat_error_from(error, CONTEXT)

    assert (RateLimitError, 429, "openai", "openai/x") == (type(seen), seen.status_code, seen.provider, seen.model)


def test_retry_after_request_id_and_detail_are_kept() -> None:
    error = wrapped(refused(headers={"retry-after": "7", "x-request-id": "request-1"}), "__cause__")

    seen = chat_error_from(error, CONTEXT, PARTIAL)

    assert (7.0, "request-1", "slow down") == (seen.retry_after, seen.request_id, seen.detail)
    assert PARTIAL == seen.partial


def test_the_body_refines_the_error_class() -> None:
    seen = chat_error_from(refused(400, b"maximum context length is 8"), CONTEXT)

    assert ContextWindowExceededError is type(seen)


def test_given_and_sent_keys_are_masked() -> None:
    error = refused(401, f"no: {KEY} handed-in".encode(), {"x-request-id": f"for-{KEY}"})

    seen = chat_error_from(error, CONTEXT)

    assert ("no: **** ****", "for-****") == (seen.detail, seen.request_id)


@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        ("req_1-a:b.c", {"x-request-id": "req_1-a:b.c"}),
        ("req_2", {"request-id": "req_2"}),
        ("req_3", {"x-request-id": "a text with spaces", "x-amzn-requestid": "req_3"}),
        (None, {"x-request-id": "x" * 201}),
        (None, {"x-request-id": ""}),
        (None, {}),
    ],
)
def test_only_a_plausible_request_id_is_reported(expected: str | None, headers: dict[str, str]) -> None:
    seen = chat_error_from(refused(headers=headers), CONTEXT)

    assert expected == seen.request_id


def test_an_unread_body_is_an_empty_detail() -> None:
    answer = httpx.Response(500, stream=httpx.ByteStream(b"it went wrong"), request=REQUEST)

    seen = chat_error_from(httpx.HTTPStatusError("refused", request=REQUEST, response=answer), CONTEXT)

    assert (ServerError, None) == (type(seen), seen.detail)


@pytest.mark.parametrize("charset", ["hex", "idna", "nonsense", "utf-16"])
def test_an_unusable_charset_falls_back_to_utf8(charset: str) -> None:
    error = refused(500, b"it went wrong \xff", {"content-type": f"text/plain; charset={charset}"})

    seen = chat_error_from(error, CONTEXT)

    assert "it went wrong \N{REPLACEMENT CHARACTER}" == seen.detail


def test_a_huge_body_is_truncated() -> None:
    seen = chat_error_from(refused(500, b"x" * 10_000_000), CONTEXT)

    assert "x" * 2_000 == seen.detail

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

KEY = "0a1b2c3d4e5f-planted"  # looks like no key at all
ASKED = ErrorContext(provider="openai", model="openai/x", secrets=("handed-in",))
REQUEST = httpx.Request("POST", "http://far.test", headers={"authorization": f"Bearer {KEY}"})
SAID = AssistantMessage("Well")


def refused(
    status: int = 429, body: bytes = b"slow down", headers: dict[str, str] | None = None
) -> httpx.HTTPStatusError:
    answer = httpx.Response(status, content=body, headers=headers, request=REQUEST)
    return httpx.HTTPStatusError("refused", request=REQUEST, response=answer)


def wrapped(error: BaseException, how: str) -> Exception:
    """Return an error of LiteLLM's that came from *error*, linked in one of the ways that LiteLLM has."""
    outer = RuntimeError("litellm.SomethingElse: 500")
    setattr(outer, how, error)
    return outer


@pytest.mark.parametrize("how", ["__cause__", "__context__", "original_exception"])
def test_the_true_status_is_found_however_deep_it_lies(how: str) -> None:
    error = wrapped(wrapped(refused(), how), how)

    seen = chat_error_from(error, ASKED)

    assert (RateLimitError, 429, "openai", "openai/x") == (type(seen), seen.status_code, seen.provider, seen.model)


def test_what_the_provider_told_of_the_request_is_kept() -> None:
    error = wrapped(refused(headers={"retry-after": "7", "x-request-id": "request-1"}), "__cause__")

    seen = chat_error_from(error, ASKED, SAID)

    assert (7.0, "request-1", "slow down") == (seen.retry_after, seen.request_id, seen.detail)
    assert SAID == seen.partial


def test_the_words_of_the_body_tell_the_kind() -> None:
    seen = chat_error_from(refused(400, b"maximum context length is 8"), ASKED)

    assert ContextWindowExceededError is type(seen)


def test_keys_are_masked_the_one_that_was_sent_among_them() -> None:
    error = refused(401, f"no: {KEY} handed-in".encode(), {"x-request-id": f"for-{KEY}"})

    seen = chat_error_from(error, ASKED)

    assert ("no: **** ****", "for-****") == (seen.detail, seen.request_id)


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("req_1-a:b.c", {"x-request-id": "req_1-a:b.c"}),
        ("req_2", {"request-id": "req_2"}),
        ("req_3", {"x-request-id": "you said: the prompt", "x-amzn-requestid": "req_3"}),
        (None, {"x-request-id": "x" * 201}),
        (None, {"x-request-id": ""}),
        (None, {}),
    ],
)
def test_a_request_id_is_what_looks_like_one(expected: str | None, told: dict[str, str]) -> None:
    seen = chat_error_from(refused(headers=told), ASKED)

    assert expected == seen.request_id


def test_a_body_that_nobody_read_is_an_empty_detail() -> None:
    answer = httpx.Response(500, stream=httpx.ByteStream(b"it went wrong"), request=REQUEST)

    seen = chat_error_from(httpx.HTTPStatusError("refused", request=REQUEST, response=answer), ASKED)

    assert (ServerError, "") == (type(seen), seen.detail)


@pytest.mark.parametrize("charset", ["hex", "idna", "nonsense", "utf-16"])
def test_a_charset_that_is_none_does_no_harm(charset: str) -> None:
    error = refused(500, b"it went wrong \xff", {"content-type": f"text/plain; charset={charset}"})

    seen = chat_error_from(error, ASKED)

    assert "it went wrong \N{REPLACEMENT CHARACTER}" == seen.detail


def test_a_huge_body_is_cut() -> None:
    seen = chat_error_from(refused(500, b"x" * 10_000_000), ASKED)

    assert "x" * 2_000 == seen.detail

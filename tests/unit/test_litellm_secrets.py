"""Plants keys and a prompt, provokes every error class, and searches all output for them."""

import json
import logging
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import attrs
import pytest

from llm_core import ChatError, ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
)
from llm_core.testing import Breaks, Fails, FakeProvider, Recorder, Refuses, Replies, Scenario, Sends
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from tests.secrets.searching import found, places_of

Lane: TypeAlias = Literal["direct", "call"]
LANES: tuple[Lane, ...] = ("direct", "call")
GIVEN_KEY = "sk-planted-0123456789abcdef"
ENVIRONMENT_KEY = "sk-environment-0123456789abcdef"
PLAIN_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
HEADER_KEY, OPTION_KEY = "header-planted-01234567", "option-planted-01234567"
KEYS = (GIVEN_KEY, ENVIRONMENT_KEY, PLAIN_KEY, HEADER_KEY, OPTION_KEY)
PROMPT = "the-prompt-that-must-not-be-logged"
REQUEST = ChatRequest(messages=[UserMessage(PROMPT)], settings=ChatSettings(timeout=0.6))
UNSUPPORTED_REQUEST = attrs.evolve(REQUEST, settings=ChatSettings(temperature=0.2))


def quote(key: str) -> str:
    """Return an error message like those of providers that quote what they received, including the key."""
    return f"No access with the key: {key}, Bearer {key}, {HEADER_KEY}, {OPTION_KEY}. You said: {PROMPT}."


def event(text: str) -> bytes:
    error = {"error": {"message": text, "code": "rate_limit_exceeded", "type": None}}
    return b"data: " + json.dumps(error).encode() + b"\n\n"


FIRST_CHUNK = b'data: {"id": "a", "choices": [{"index": 0, "delta": {"content": "Well"}}]}\n\n'
SCENARIOS: dict[type[ChatError], Callable[[str], Scenario]] = {
    AuthenticationError: lambda text: Fails(status=401, message=text),
    PermissionDeniedError: lambda text: Fails(status=403, message=text),
    ModelNotFoundError: lambda text: Fails(status=404, message=text),
    InvalidRequestError: lambda text: Fails(status=422, message=text),
    ContextWindowExceededError: lambda text: Fails(status=400, message=f"{text} This exceeds the context window."),
    ContentPolicyError: lambda text: Fails(status=400, message=f"{text} This is against our content policy."),
    QuotaExceededError: lambda text: Fails(status=402, message=text),
    RateLimitError: lambda text: Fails(status=429, message=text),
    ChatTimeoutError: lambda text: Breaks(how="silence", after=0, reply=Replies(text=text)),
    ConnectionFailedError: lambda _: Refuses(),
    ServerError: lambda text: Fails(status=500, message=text),
    BadResponseError: lambda text: Sends(body=f"<html>{text}".encode(), content_type="text/html"),
    StreamInterruptedError: lambda _: Breaks(how="cut"),
}
MID_STREAM: dict[type[ChatError], Callable[[str], bytes]] = {
    RateLimitError: event,
    BadResponseError: lambda text: f"data: {{{text}\n\n".encode(),
    StreamInterruptedError: lambda text: f": {text}\n\n".encode(),
}


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # it sets log levels that are unset, and pytest restores levels after each test


@pytest.fixture(params=[GIVEN_KEY, ENVIRONMENT_KEY])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the key of this test, given as an argument or in the variable of the provider."""
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENT_KEY)
    return str(request.param)


@attrs.define
class OutputSearch:
    """Searches all output of one failed call."""

    lane: Lane
    caplog: pytest.LogCaptureFixture
    capfd: pytest.CaptureFixture[str]

    def fail(
        self, scenario: Scenario, mode: Mode, key: str, model: str = "openai/x", request: ChatRequest = REQUEST
    ) -> ChatError:
        """Return the error that *scenario* causes."""
        self.caplog.set_level(0)
        for logger_name in ("LiteLLM", "openai"):  # the adapter raises their level: at DEBUG they log whole requests
            self.caplog.set_level(logging.INFO, logger=logger_name)
        self.caplog.handler.setLevel(0)
        with (
            FakeProvider(scenario, OpenAIChat(), Recorder()) as fake_provider,
            _chat(self.lane, fake_provider, key, model) as chat,
            pytest.raises(ChatError) as caught,
            warnings.catch_warnings(record=True) as self.warned,
        ):
            call_in_mode(chat, request, mode)
        return caught.value

    warned: list[warnings.WarningMessage] | None = attrs.field(default=None, init=False)

    def found(self, error: ChatError) -> dict[str, list[str]]:
        """Return by secret the places that show one of the keys or the prompt."""
        return found({**places_of(error, PROMPT), **self._output()}, {secret: secret for secret in (*KEYS, PROMPT)})

    def _output(self) -> Mapping[str, str]:
        records = {
            f"record {index} of {record.name}": f"{record.getMessage()} {vars(record)}"
            for index, record in enumerate(self.caplog.records)
        }
        written = self.capfd.readouterr()
        warned = " ".join(str(vars(warning)) for warning in self.warned or ())
        return {**records, "stdout": written.out, "stderr": written.err, "warnings": warned}


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> Lane:
    return request.param  # type: ignore[no-any-return]  # pytest's parameters are Any


@pytest.fixture
def search(lane: Lane, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> OutputSearch:
    return OutputSearch(lane, caplog, capfd)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("error_class", SCENARIOS)
def test_no_error_shows_a_key_and_only_its_detail_shows_the_prompt(
    error_class: type[ChatError], mode: Mode, key: str, search: OutputSearch
) -> None:
    error = search.fail(SCENARIOS[error_class](quote(key)), mode, key)

    assert error_class is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("error_class", MID_STREAM)
def test_no_error_within_a_stream_shows_a_key(
    error_class: type[ChatError], mode: Mode, key: str, search: OutputSearch
) -> None:
    scenario = Sends(body=FIRST_CHUNK + MID_STREAM[error_class](quote(key)), content_type="text/event-stream")

    error = search.fail(scenario, mode, key)

    assert error_class is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("error_class", "chat_request", "model"),
    [(UnsupportedFeatureError, UNSUPPORTED_REQUEST, "openai/gpt-5-mini"), (ModelNotFoundError, REQUEST, "unknown/x")],
)
def test_no_error_of_a_request_that_was_not_sent_shows_a_key(
    error_class: type[ChatError], chat_request: ChatRequest, model: str, mode: Mode, key: str, search: OutputSearch
) -> None:
    error = search.fail(Replies(), mode, key, model, chat_request)

    refuses_the_lane = search.lane == "direct" and model == "unknown/x"
    assert (UnsupportedFeatureError if refuses_the_lane else error_class) is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
def test_no_error_of_an_answer_without_choices_shows_a_key(mode: Mode, key: str, search: OutputSearch) -> None:
    text = quote(key)
    body = json.dumps({"id": text, "choices": [], "note": text}).encode()

    error = search.fail(Sends(body=body), mode, key)

    assert BadResponseError is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
def test_the_detail_quotes_the_provider_with_masked_keys(mode: Mode, key: str, search: OutputSearch) -> None:
    error = search.fail(SCENARIOS[AuthenticationError](quote(key)), mode, key)

    assert PROMPT in (error.detail or "")
    assert "No access with the key: ****" in (error.detail or "")


@pytest.mark.parametrize("mode", EVERY)
def test_a_key_from_the_environment_is_masked_whatever_it_looks_like(
    mode: Mode, search: OutputSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", PLAIN_KEY)

    error = search.fail(SCENARIOS[RateLimitError](quote(PLAIN_KEY)), mode, PLAIN_KEY)

    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
def test_the_search_finds_every_planted_secret(mode: Mode, search: OutputSearch) -> None:
    error = search.fail(Fails(status=500), mode, GIVEN_KEY)

    error.add_note(GIVEN_KEY)
    error.__cause__ = ValueError(HEADER_KEY)
    logging.getLogger("some.other").debug("prompt %s", PROMPT)
    sys.stderr.write(OPTION_KEY)

    assert {GIVEN_KEY, HEADER_KEY, OPTION_KEY, PROMPT} == search.found(error).keys()


@pytest.mark.parametrize("mode", EVERY)
def test_locals_in_traceback_frames_of_the_adapters_show_no_key(mode: Mode, key: str, search: OutputSearch) -> None:
    error = search.fail(SCENARIOS[AuthenticationError](quote(key)), mode, key)

    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in shown.stack if "/llm_core/adapters/" in frame.filename]

    assert frames
    assert not [key for key in KEYS for frame in frames if key in str(frame.locals)]


def _chat(lane: Lane, fake_provider: FakeProvider, key: str, model: str) -> LiteLLMChat:
    return LiteLLMChat(
        model,
        api_key=key if key == GIVEN_KEY else None,
        api_base=f"{fake_provider.url}/v1",
        headers={"x-team": f"Team {HEADER_KEY}", "x-option": OPTION_KEY},
        provider_options={"organization": OPTION_KEY} if lane == "call" else {},
        lane=lane,
        unsupported="error",
    )

"""Keys and a prompt are planted, every kind of error is provoked, and everything that comes of it is searched."""

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
HANDED_IN = "sk-planted-0123456789abcdef"
IN_THE_ENVIRONMENT = "sk-environment-0123456789abcdef"
BY_ITS_LOOKS_ANYTHING = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
IN_A_HEADER, IN_AN_OPTION = "header-planted-01234567", "option-planted-01234567"
KEYS = (HANDED_IN, IN_THE_ENVIRONMENT, BY_ITS_LOOKS_ANYTHING, IN_A_HEADER, IN_AN_OPTION)
PROMPT = "the-prompt-that-nobody-may-log"
ASK = ChatRequest(messages=[UserMessage(PROMPT)], settings=ChatSettings(timeout=0.6))
COLD = attrs.evolve(ASK, settings=ChatSettings(temperature=0.2))


def says_back(key: str) -> str:
    """Return what providers say: back what they were sent, the key above all."""
    return f"Incorrect API key provided: {key}, Bearer {key}, {IN_A_HEADER}, {IN_AN_OPTION}. You said: {PROMPT}."


def event(said: str) -> bytes:
    error = {"error": {"message": said, "code": "rate_limit_exceeded", "type": None}}
    return b"data: " + json.dumps(error).encode() + b"\n\n"


BEGUN = b'data: {"id": "a", "choices": [{"index": 0, "delta": {"content": "Well"}}]}\n\n'
KINDS: dict[type[ChatError], Callable[[str], Scenario]] = {
    AuthenticationError: lambda said: Fails(status=401, message=said),
    PermissionDeniedError: lambda said: Fails(status=403, message=said),
    ModelNotFoundError: lambda said: Fails(status=404, message=said),
    InvalidRequestError: lambda said: Fails(status=422, message=said),
    ContextWindowExceededError: lambda said: Fails(status=400, message=f"{said} This exceeds the context window."),
    ContentPolicyError: lambda said: Fails(status=400, message=f"{said} This is against our content policy."),
    QuotaExceededError: lambda said: Fails(status=402, message=said),
    RateLimitError: lambda said: Fails(status=429, message=said),
    ChatTimeoutError: lambda said: Breaks(how="silence", after=0, reply=Replies(text=said)),
    ConnectionFailedError: lambda _: Refuses(),
    ServerError: lambda said: Fails(status=500, message=said),
    BadResponseError: lambda said: Sends(body=f"<html>{said}".encode(), content_type="text/html"),
    StreamInterruptedError: lambda _: Breaks(how="cut"),
}
MID_STREAM: dict[type[ChatError], Callable[[str], bytes]] = {
    RateLimitError: event,
    BadResponseError: lambda said: f"data: {{{said}\n\n".encode(),
    StreamInterruptedError: lambda said: f": {said}\n\n".encode(),
}


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # it sets levels where nobody has, and pytest takes a test's levels back


@pytest.fixture(params=[HANDED_IN, IN_THE_ENVIRONMENT])
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the key of this test, handed in or in the provider's own variable."""
    monkeypatch.setenv("OPENAI_API_KEY", IN_THE_ENVIRONMENT)
    return str(request.param)


@attrs.define
class Search:
    """Everything that one failed call left behind."""

    lane: Lane
    caplog: pytest.LogCaptureFixture
    capfd: pytest.CaptureFixture[str]

    def fail(
        self, scenario: Scenario, mode: Mode, key: str, model: str = "openai/x", ask_: ChatRequest = ASK
    ) -> ChatError:
        """Return the error that *scenario* makes."""
        self.caplog.set_level(0)
        for talkative in ("LiteLLM", "openai"):  # the adapter keeps them from DEBUG, where they quote whole requests
            self.caplog.set_level(logging.INFO, logger=talkative)
        self.caplog.handler.setLevel(0)
        with (
            FakeProvider(scenario, OpenAIChat(), Recorder()) as fake_provider,
            _chat(self.lane, fake_provider, key, model) as chat,
            pytest.raises(ChatError) as caught,
            warnings.catch_warnings(record=True) as self.warned,
        ):
            call_in_mode(chat, ask_, mode)
        return caught.value

    warned: list[warnings.WarningMessage] | None = attrs.field(default=None, init=False)

    def found(self, error: ChatError) -> dict[str, list[str]]:
        """Return where each of the keys, and the prompt, is to be seen."""
        return found({**places_of(error, PROMPT), **self._around()}, {word: word for word in (*KEYS, PROMPT)})

    def _around(self) -> Mapping[str, str]:
        records = {
            f"record {index} of {record.name}": f"{record.getMessage()} {vars(record)}"
            for index, record in enumerate(self.caplog.records)
        }
        written = self.capfd.readouterr()
        warned = " ".join(str(vars(one)) for one in self.warned or ())
        return {**records, "stdout": written.out, "stderr": written.err, "warnings": warned}


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> Lane:
    return request.param  # type: ignore[no-any-return]  # pytest's parameters are Any


@pytest.fixture
def search(lane: Lane, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Search:
    return Search(lane, caplog, capfd)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("kind", KINDS)
def test_no_error_shows_a_key_and_none_but_its_detail_a_prompt(
    kind: type[ChatError], mode: Mode, key: str, search: Search
) -> None:
    error = search.fail(KINDS[kind](says_back(key)), mode, key)

    assert kind is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("kind", MID_STREAM)
def test_nor_does_one_in_mid_stream(kind: type[ChatError], mode: Mode, key: str, search: Search) -> None:
    broken = Sends(body=BEGUN + MID_STREAM[kind](says_back(key)), content_type="text/event-stream")

    error = search.fail(broken, mode, key)

    assert kind is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("kind", "request_", "model"),
    [(UnsupportedFeatureError, COLD, "openai/gpt-5-mini"), (ModelNotFoundError, ASK, "nobody/x")],
)
def test_nor_does_one_of_a_request_that_was_not_sent(
    kind: type[ChatError], request_: ChatRequest, model: str, mode: Mode, key: str, search: Search
) -> None:
    error = search.fail(Replies(), mode, key, model, request_)

    assert kind is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
def test_nor_does_one_of_an_answer_without_choices(mode: Mode, key: str, search: Search) -> None:
    said = says_back(key)
    body = json.dumps({"id": said, "choices": [], "note": said}).encode()

    error = search.fail(Sends(body=body), mode, key)

    assert BadResponseError is type(error)
    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
def test_the_providers_words_are_in_the_detail_with_the_keys_masked(mode: Mode, key: str, search: Search) -> None:
    error = search.fail(KINDS[AuthenticationError](says_back(key)), mode, key)

    assert PROMPT in (error.detail or "")
    assert "Incorrect API key provided: ****" in (error.detail or "")


@pytest.mark.parametrize("mode", EVERY)
def test_a_key_in_the_environment_is_masked_whatever_it_looks_like(
    mode: Mode, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", BY_ITS_LOOKS_ANYTHING)

    error = search.fail(KINDS[RateLimitError](says_back(BY_ITS_LOOKS_ANYTHING)), mode, BY_ITS_LOOKS_ANYTHING)

    assert {} == search.found(error)


@pytest.mark.parametrize("mode", EVERY)
def test_the_search_finds_what_is_there(mode: Mode, search: Search) -> None:
    error = search.fail(Fails(status=500), mode, HANDED_IN)

    error.add_note(HANDED_IN)
    error.__cause__ = ValueError(IN_A_HEADER)
    logging.getLogger("some.other").debug("said %s", PROMPT)
    sys.stderr.write(IN_AN_OPTION)

    assert {HANDED_IN, IN_A_HEADER, IN_AN_OPTION, PROMPT} == search.found(error).keys()


@pytest.mark.parametrize("mode", EVERY)
def test_frames_of_ours_show_no_key_with_their_locals(mode: Mode, key: str, search: Search) -> None:
    error = search.fail(KINDS[AuthenticationError](says_back(key)), mode, key)

    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in shown.stack if "/llm_core/adapters/" in frame.filename]

    assert frames
    assert not [key for key in KEYS for frame in frames if key in str(frame.locals)]


def _chat(lane: Lane, fake_provider: FakeProvider, key: str, model: str) -> LiteLLMChat:
    return LiteLLMChat(
        model,
        api_key=key if key == HANDED_IN else None,
        api_base=f"{fake_provider.url}/v1",
        headers={"x-team": f"Team {IN_A_HEADER}", "x-option": IN_AN_OPTION},
        provider_options={"organization": IN_AN_OPTION} if lane == "call" else {},
        lane=lane,
        unsupported="error",
    )

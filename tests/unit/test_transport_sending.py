"""The sync and the async transport send the same request."""

import warnings

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

LONG_TEXT = "x" * 1_500_000


@pytest.mark.parametrize("mode", EVERY)
def test_the_url_path_is_sent_unchanged_with_the_expected_headers(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/a%2Fb%7Ec/v1")
        call_in_mode(chat, ChatRequest(messages=[UserMessage("hi")]), mode)
        chat.close()

    (request,) = recorder.requests
    assert ("POST", "/a%2Fb%7Ec/v1/chat/completions") == (request.method, request.path)
    names = ("authorization", "user-agent", "accept-encoding", "content-type")
    assert ["Bearer k", "llm-core", "identity", "application/json"] == [request.headers[name] for name in names]


@pytest.mark.parametrize("mode", EVERY)
def test_a_large_request_is_sent_completely_and_without_a_warning(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        call_in_mode(chat, ChatRequest(messages=[UserMessage(LONG_TEXT)]), mode)
        chat.close()

    assert [] == [str(warning.message) for warning in warned]
    assert LONG_TEXT.encode() in recorder.requests[0].body

"""A body that stays open behind an answer, and keep-alives behind it: the answer, not a timeout."""

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatTimeoutError
from llm_core.testing import Breaks, FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.dialects.registry import DIALECTS

from .cells import MODELS

TIMEOUT, LONG = 0.4, 20.0  # seconds
OPEN = Replies(text="Hello.", afterwards="hold")


def request(timeout: float) -> ChatRequest:
    return ChatRequest(messages=[UserMessage("Well?")], settings=ChatSettings(timeout=timeout))


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Make the first call in each mode, which may take longer than the short timeout."""
    with FakeProvider(Replies()) as provider:
        for mode in EVERY:
            text_of(provider, "openai_chat", mode, LONG)


def text_of(provider: FakeProvider, dialect: str, mode: Mode, timeout: float) -> str:
    model, path = MODELS[dialect]
    with DirectChat(model, api_key="k", api_base=f"{provider.url}{path}") as chat:
        return call_in_mode(chat, request(timeout), mode).text


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("dialect", MODELS)
def test_an_answer_whose_body_stays_open_until_the_timeout_is_an_answer(mode: Mode, dialect: str) -> None:
    with FakeProvider(OPEN, DIALECTS[dialect]) as provider:
        text = text_of(provider, dialect, mode, TIMEOUT)
        freed = provider.recorder.all_freed()

    assert ("Hello.", True) == (text, freed)


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("dialect", MODELS)
def test_a_stream_does_not_wait_until_its_timeout_once_its_last_event_was_read(mode: Mode, dialect: str) -> None:
    with FakeProvider(OPEN, DIALECTS[dialect]) as provider:
        text = text_of(provider, dialect, mode, LONG)
        freed = provider.recorder.all_freed()  # the fake provider did not close the connection itself

    assert ("Hello.", True) == (text, freed)


class WithoutTheEnd(OpenAIChat):
    """Sends finish reason and usage, and no end marker."""

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return super().events(reply)[:-1]


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("timeout", [TIMEOUT, LONG])
def test_finish_reason_and_usage_are_enough(mode: Mode, timeout: float) -> None:
    with FakeProvider(OPEN, WithoutTheEnd()) as provider:
        text = text_of(provider, "openai_chat", mode, timeout)
        freed = provider.recorder.all_freed()

    assert ("Hello.", True) == (text, freed)


@pytest.mark.parametrize("mode", STREAMS)
def test_a_finish_reason_alone_is_not_enough(mode: Mode) -> None:
    play = Replies(usage=None, afterwards="hold")

    with FakeProvider(play, WithoutTheEnd()) as provider, pytest.raises(ChatTimeoutError) as caught:
        text_of(provider, "openai_chat", mode, TIMEOUT)

    assert caught.value.partial is not None
    assert "Hello." == caught.value.partial.content


@pytest.mark.parametrize("mode", ["complete", "acomplete"])
@pytest.mark.parametrize("how", ["silence", "drip"])
def test_half_of_a_body_is_a_timeout(mode: Mode, how: str) -> None:
    play = Breaks(how="silence") if how == "silence" else Breaks(how="drip")

    with FakeProvider(play) as provider, pytest.raises(ChatTimeoutError):
        text_of(provider, "openai_chat", mode, TIMEOUT)

"""What the contract of wrappers needs of an author, and the probe that it puts beneath a wrapper."""

import asyncio
from collections.abc import Sequence

import pytest

from llm_core import AssistantMessage, ChatPort, ChatResponse, TextDelta
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Plays, ProbeChat, Replies, Scenario, WrapperContract
from llm_core.testing.clauses.field_comparison import require_equal, require_unchanged
from llm_core.testing.clauses.wrapper_api import open_calls, until_idle
from llm_core.wrappers import Retrying

from .verbs import REQUEST, Verb, in_every_verb

ANSWER = ChatResponse(message=AssistantMessage("hello, world"))


class Unfinished(WrapperContract):
    """A contract whose author has written nothing."""


class Finished(WrapperContract):
    """A contract whose author has written both methods."""

    def chat_for(self, _: Scenario) -> ChatPort:
        return InMemoryChat(["hi"])

    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Retrying(chats[0])


def test_an_author_must_say_what_is_wrapped_and_how() -> None:
    with pytest.raises(NotImplementedError, match=r"Unfinished must define chat_for\(self, scenario\)"):
        Unfinished().arrange(Replies())
    with pytest.raises(NotImplementedError, match=r"Unfinished must define wrap\(self, chats\)"):
        Unfinished().wrap([])


def test_the_neutral_form_is_by_default_the_wrapper_over_one_chat() -> None:
    chat = Finished().arrange(Replies())

    assert isinstance(chat, Retrying)
    assert "hi" == chat.complete(REQUEST).text


@in_every_verb
def test_a_wait_of_the_probe_that_nothing_ends_fails(call: Verb) -> None:
    with pytest.raises(TimeoutError, match="nothing ended the wait"):
        call(ProbeChat(Plays(response=ANSWER, waits=True, after=1, patience=0.01)))


def test_a_call_that_stays_open_is_named() -> None:
    probe = ProbeChat(ANSWER)
    events = probe.stream(REQUEST)
    next(events)

    asyncio.run(until_idle([probe], seconds=0.02))

    assert ("stream after 1 events", False) == (open_calls([probe]), probe.is_idle)
    events.close()
    assert ("", True) == (open_calls([probe]), probe.is_idle)


def test_the_fields_that_differ_are_shown() -> None:
    one, other = {"text": "a", "usage": None}, {"text": TextDelta, "usage": None}

    with pytest.raises(AssertionError, match="the response was changed\ntext: expected 'a', got TextDelta"):
        require_unchanged("the response", one, other)
    with pytest.raises(AssertionError, match=r"x{58}…, got 'y'$"):
        require_equal("the response", {"text": ["x" * 5000]}, {"text": "y"})
    require_unchanged("the response", one, one)

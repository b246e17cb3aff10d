"""Tests of pickled and copied chats: they work, share no connection, and refuse what cannot be copied."""

import copy
import pickle
from collections.abc import Callable
from typing import TypeAlias

import httpx
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

Adapter: TypeAlias = DirectChat | LiteLLMChat
REQUEST = ChatRequest(messages=[UserMessage("hi")])


def pickled(chat: Adapter) -> Adapter:
    copied = pickle.loads(pickle.dumps(chat))  # noqa: S301 -- of its own making
    assert isinstance(copied, DirectChat | LiteLLMChat)
    return copied


def made_key() -> str:
    return "made-by-a-function"


COPIES = [pytest.param(way, id=way.__name__) for way in (pickled, copy.copy, copy.deepcopy)]


class NoRouter:
    """Stands for a Router that was passed in."""

    def completion(self) -> None: ...

    async def acompletion(self) -> None: ...

    def get_model_list(self, model_name: str | None = None) -> None: ...


@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
@pytest.mark.parametrize("copied_by", COPIES)
@pytest.mark.parametrize("mode", EVERY)
def test_a_copy_of_a_used_chat_has_its_configuration_and_connections_of_its_own(
    mode: Mode, copied_by: Callable[[Adapter], Adapter], adapter: type[Adapter]
) -> None:
    with FakeProvider(Replies()) as fake_provider:
        chat = adapter(
            "openai/gpt-5-mini",
            api_key=made_key,
            api_base=f"{fake_provider.url}/v1",
            settings=ChatSettings(seed=7, extra={"a": {"b": [1]}}),
            supported_settings=["seed"],
            headers={"X-Team": "blue"},
        )
        call_in_mode(chat, REQUEST, "complete")
        copied = copied_by(chat)
        chat.close()  # which closes no connection of the copy
        seen = call_in_mode(copied, REQUEST, mode)
        call_in_mode(chat, REQUEST, mode)
        copied.close()
        chat.close()

    _, second, third = fake_provider.recorder.requests
    names = ("authorization", "x-team")
    assert ("Hello.", repr(chat)) == (seen.text, repr(copied))
    assert ["Bearer made-by-a-function", "blue"] == [second.headers[name] for name in names]
    assert second.body == third.body


@pytest.mark.parametrize("copied_by", COPIES)
def test_a_copy_shares_no_connection_with_a_chat_that_is_open(copied_by: Callable[[Adapter], Adapter]) -> None:
    with (
        FakeProvider(Replies()) as fake_provider,
        DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1") as chat,
        copied_by(chat) as copied,
    ):
        chat.complete(REQUEST)
        copied.complete(REQUEST)
        open_at_once = fake_provider.recorder.has_open(2)

    assert open_at_once


@pytest.mark.parametrize("adapter", [DirectChat, LiteLLMChat])
@pytest.mark.parametrize("copied_by", COPIES)
def test_a_chat_with_a_client_cannot_be_copied(copied_by: Callable[[Adapter], Adapter], adapter: type[Adapter]) -> None:
    client, async_client = httpx.Client(), httpx.AsyncClient()
    chats = [
        adapter("openai/x", api_key="the-secret", client=client),
        adapter("openai/x", api_key="the-secret", async_client=async_client),
    ]

    for chat in chats:
        with pytest.raises(TypeError, match=r"^a chat with a client that was passed in cannot be pickled or copied$"):
            copied_by(chat)


@pytest.mark.parametrize("copied_by", COPIES)
def test_a_chat_with_a_router_cannot_be_copied(copied_by: Callable[[Adapter], Adapter]) -> None:
    chat = LiteLLMChat("mine", router=NoRouter())

    with pytest.raises(TypeError, match=r"^a chat with a router cannot be pickled or copied$"):
        copied_by(chat)

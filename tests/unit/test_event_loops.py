"""Async verbs under an event loop other than asyncio's, which each adapter refuses in words of its own."""

from collections.abc import AsyncGenerator, Callable, Coroutine

import pytest

from llm_core import (
    AsyncChatPort,
    ChatRequest,
    ConfigurationError,
    StreamEvent,
    TextDelta,
    UserMessage,
    from_events,
    from_sync,
)
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.memory import InMemoryChat

REQUEST = ChatRequest(messages=[UserMessage("hi")])


class Source:
    provider, model = "x", "y"
    transport_errors: tuple[type[Exception], ...] = ()

    async def events(self, _: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        yield TextDelta("it was called")


ADAPTERS: dict[str, Callable[[], AsyncChatPort]] = {
    "direct": lambda: DirectChat("openai/x", api_key="k", api_base="http://127.0.0.1:9"),
    "litellm": lambda: LiteLLMChat("openai/x", api_key="k", api_base="http://127.0.0.1:9"),
    "memory": lambda: InMemoryChat(["hi"]),
    "from_sync": lambda: from_sync(InMemoryChat(["hi"])),
    "from_events": lambda: from_events(Source()),
    "call lane": lambda: LiteLLMChat("openai/x", api_key="k", api_base="http://127.0.0.1:9", lane="call"),
}


def step(work: Coroutine[object, object, object]) -> None:
    """Run *work* until it waits, as an event loop of another library does."""
    work.send(None)


@pytest.mark.parametrize("mode", ["acomplete", "astream"])
@pytest.mark.parametrize("name", [name for name in ADAPTERS if name != "call lane"])
def test_an_async_verb_without_asyncio_is_a_configuration_error(name: str, mode: str) -> None:
    chat = ADAPTERS[name]()
    work = chat.acomplete(REQUEST) if mode == "acomplete" else chat.astream(REQUEST).until_done()

    with pytest.raises(ConfigurationError, match="trio is not supported"):
        step(work)


@pytest.mark.call_lane
@pytest.mark.parametrize("mode", ["acomplete", "astream"])
def test_an_async_verb_of_the_call_lane_without_asyncio_is_a_configuration_error(mode: str) -> None:
    test_an_async_verb_without_asyncio_is_a_configuration_error("call lane", mode)

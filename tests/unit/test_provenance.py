"""The report names the author's own class, whatever wraps it."""

from collections.abc import AsyncGenerator

import attrs

from llm_core import ChatRequest, StreamEvent, from_events
from llm_core.testing.report.provenance import adapter_name
from llm_core.wrappers import Retrying


@attrs.frozen
class Source:
    """A source of `from_events` that yields nothing."""

    provider: str = "made-up"
    model: str = "m"
    transport_errors: tuple[type[Exception], ...] = ()

    async def events(self, _: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        for event in tuple[StreamEvent, ...]():
            yield event


def test_the_name_of_a_chat_from_events_is_that_of_its_source() -> None:
    chat = from_events(Source())

    assert [f"{__name__}.Source"] * 2 == [adapter_name(chat), adapter_name(Retrying(chat))]

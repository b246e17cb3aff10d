"""What an author defines to check a real endpoint, and what the suite does around each clause."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import TypeVar

import attrs
import pytest

from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.closing import managed
from llm_core.testing.clauses.modes import Mode, call_in_mode, events
from llm_core.testing.guards.override_guard import mark_xfails

from .live_requests import CITIES, HELLO, weather_in

Clause = TypeVar("Clause", bound=Callable[..., None])


def live(id: str, *modes: Mode) -> Callable[[Clause], Clause]:
    """Give a promise that is checked on a real endpoint its id and its modes."""

    def mark(check: Clause) -> Clause:
        check.__dict__["clause_id"] = id
        return pytest.mark.parametrize("mode", modes)(check) if modes else check

    return mark


@attrs.define
class _Memory:
    """Answers that several clauses check, requested once."""

    greetings: dict[Mode, ChatResponse] = attrs.field(factory=dict)
    events: dict[Mode, list[StreamEvent]] = attrs.field(factory=dict)
    forced_tool_call: dict[Mode, ChatResponse] = attrs.field(factory=dict)


_MEMORY = pytest.StashKey[_Memory]()


class Live:
    """Define `chat`. The clauses send some thirty short requests, at the endpoint's price."""

    unknown_model = "no-such-model-0"
    """A model name that the endpoint does not know, with the prefix that your adapter needs."""

    xfails: Mapping[str, str] = MappingProxyType({})
    """Promises that the adapter cannot keep, each with its reason, as in `ChatPortContract`."""

    chat_under_test: ChatPort | None = None  # for the report, as are the next two
    answered_by: str | None = None
    spent: Usage | None = None

    _closing: ExitStack
    _memory: _Memory

    def chat(self) -> ChatPort:
        """Return the adapter under test, connected to a real endpoint; the suite closes it."""
        raise NotImplementedError(f"{type(self).__name__} must define chat(self) -> ChatPort")

    def make_chat(self) -> ChatPort:
        """Return what `chat` returns; the suite closes it after the clause."""
        self.chat_under_test = self.chat()
        self._closing.enter_context(managed(self.chat_under_test))
        return self.chat_under_test

    def answer(self, request: ChatRequest, mode: Mode) -> ChatResponse:
        """Return the answer to *request*."""
        return self.count_usage(call_in_mode(self.make_chat(), request, mode))

    def greeting(self, mode: Mode) -> ChatResponse:
        """Return the answer to a plain question."""
        if mode in ("stream", "astream"):
            return response_from_events(self.greeting_events(mode))
        if mode not in self._memory.greetings:
            self._memory.greetings[mode] = self.answer(HELLO, mode)
        return self._memory.greetings[mode]

    def greeting_events(self, mode: Mode) -> list[StreamEvent]:
        """Return the events of the answer to a plain question."""
        if mode not in self._memory.events:
            received = self._memory.events[mode] = events(self.make_chat(), HELLO, mode)
            for event in received:
                if isinstance(event, StreamEnd):
                    self.count_usage(event.response)
        return self._memory.events[mode]

    def forced_tool_call(self, mode: Mode) -> ChatResponse:
        """Return an answer to a request that forces a tool call; a small model may need several attempts."""
        for city in CITIES:
            if mode in self._memory.forced_tool_call and self._memory.forced_tool_call[mode].message.all_tool_calls:
                break
            self._memory.forced_tool_call[mode] = self.answer(weather_in(city), mode)
        return self._memory.forced_tool_call[mode]

    def count_usage(self, response: ChatResponse) -> ChatResponse:
        """Return *response*, and remember who answered, and what it took."""
        self.answered_by = response.model or self.answered_by
        if response.usage is not None:
            self.spent = (self.spent or Usage()) + response.usage
        return response

    @pytest.fixture(autouse=True)
    def _around_each_clause(self, request: pytest.FixtureRequest) -> Iterator[None]:
        mark_xfails(request.node, self.xfails)
        self._memory = request.node.parent.stash.setdefault(_MEMORY, _Memory())
        with ExitStack() as self._closing:
            yield

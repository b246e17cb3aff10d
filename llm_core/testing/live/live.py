"""What an author fills in to let a genuine endpoint be asked, and what the suite does around it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import TypeVar

import attrs
import pytest

from llm_core.domain.events import StreamEnd, StreamEvent, response_from_events
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.closing import managed
from llm_core.testing.clauses.modes import Mode, call_in_mode, events
from llm_core.testing.guards.override_guard import mark_xfails

from .live_requests import CITIES, HELLO, weather_in

Clause = TypeVar("Clause", bound=Callable[..., None])


def live(id: str, *modes: Mode) -> Callable[[Clause], Clause]:
    """Name a promise that is checked on a genuine endpoint, and the modes that it is checked in."""

    def mark(check: Clause) -> Clause:
        check.__dict__["clause_id"] = id
        return pytest.mark.parametrize("mode", modes)(check) if modes else check

    return mark


@attrs.define
class _Memory:
    """What was asked once, and is judged by many clauses."""

    greetings: dict[Mode, ChatResponse] = attrs.field(factory=dict)
    events: dict[Mode, list[StreamEvent]] = attrs.field(factory=dict)
    forced_tool_call: dict[Mode, ChatResponse] = attrs.field(factory=dict)


_MEMORY = pytest.StashKey[_Memory]()


class Live:
    """Fill `chat`. What is asked costs what the endpoint asks for it: some thirty short questions."""

    unknown_model = "no-such-model-0"
    """A name that the endpoint does not know, with the prefix that your adapter wants."""

    xfails: Mapping[str, str] = MappingProxyType({})
    """Promises that are not kept, each with its reason, as in `ChatPortContract`."""

    chat_under_test: ChatPort | None = None  # for the report, as are the next two
    answered_by: str | None = None
    spent: Usage | None = None

    _closing: ExitStack
    _memory: _Memory

    def chat(self) -> ChatPort:
        """Return the adapter under test, over a genuine endpoint; the suite closes it."""
        raise NotImplementedError(f"{type(self).__name__} must define chat(self) -> ChatPort")

    def make_chat(self) -> ChatPort:
        """Return what `chat` returns, to be closed when the clause is over."""
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
        """Return the answer to a plain question as it came."""
        if mode not in self._memory.events:
            told = self._memory.events[mode] = events(self.make_chat(), HELLO, mode)
            for event in told:
                if isinstance(event, StreamEnd):
                    self.count_usage(event.response)
        return self._memory.events[mode]

    def forced_tool_call(self, mode: Mode) -> ChatResponse:
        """Return an answer that had to call a tool; a small model may want to be asked more than once."""
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

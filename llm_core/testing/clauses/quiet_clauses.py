"""Clauses about what a call does beside its answer: it prints, logs, warns and changes nothing, and shows no secret.

The suite also watches the process around every other clause; a promise that `xfails` names is then not checked there.
"""

import asyncio
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.quiet import QUIET
from llm_core.testing.guards.secrets import places, traces
from llm_core.testing.scenarios import Breaks, Fails, HangsUp, Refuses, Replies, Scenario

from .author_api import ContractAuthorApi
from .clause import clause
from .errors import FAULTS, PROMPT, error_texts
from .field_comparison import counted
from .modes import EVERY, Mode, call_in_mode

WAYS: tuple[Scenario, ...] = (Replies(), Fails(status=500), Breaks(how="cut"))
AFTERWARDS = 1.0  # seconds after a call in which what it has put off happens
REQUEST = ChatRequest(messages=[UserMessage(PROMPT)])
_SEEDED = attrs.evolve(REQUEST, settings=ChatSettings(seed=7))
UNQUOTED: dict[str, Fails | Breaks | Refuses | HangsUp] = {
    name: fault for name, fault in FAULTS.items() if isinstance(fault, Fails | Breaks | Refuses | HangsUp)
}


class QuietClauses(ContractAuthorApi):
    """What happens beside the answer."""

    @clause("quiet.output", *EVERY)
    def test_a_call_prints_nothing(self, mode: Mode) -> None:
        """A call writes nothing to stdout or stderr, whether it succeeds or fails.

        A `print` or a debug option of a library: a program's output belongs to the program. Use `logging`.
        """
        self._call_in_all_ways(mode)

        self.require_quiet("quiet.output")

    @clause("quiet.log", *EVERY)
    def test_no_log_record_holds_the_key_or_the_prompt(self, mode: Mode) -> None:
        """No record of any logger, from DEBUG up, holds the key or the text of a message: in no argument or field.

        Code that logs requests, headers, bodies or URLs, also in the library that sends them: leave out their contents.
        """
        self._call_in_all_ways(mode)

        self.require_quiet("quiet.log")

    @clause("quiet.warnings", *EVERY)
    def test_a_call_does_not_warn(self, mode: Mode) -> None:
        """A call emits no warning of its own: with `-W error` it would fail.

        Code that calls `warnings.warn` in each call. What a caller must know stands in the response, or in the log.
        """
        self._call_in_all_ways(mode)

        self.require_quiet("quiet.warnings")

    @clause("quiet.process", *EVERY)
    def test_a_call_does_not_change_the_process(self, mode: Mode) -> None:
        """A call changes no environment variable, nor anything else that the whole process shares.

        Code that passes keys, addresses or proxies to a library through `os.environ`, or sets global options (the
        working directory, the socket timeout, the root logger, warning filters, the seed of `random`): pass them as
        arguments.
        """
        self._call_in_all_ways(mode, REQUEST if "seed" not in self.capabilities.settings else _SEEDED)

        self.require_quiet("quiet.process")

    @clause("quiet.context", *EVERY)
    def test_a_call_does_not_change_the_callers_context(self, mode: Mode) -> None:
        """A call changes no context variable of its caller.

        A `ContextVar` that is set and not reset, such as an id for logs or traces: the caller's later code would see
        the value of an earlier call. Reset it, or run the code that sets it in a copy of the context.
        """
        self._call_in_all_ways(mode)

        self.require_nothing_noted("quiet.context")

    @clause("quiet.afterwards")
    def test_nothing_happens_after_a_call(self) -> None:
        """Once a call is over nothing follows: no request or connection, no log record of it, no output, no change.

        A timer, a thread or a task that a call starts and does not wait for: a callback with the prompt, a request
        that asks whether the provider is back, a connection that is opened in advance. Do it within the call, or not.
        """
        chats = [self.make_chat(scenario) for scenario in (*WAYS, HangsUp())]

        sent, opened = self.in_time(lambda: asyncio.run(self._wait_after_all(chats)))

        late = self.recorder.count - sent, self.recorder.accepted - opened
        assert (0, 0) == late, (
            f"{counted(late[0], 'request')} and {counted(late[1], 'connection')} came after the calls"
        )
        for promise in QUIET.keys() - self._declared():
            self.require_quiet(promise)

    @clause("request.key-once", *EVERY)
    def test_the_key_stands_in_one_place(self, mode: Mode) -> None:
        """A request holds the key exactly once: in one header, or in the URL.

        A key that is passed twice, as a header of its own and through the library: servers and proxies log URLs and
        unknown headers.
        """
        call_in_mode(self.make_chat(Replies()), REQUEST, mode)

        found = [place for request in self.recorder.requests for place in places(request, self.planted_key)]
        assert int(self.capabilities.http) == len(found), f"the key stands in {' and '.join(found) or 'no place'}"

    @clause("error.prompt-not-shown", *EVERY)
    @pytest.mark.parametrize("name", sorted(UNQUOTED))
    def test_an_error_holds_no_prompt_that_the_provider_did_not_quote(self, mode: Mode, name: str) -> None:
        """No text of an error holds the prompt or the key, `detail` included, unless the provider quotes the prompt.

        The code that sets `detail`: the provider's own words, never the request or its body.
        """
        with pytest.raises(ChatError) as caught:
            call_in_mode(self.make_chat(UNQUOTED[name]), REQUEST, mode)

        texts = (caught.value.detail or "", *error_texts(caught.value))
        secrets = (PROMPT, *traces(self.planted_key))
        shown = max((secret for text in texts for secret in secrets if secret in text), key=len, default="")
        assert not shown, f"a text of the error holds the key or the prompt: {shown!r}"

    async def _wait_after_all(self, chats: list[ChatPort]) -> tuple[int, int]:
        """Return how many requests and connections all calls cost, some time after them, in an event loop that runs."""
        for chat in chats:
            await asyncio.to_thread(_call_sync, chat)
            with suppress(ChatError):
                await chat.acomplete(REQUEST)
            with suppress(ChatError):
                async with chat.astream(REQUEST) as stream:
                    await anext(aiter(stream))
        cost = self.recorder.count, self.recorder.accepted
        await asyncio.sleep(AFTERWARDS)
        return cost

    def _call_in_all_ways(self, mode: Mode, request: ChatRequest = REQUEST) -> None:
        for scenario in WAYS:
            chat = self.make_chat(scenario)
            with suppress(ChatError):
                call_in_mode(chat, request, mode)


def _call_sync(chat: ChatPort) -> None:
    """Make a call, and leave a stream early."""
    with suppress(ChatError):
        chat.complete(REQUEST)
    with suppress(ChatError), chat.stream(REQUEST) as stream:
        next(stream)

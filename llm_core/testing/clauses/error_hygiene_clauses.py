"""Clauses about what an error holds, and what a failed call leaves behind."""

import asyncio
import json
from contextlib import suppress

import pytest

from llm_core.domain.errors import MAX_DETAIL, ChatError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.responses import ChatResponse
from llm_core.domain.tools import InvalidToolCall, ToolCall
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.runtime_probes import MAX_LEFT_OVER
from llm_core.testing.guards.secrets import spellings, traces
from llm_core.testing.scenarios import Breaks, Call, Fails, HangsUp, Replies

from .clause import clause
from .error_comparison import Failing
from .errors import FAULTS, ErrorClauses
from .field_comparison import require_equal
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

MANY = 16  # failures in sequence
MISLEADING_MESSAGE = "Incorrect API key provided. Too many requests: please slow down."  # phrases of a 401 and of a 429
LONG_MESSAGE = "It went wrong. " * 1_000
# In sequence, so that a field of one failure shows in the next, which has none or another one.
DIFFERENT_FAILURES: tuple[Failing, ...] = (
    Fails(status=429, retry_after=1.5),
    Fails(status=429, retry_after=7.0, message="It went wrong again."),
    Breaks(how="cut"),
    Breaks(how="cut", reply=Replies(text="Quite another answer.")),
    Fails(status=500, message="It went wrong for a third time."),
    HangsUp(),
    Fails(status=413),
)
AFTER_FAILURES = Replies(text="All is well.")
_OSLO = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo"}')
_BERGEN = Call(id="call_2", name="get_weather", arguments_text='{"city": "Bergen"}')


class ErrorHygieneClauses(ErrorClauses):
    """What an error holds."""

    @clause("error.words", *EVERY)
    @pytest.mark.parametrize("status", [500, 503])
    def test_a_message_does_not_overrule_the_status(self, mode: Mode, status: int) -> None:
        """A 5xx is a ServerError, whatever its message: messages are for people.

        The code that searches the error's text: it may look for the provider's error codes beside a 4xx, not for
        general phrases.
        """
        self.error_from(Fails(status=status, message=MISLEADING_MESSAGE), mode)

    @clause("error.detail", *EVERY)
    def test_the_detail_has_a_bound(self, mode: Mode) -> None:
        """`detail` holds at most 2,000 characters, however long the provider's message is.

        The code that sets `detail`: the constructor of `ChatError` truncates it.
        """
        error = self.error_from(Fails(status=500, message=LONG_MESSAGE), mode)

        length = len(error.detail or "")
        assert MAX_DETAIL >= length, f"`detail` has {length:,} characters, more than {MAX_DETAIL:,}"

    @clause("error.key-spellings", *EVERY)
    def test_the_key_is_masked_in_every_spelling(self, mode: Mode) -> None:
        """`detail` holds the key in no spelling: as it is, in a URL, in a repr, in the base64 of Basic authentication.

        The code that masks the key in the provider's message: `error_from_http` does it, with `key`.
        """
        quoted = [self.planted_key, *sorted(spellings(self.planted_key) - {self.planted_key})]
        message = f"You sent <{'> <'.join(quoted)}>." if self.capabilities.http else "You sent a key."

        error = self.error_from(Fails(status=500, message=message), mode)

        assert not [spelled for spelled in quoted if spelled in (error.detail or "")], "`detail` holds the key"

    @clause("error.own", *EVERY)
    def test_each_failed_call_has_an_error_of_its_own(self, mode: Mode) -> None:
        """The error of a call holds what that call received: it is not that of an earlier call, and no later one's.

        An error that is made once and raised again, or whose fields a later failure sets: make one for each failure. A
        failure changes nothing in a later answer, which reports its usage too.
        """
        chat = self.make_chat(DIFFERENT_FAILURES[0])

        for failure in DIFFERENT_FAILURES:
            self.switch(failure)
            with pytest.raises(ChatError) as caught:
                call_in_mode(chat, SIMPLE_REQUEST, mode)
            self.require_error(caught.value, failure, mode, SIMPLE_REQUEST)
        self.switch(AFTER_FAILURES)
        self.require_content(AFTER_FAILURES, call_in_mode(chat, SIMPLE_REQUEST, mode))

    @clause("error.partial", *STREAMS)
    def test_the_partial_holds_everything_received(self, mode: Mode) -> None:
        """`partial` of an unfinished answer holds everything received: reasoning, text, calls and their arguments.

        The code that builds `partial`: `llm_core.domain.response_builder.ResponseBuilder.partial` keeps the
        reasoning and all calls, including the last one.
        """
        calls = [_OSLO, _BERGEN] if self.capabilities.tools else []
        reply = Replies(text="Looking it up.", reasoning="Two cities.", calls=calls)
        request = REQUEST_WITH_TOOLS if calls else SIMPLE_REQUEST

        partial = self.error_from(Breaks(how="unfinished", reply=reply), mode, request).partial

        assert isinstance(partial, AssistantMessage), "the error of an answer that had begun has no `partial`"
        expected = self.expected_reply(reply, ChatResponse(message=partial)).message
        require_equal("the partial answer", _all_of(expected), _all_of(partial))

    @clause("error.frees", *EVERY)
    @pytest.mark.parametrize("name", ["bad json", "broken", "cut", "html"])
    def test_failures_leave_no_connections_behind(self, mode: Mode, name: str) -> None:
        """After many failed calls in sequence, few connections stay open.

        The code that rejects a status or a body: read the HTTP response to its end, or close it.
        """
        chat = self.make_chat(FAULTS[name])

        if mode in ("acomplete", "astream"):
            few = self.in_time(lambda: asyncio.run(self._few_are_open_after_all_failed(chat, mode)))
        else:
            for _ in range(MANY):
                with suppress(ChatError):
                    call_in_mode(chat, SIMPLE_REQUEST, mode)
            few = self.recorder.has_open(MAX_LEFT_OVER)

        assert few, f"more than {MAX_LEFT_OVER} connections are open after {MANY} failures"

    @clause("request.key-not-shown", *EVERY)
    def test_the_key_is_not_shown(self, mode: Mode) -> None:
        """Neither `repr` nor `str` of the adapter shows the key, before and after a call.

        The field that holds the key: ``attrs.field(repr=False)``, also in every object that the adapter holds.
        """
        chat = self.make_chat(Replies())
        before = self.adapter_reprs()

        call_in_mode(chat, SIMPLE_REQUEST, mode)

        shown = [
            text
            for text in (*before, *self.adapter_reprs())
            if any(trace in text for trace in traces(self.planted_key))
        ]
        assert not shown, "`repr` or `str` of the adapter holds the key"

    async def _few_are_open_after_all_failed(self, chat: ChatPort, mode: Mode) -> bool:
        for _ in range(MANY):
            with suppress(ChatError):
                await (_acomplete if mode == "acomplete" else _astream)(chat)
        return await asyncio.to_thread(
            self.recorder.has_open, MAX_LEFT_OVER
        )  # before the loop ends, which may close all connections


async def _acomplete(chat: ChatPort) -> None:
    await chat.acomplete(SIMPLE_REQUEST)


async def _astream(chat: ChatPort) -> None:
    async with chat.astream(SIMPLE_REQUEST) as stream:
        await stream.until_done()


def _arguments_text(call: ToolCall | InvalidToolCall) -> str:
    return call.arguments_json if isinstance(call, ToolCall) else call.arguments_text


def _all_of(message: AssistantMessage) -> dict[str, object]:
    """Return what a partial answer holds; another clause checks whether a call is valid."""
    return {
        "text": message.content,
        "reasoning": "".join(part.text for part in message.reasoning),
        "calls": [(call.id, call.name, json.loads(_arguments_text(call) or "null")) for call in message.all_tool_calls],
    }

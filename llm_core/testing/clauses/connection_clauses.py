"""Clauses about the connection behind an answer: its close, surplus bytes on it, and a body that stays open."""

import asyncio

from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.testing.scenarios import Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, STREAMS, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST

_CALLS = 3
_TEXT = "Hello."


class ConnectionClauses(ContractAuthorApi):
    """Which connections serve another call."""

    @clause("connection.closed-while-idle", *EVERY)
    def test_a_connection_that_the_provider_closed_meanwhile_is_not_used(self, mode: Mode) -> None:
        """A connection that the provider closed after an answer is not used for the next call.

        A pool that learns of a close from its event loop alone: while other code blocks the loop, it does not. Check
        before each request whether the socket is readable; if it is, it was closed, or has bytes of no answer.
        """
        chat = self.make_chat(Replies(text=_TEXT, afterwards="close"))

        require_same("the texts of successive calls", [_TEXT] * _CALLS, self.in_time(lambda: self._texts(chat, mode)))

    @clause("connection.bytes-behind-an-answer", *EVERY)
    def test_bytes_behind_an_answer_do_not_reach_the_next_call(self, mode: Mode) -> None:
        """Bytes behind an answer are never the answer of the next call.

        A connection that returns to its pool with bytes in its buffer: an HTTP parser takes them for the next response,
        as httpx does. Close a connection with bytes behind an answer.
        """
        chat = self.make_chat(Replies(text=_TEXT, afterwards="surplus"))

        require_same("the texts of successive calls", [_TEXT] * _CALLS, self.in_time(lambda: self._texts(chat, mode)))

    @clause("connection.open-body", *STREAMS)
    def test_an_answer_does_not_wait_for_the_end_of_its_body(self, mode: Mode) -> None:
        """A stream ends soon after its last event, or after its finish reason and usage, though its body stays open.

        A loop that reads until the body ends: leave it at the last event, and close the connection.
        """
        chat = self.make_chat(Replies(text=_TEXT, afterwards="hold"))

        response = self.in_time(lambda: call_in_mode(chat, SIMPLE_REQUEST, mode))

        require_same("the text", _TEXT, response.text)
        assert self.recorder.all_freed(), "the adapter read on until the provider closed the connection"

    def _texts(self, chat: ChatPort, mode: Mode) -> list[str]:
        """Return the texts of successive answers, of an async mode in one event loop; each waits for a close."""
        if mode in ("complete", "stream"):
            return [self._after_close(call_in_mode(chat, SIMPLE_REQUEST, mode)) for _ in range(_CALLS)]

        async def texts() -> list[str]:
            return [self._after_close(await _acall(chat, mode)) for _ in range(_CALLS)]

        return asyncio.run(texts())

    def _after_close(self, response: ChatResponse) -> str:
        self.recorder.has_open(0, within=0.05)  # it blocks the event loop, so that nothing in it learns of the close
        return response.text


async def _acall(chat: ChatPort, mode: Mode) -> ChatResponse:
    if mode == "acomplete":
        return await chat.acomplete(SIMPLE_REQUEST)
    async with chat.astream(SIMPLE_REQUEST) as stream:
        return await stream.until_done()

"""However a stream or a call is left, the provider's connection is freed: asserted on the far side's own sockets."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import pytest

from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort

from .arranging import Arranging
from .modes import clause
from .scenarios import Breaks

HELD = Breaks(how="silence", after=4)  # a few events, then an open line
LONG_PATIENCE = ChatRequest(messages=[UserMessage("Take your time.")])


class _LeftError(Exception):
    """Somebody else's error inside ``with``."""


class ClosingClauses(Arranging):
    """What is freed."""

    @clause("close.break")
    def test_leaving_with_by_break_frees_the_connection(self) -> None:
        """Breaking out of the loop inside ``with`` hangs up at once."""
        with self.given(HELD).stream(LONG_PATIENCE) as stream:
            for _ in stream:
                break

        assert self.recorder.all_freed()

    @clause("close.twice")
    def test_closing_twice_is_closing_once(self) -> None:
        """`close` is idempotent, and after it iteration stops."""
        stream = self.given(HELD).stream(LONG_PATIENCE)
        next(stream)

        stream.close()
        stream.close()

        assert [] == list(stream)
        assert self.recorder.all_freed()

    @clause("close.exception")
    def test_an_exception_frees_the_connection(self) -> None:
        """An error in the caller's own code hangs up, and passes through as it is."""
        with pytest.raises(_LeftError):
            self._raise_inside(self.given(HELD))

        assert self.recorder.all_freed()

    @clause("aclose.break")
    def test_leaving_async_with_by_break_frees_the_connection(self) -> None:
        """Breaking out of the loop inside ``async with`` hangs up at once."""
        freed = asyncio.run(self._leave(self.given(HELD)))

        assert freed

    @clause("aclose.twice")
    def test_aclosing_twice_is_closing_once(self) -> None:
        """`aclose` is idempotent, and after it iteration stops."""
        rest, freed = asyncio.run(self._aclose_twice(self.given(HELD)))

        assert [] == rest
        assert freed

    @clause("aclose.exception")
    def test_an_exception_in_async_code_frees_the_connection(self) -> None:
        """An error in the caller's own code hangs up, and passes through as it is."""
        with pytest.raises(_LeftError):
            asyncio.run(self._raise_inside_async(self.given(HELD)))

        assert self.recorder.all_freed()

    @clause("cancel.stream")
    def test_cancelling_the_reader_frees_the_connection(self) -> None:
        """A task that is cancelled while it waits for the next event hangs up."""
        freed = asyncio.run(self._cancel(_read_all(self.given(HELD))))

        assert freed

    @clause("cancel.complete")
    def test_cancelling_a_call_frees_the_connection(self) -> None:
        """A task that is cancelled while it waits for the answer hangs up."""
        freed = asyncio.run(self._cancel(_complete(self.given(HELD))))

        assert freed

    async def _leave(self, chat: ChatPort) -> bool:
        async with chat.astream(LONG_PATIENCE) as stream:
            async for _ in stream:
                break
        return await asyncio.to_thread(self.recorder.all_freed)

    async def _aclose_twice(self, chat: ChatPort) -> tuple[list[object], bool]:
        stream = chat.astream(LONG_PATIENCE)
        await anext(aiter(stream))
        await stream.aclose()
        await stream.aclose()
        return [event async for event in stream], await asyncio.to_thread(self.recorder.all_freed)

    def _raise_inside(self, chat: ChatPort) -> None:
        with chat.stream(LONG_PATIENCE) as stream:
            next(stream)
            raise _LeftError

    async def _raise_inside_async(self, chat: ChatPort) -> None:
        async with chat.astream(LONG_PATIENCE) as stream:
            await anext(aiter(stream))
            raise _LeftError

    async def _cancel(self, work: Coroutine[None, None, None]) -> bool:
        task = asyncio.create_task(work)
        async with asyncio.timeout(2):
            while not self.recorder.count:  # noqa: ASYNC110 -- the recorder belongs to the far side's thread
                await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        return not self.capabilities.frees_at_once or await asyncio.to_thread(self.recorder.all_freed)


async def _read_all(chat: ChatPort) -> None:
    async with chat.astream(LONG_PATIENCE) as stream:
        async for _ in stream:
            pass


async def _complete(chat: ChatPort) -> None:
    await chat.acomplete(LONG_PATIENCE)

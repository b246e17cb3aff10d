"""The clause about the timeout of a call that sets none: two minutes, which no test waits for.

The clock of the event loop is set forward instead. Whether the adapter's deadlines follow that clock shows in a call
beside it, whose request sets the same timeout itself.
"""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress

import attrs

from llm_core.domain.errors import ChatTimeoutError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.scenarios import HangsUp

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import Mode
from .sample_requests import SIMPLE_REQUEST

_EARLY, _LATE = 0.9, 1.1  # of the timeout
_MOMENT = 0.02  # seconds in which a call begins to wait, or ends
_PATIENCE = 0.5  # seconds to wait for what may not come, on a slow machine


class _ForwardLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be set forward."""

    ahead = 0.0  # seconds

    def time(self) -> float:
        return super().time() + self.ahead


class DefaultTimeoutClauses(ContractAuthorApi):
    """How long a call waits by default."""

    @clause("timeout.default", "acomplete", "astream")
    def test_a_call_that_sets_no_timeout_ends_in_time(self, mode: Mode) -> None:
        """A call whose request sets no timeout ends after the adapter's own: 120 seconds, or `default_timeout`.

        The default of the HTTP client or SDK, often 10 minutes or none, in place of the adapter's: where neither the
        request nor the adapter sets a timeout, it is `llm_core.ports.chat.DEFAULT_TIMEOUT`.
        """
        self.skip_unless_waiting()
        chat, seconds = self.make_chat(HangsUp(how="silence")), self.default_timeout

        set_, unset = self.in_time(lambda: _run(self._ends_of_both(chat, mode)))

        if set_ != "in time":
            raise NotExpressibleError("the adapter's deadlines follow another clock than that of its event loop")
        assert unset == "in time", f"a call without a timeout ended {unset}; by default it takes {seconds:g} seconds"

    async def _ends_of_both(self, chat: ChatPort, mode: Mode) -> tuple[str, str]:
        """Return when a call ends that sets the default timeout, and one that sets none."""
        requests = [
            attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(timeout=timeout))
            for timeout in (self.default_timeout, None)
        ]
        tasks = [asyncio.create_task(_timed_out(chat, request, mode)) for request in requests]
        until = time.monotonic() + 10 * _PATIENCE
        while self.recorder.count < len(tasks) and time.monotonic() < until:  # noqa: ASYNC110 -- other threads fill it
            await asyncio.sleep(0.005)
        await asyncio.sleep(_MOMENT)
        early = await _done_after(_EARLY * self.default_timeout, tasks, _MOMENT)
        late = await _done_after((_LATE - _EARLY) * self.default_timeout, tasks, _PATIENCE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        set_, unset = (
            "too early" if early_ else "in time" if late_ else "too late"
            for early_, late_ in zip(early, late, strict=True)
        )
        return set_, unset


async def _timed_out(chat: ChatPort, request: ChatRequest, mode: Mode) -> None:
    with suppress(ChatTimeoutError):
        if mode == "acomplete":
            await chat.acomplete(request)
        else:
            await anext(aiter(chat.astream(request)))


async def _done_after(seconds: float, tasks: list[asyncio.Task[None]], patience: float) -> list[bool]:
    """Set the loop's clock forward, and return which of *tasks* are done; *patience* is how long to wait for all."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _ForwardLoop)
    loop.ahead += seconds
    until = time.monotonic() + patience
    while time.monotonic() < until and not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        time.sleep(0.001)  # noqa: ASYNC251 -- the real clock
    return [task.done() for task in tasks]


def _run(work: Coroutine[None, None, tuple[str, str]]) -> tuple[str, str]:
    with asyncio.Runner(loop_factory=_ForwardLoop) as runner:
        return runner.run(work)

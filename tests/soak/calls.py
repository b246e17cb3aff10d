"""One call of the soak in each mode, and the check of its outcome."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Literal, Protocol

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ChatSettings, UserMessage

from .behaviours import EXPECTED, Behaviour, behaviour_of, text_for, timeout_of
from .interrupts import Interrupts

_MAX_PROBLEMS = 20  # that are printed
_INTERRUPTED = ("llm_core/wrappers/", "llm_core/ports/", "llm_core/transport/")
_LAST_LINE = 2_500  # of those files in one call through the stack, about
Abandoned = Literal["cancelled", "closed early", "interrupted"]


class CallLog(Protocol):
    """Gets the outcome of each call, in any thread."""

    wrong: list[str]

    def ended(self, number: int, mode: str, end: ChatResponse | Exception) -> None:
        """Judge a call that ended by itself."""

    def abandoned(self, number: int, how: Abandoned) -> None:
        """Count a call that its caller ended."""


@attrs.define
class Tally:
    """Counts of the outcomes of calls on one adapter, each of which ends as the provider behaves; thread-safe."""

    seed: int
    right: Counter[Behaviour] = attrs.field(factory=Counter)
    gone: Counter[Abandoned] = attrs.field(factory=Counter)
    wrong: list[str] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def done(self) -> int:
        """The number of calls that have ended."""
        return self.right.total() + self.gone.total() + len(self.wrong)

    def ended(self, number: int, mode: str, end: ChatResponse | Exception) -> None:
        """Compare the end of a call with the provider's behaviour."""
        behaviour = behaviour_of(number, self.seed)
        problem = _problem(number, EXPECTED[behaviour], end)
        with self._lock:
            if problem is None:
                self.right[behaviour] += 1
            else:
                self.wrong.append(f"{mode} of {number} ({behaviour}): {problem}")

    def abandoned(self, _: int, how: Abandoned) -> None:
        """Count a call that its caller ended."""
        with self._lock:
            self.gone[how] += 1

    def first_problems(self) -> str:
        """Return the first problems, one per line."""
        return "\n".join(self.wrong[:_MAX_PROBLEMS])


def _timeout(number: int, seed: int) -> float:
    return timeout_of(behaviour_of(number, seed))


@attrs.frozen
class Caller:
    """Calls *chat*; *seed* decides the provider's behaviour and which calls are ended by their caller."""

    chat: ChatPort
    seed: int
    log: CallLog
    timeout: Callable[[int, int], float] = _timeout
    """Returns the timeout of a call."""
    interrupts: float = 0.0
    """The share of sync calls that KeyboardInterrupt ends."""

    def complete(self, number: int) -> None:
        """Call from a thread."""
        end: ChatResponse | Exception
        try:
            end = self.chat.complete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- checked below
            end = error
        self.log.ended(number, "complete", end)

    def stream(self, number: int) -> None:
        """Read a stream in a thread; close some early."""
        end: ChatResponse | Exception | None = None
        events_read = self._events_read(number)
        try:
            with self.chat.stream(self._request(number)) as stream:
                for index, _ in enumerate(stream):
                    if index == events_read:
                        break
                else:
                    end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        if end is None:  # known only now: an interrupt may come while the stream is closed
            self.log.abandoned(number, "closed early")
        else:
            self.log.ended(number, "stream", end)

    async def acomplete(self, number: int) -> None:
        """Call from a task."""
        end: ChatResponse | Exception
        try:
            end = await self.chat.acomplete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self.log.ended(number, "acomplete", end)

    async def astream(self, number: int) -> None:
        """Read a stream in a task; close some early."""
        end: ChatResponse | Exception
        events_read, index = self._events_read(number), 0
        try:
            async with self.chat.astream(self._request(number)) as stream:
                async for _ in stream:
                    if index == events_read:
                        self.log.abandoned(number, "closed early")
                        return
                    index += 1
                end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self.log.ended(number, "astream", end)

    def call_or_interrupt(self, number: int, *, streams: bool) -> None:
        """Call from a thread; interrupt the share `interrupts` of the calls, at a line that is chosen by the seed."""
        generator = self._random("interrupt", number)
        work = self.stream if streams else self.complete
        if generator.random() >= self.interrupts:
            work(number)
            return
        interrupts = Interrupts(generator.randrange(1, _LAST_LINE), _INTERRUPTED)
        try:
            with interrupts.tracing():
                work(number)
        except KeyboardInterrupt:
            self.log.abandoned(number, "interrupted")
        else:
            if interrupts.raised_in is not None:
                self.log.wrong.append(f"the interrupt of {number} was lost at {interrupts.raised_in}")

    async def call_or_cancel(self, number: int, *, streams: bool) -> None:
        """Call in a task; cancel one in twenty before its end."""
        generator = self._random("cancel", number)
        work = self.astream(number) if streams else self.acomplete(number)
        if generator.random() >= 0.05:
            await work
            return
        task = asyncio.create_task(work)
        await asyncio.sleep(generator.random() * 0.03)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            self.log.abandoned(number, "cancelled")

    def _request(self, number: int) -> ChatRequest:
        settings = ChatSettings(timeout=self.timeout(number, self.seed))
        return ChatRequest(messages=[UserMessage(text_for(number))], settings=settings)

    def _events_read(self, number: int) -> int | None:
        generator = self._random("leave", number)
        return generator.randrange(3) if generator.random() < 0.1 else None

    def _random(self, purpose: str, number: int) -> random.Random:
        return random.Random(f"{purpose} {self.seed}/{number}")  # noqa: S311 -- a seed, not a secret


def _problem(number: int, expected: type[ChatError] | None, end: ChatResponse | Exception) -> str | None:
    if isinstance(end, Exception):
        return None if type(end) is expected else f"{end!r} from {end.__cause__!r}"
    if expected is not None:
        return f"expected {expected.__name__}, got an answer"
    return wrong_answer(number, end)


def wrong_answer(number: int, response: ChatResponse) -> str | None:
    """Return how *response* differs from the answer to call *number*; None if it is that."""
    answer = (response.text, response.id, response.usage and response.usage.input_tokens)
    return None if answer == (text_for(number), f"id-{number}", number) else f"answered with {answer}"

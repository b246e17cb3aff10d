"""One call of the soak in each mode, and the check of its outcome."""

import asyncio
import random
import threading
from collections import Counter

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ChatSettings, UserMessage

from .behaviours import EXPECTED, Behaviour, behaviour_of, text_for, timeout_of

_MAX_PROBLEMS = 20  # that are printed


@attrs.define
class Tally:
    """Counts of the outcomes; thread-safe."""

    right: Counter[Behaviour] = attrs.field(factory=Counter)
    cancelled: int = 0
    closed_early: int = 0
    wrong: list[str] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def done(self) -> int:
        """The number of calls that have ended."""
        return self.right.total() + self.cancelled + self.closed_early + len(self.wrong)

    def add(self, behaviour: Behaviour, problem: str | None) -> None:
        """Count a call that ended by itself."""
        with self._lock:
            if problem is None:
                self.right[behaviour] += 1
            else:
                self.wrong.append(problem)

    def add_abandoned(self, *, cancelled: bool) -> None:
        """Count a call that was cancelled or closed early."""
        with self._lock:
            self.cancelled += cancelled
            self.closed_early += not cancelled

    def first_problems(self) -> str:
        """Return the first problems, one per line."""
        return "\n".join(self.wrong[:_MAX_PROBLEMS])


@attrs.frozen
class Caller:
    """Calls *chat*; *seed* decides the provider's behaviour and which calls are cancelled or closed early."""

    chat: ChatPort
    seed: int
    tally: Tally

    def complete(self, number: int) -> None:
        """Call from a thread."""
        end: ChatResponse | Exception
        try:
            end = self.chat.complete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- checked below
            end = error
        self._record(number, end, "complete")

    def stream(self, number: int) -> None:
        """Read a stream in a thread; close some early."""
        end: ChatResponse | Exception
        events_read = self._events_read(number)
        try:
            with self.chat.stream(self._request(number)) as stream:
                for index, _ in enumerate(stream):
                    if index == events_read:
                        self.tally.add_abandoned(cancelled=False)
                        return
                end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._record(number, end, "stream")

    async def acomplete(self, number: int) -> None:
        """Call from a task."""
        end: ChatResponse | Exception
        try:
            end = await self.chat.acomplete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._record(number, end, "acomplete")

    async def astream(self, number: int) -> None:
        """Read a stream in a task; close some early."""
        end: ChatResponse | Exception
        events_read, index = self._events_read(number), 0
        try:
            async with self.chat.astream(self._request(number)) as stream:
                async for _ in stream:
                    if index == events_read:
                        self.tally.add_abandoned(cancelled=False)
                        return
                    index += 1
                end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._record(number, end, "astream")

    async def call_or_cancel(self, number: int, *, streams: bool) -> None:
        """Call in a task; cancel one in twenty before its end."""
        generator = random.Random(f"cancel {self.seed}/{number}")  # noqa: S311 -- a seed, not a secret
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
            self.tally.add_abandoned(cancelled=True)

    def _request(self, number: int) -> ChatRequest:
        timeout = timeout_of(behaviour_of(number, self.seed))
        return ChatRequest(messages=[UserMessage(text_for(number))], settings=ChatSettings(timeout=timeout))

    def _events_read(self, number: int) -> int | None:
        generator = random.Random(f"leave {self.seed}/{number}")  # noqa: S311 -- as above
        return generator.randrange(3) if generator.random() < 0.1 else None

    def _record(self, number: int, end: ChatResponse | Exception, mode: str) -> None:
        behaviour = behaviour_of(number, self.seed)
        problem = _problem(number, EXPECTED[behaviour], end)
        self.tally.add(behaviour, problem and f"{mode} of {number} ({behaviour}): {problem}")


def _problem(number: int, expected: type[ChatError] | None, end: ChatResponse | Exception) -> str | None:
    if isinstance(end, Exception):
        return None if type(end) is expected else f"{end!r} from {end.__cause__!r}"
    if expected is not None:
        return f"expected {expected.__name__}, got an answer"
    answer = (end.text, end.id, end.usage and end.usage.input_tokens)
    return None if answer == (text_for(number), f"id-{number}", number) else f"answered with {answer}"

"""One call of the soak in each mode, and whether its end is its own."""

import asyncio
import random
import threading
from collections import Counter

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ChatSettings, UserMessage

from .acts import EXPECTED, Act, act_of, patience, require_text

_MOST_WRONG = 20  # that are kept, with what was wrong


@attrs.define
class Tally:
    """How the calls ended; any thread may write into it."""

    right: Counter[Act] = attrs.field(factory=Counter)
    cancelled: int = 0
    closed_early: int = 0
    wrong: list[str] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def done(self) -> int:
        """The calls that have ended."""
        return self.right.total() + self.cancelled + self.closed_early + len(self.wrong)

    def add(self, act: Act, problem: str | None) -> None:
        """Take in a call that ended by itself."""
        with self._lock:
            if problem is None:
                self.right[act] += 1
            else:
                self.wrong.append(problem)

    def add_left(self, *, cancelled: bool) -> None:
        """Take in a call that was left."""
        with self._lock:
            self.cancelled += cancelled
            self.closed_early += not cancelled

    def told_wrong(self) -> str:
        """Return the first of the wrong ends, a line each."""
        return "\n".join(self.wrong[:_MOST_WRONG])


@attrs.frozen
class Caller:
    """Call *chat*; *seed* says what the fake provider does, and which calls are left."""

    chat: ChatPort
    seed: int
    tally: Tally

    def complete(self, number: int) -> None:
        """Ask from a thread."""
        end: ChatResponse | Exception
        try:
            end = self.chat.complete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- judged below
            end = error
        self._judge(number, end, "complete")

    def stream(self, number: int) -> None:
        """Read a stream in a thread, some to the middle alone."""
        end: ChatResponse | Exception
        left_after = self._left_after(number)
        try:
            with self.chat.stream(self._request(number)) as stream:
                for place, _ in enumerate(stream):
                    if place == left_after:
                        self.tally.add_left(cancelled=False)
                        return
                end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._judge(number, end, "stream")

    async def acomplete(self, number: int) -> None:
        """Ask from a task."""
        end: ChatResponse | Exception
        try:
            end = await self.chat.acomplete(self._request(number))
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._judge(number, end, "acomplete")

    async def astream(self, number: int) -> None:
        """Read a stream in a task, some to the middle alone."""
        end: ChatResponse | Exception
        left_after, place = self._left_after(number), 0
        try:
            async with self.chat.astream(self._request(number)) as stream:
                async for _ in stream:
                    if place == left_after:
                        self.tally.add_left(cancelled=False)
                        return
                    place += 1
                end = stream.response
        except Exception as error:  # noqa: BLE001 -- as above
            end = error
        self._judge(number, end, "astream")

    async def ask_or_cancel(self, number: int, *, streams: bool) -> None:
        """Ask in a task of its own; one in twenty is cancelled in the midst."""
        chance = random.Random(f"cancel {self.seed}/{number}")  # noqa: S311 -- to be repeated, not to be secret
        work = self.astream(number) if streams else self.acomplete(number)
        if chance.random() >= 0.05:
            await work
            return
        task = asyncio.create_task(work)
        await asyncio.sleep(chance.random() * 0.03)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            self.tally.add_left(cancelled=True)

    def _request(self, number: int) -> ChatRequest:
        timeout = patience(act_of(number, self.seed))
        return ChatRequest(messages=[UserMessage(require_text(number))], settings=ChatSettings(timeout=timeout))

    def _left_after(self, number: int) -> int | None:
        chance = random.Random(f"leave {self.seed}/{number}")  # noqa: S311 -- as above
        return chance.randrange(3) if chance.random() < 0.1 else None

    def _judge(self, number: int, end: ChatResponse | Exception, mode: str) -> None:
        act = act_of(number, self.seed)
        problem = _problem(number, EXPECTED[act], end)
        self.tally.add(act, problem and f"{mode} of {number} ({act}): {problem}")


def _problem(number: int, expected: type[ChatError] | None, end: ChatResponse | Exception) -> str | None:
    if isinstance(end, Exception):
        return None if type(end) is expected else f"{end!r} from {end.__cause__!r}"
    if expected is not None:
        return f"{expected.__name__} expected, and got an answer"
    told = (end.text, end.id, end.usage and end.usage.input_tokens)
    return None if told == (require_text(number), f"id-{number}", number) else f"answered with {told}"

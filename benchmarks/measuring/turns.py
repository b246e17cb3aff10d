"""Two contestants, fairly: they take turns in small steps, so that whatever else the machine does hits both alike."""

import gc
import itertools
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence

import attrs

Steps = Callable[[], Generator[None, None, None]]  # a round: one call, or one chunk, a step
AsyncSteps = Callable[[], AsyncGenerator[None, None]]

_SETTLED = 0.001  # seconds
_END = object()


@attrs.define
class Turns:
    """The CPU seconds (user and system, all threads) of two contestants; `spent` has a pair for each round.

    After a blocking step the other threads get their turn: LiteLLM writes its records there, which is part of its cost.
    What an event loop puts off falls into either's turn with the same chance.
    """

    spent: list[list[float]] = attrs.field(factory=list)

    def take(self, contestants: tuple[Steps, Steps], rounds: int) -> None:
        """Run so many rounds; every other turn goes in the opposite order."""
        for first in range(rounds):
            spent, steps = self._begin(), [contestant() for contestant in contestants]
            for turn in itertools.count(first):
                order = (0, 1) if turn % 2 else (1, 0)
                going = False
                for place in order:
                    before = time.process_time()
                    going |= next(steps[place], _END) is not _END
                    time.sleep(_SETTLED)
                    spent[place] += time.process_time() - before
                if not going:
                    break

    async def atake(self, contestants: tuple[AsyncSteps, AsyncSteps], rounds: int) -> None:
        """As `take`."""
        for first in range(rounds):
            spent, steps = self._begin(), [contestant() for contestant in contestants]
            for turn in itertools.count(first):
                order = (0, 1) if turn % 2 else (1, 0)
                going = False
                for place in order:
                    before = time.process_time()
                    going |= await anext(steps[place], _END) is not _END
                    spent[place] += time.process_time() - before
                if not going:
                    break

    def _begin(self) -> list[float]:
        gc.collect()
        gc.freeze()  # what is there already is there for both
        self.spent.append([0.0, 0.0])
        return self.spent[-1]

    @property
    def medians(self) -> tuple[float, float]:
        """The CPU seconds of a round, of each."""
        first, second = zip(*self.spent, strict=True)
        return statistics.median(first), statistics.median(second)

    @property
    def quartiles(self) -> Sequence[float]:
        """The second over the first, round by round: lower quartile, median, upper quartile."""
        return statistics.quantiles([second / first for first, second in self.spent])

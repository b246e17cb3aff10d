"""The soak: thousands of calls on one adapter of the direct lane, before a fake provider that fails one in ten.

``python -m tests.soak.run --calls 10000 --streams 2000 --seed 1`` ends with 0 if every call ended as it should, and
nothing was left behind.
"""

import argparse
import asyncio
import random
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable

import attrs

from llm_core.adapters.litellm import LiteLLMChat, litellm_module

from .acts import Act
from .calls import Caller, Tally
from .fake_provider import running_far_side
from .measuring import Holdings, holdings
from .rounds import Round, Work, fork_and_ask

_ROUNDS = 3
_WARM = 300  # calls before the first measure: by then every library has filled its caches
_FORK = range(900_000_000, 900_000_004)  # the numbers that a fork asks for
_INTERRUPTED = 130


@attrs.define
class Soak:
    """What is to be done, and how far it is."""

    calls: int
    streams: int
    seed: int
    seconds: float
    tally: Tally = attrs.field(factory=Tally)
    measures: list[Holdings] = attrs.field(factory=list)
    forks: int = 0
    began: float = attrs.field(factory=time.monotonic)
    _told: float = 0.0

    def run(self) -> None:
        """Do it: a round to grow warm, and three that count, each with loops and threads of its own."""
        litellm_module.litellm()  # thousands of modules, which nobody has to trace
        tracemalloc.start(1)
        with running_far_side(self.seed) as url:
            chat = LiteLLMChat("openai/soak", api_key="none", api_base=f"{url}/v1", lane="direct")
            numbers = [*range(_WARM, _WARM + self.calls + self.streams)]
            random.Random(self.seed).shuffle(numbers)  # noqa: S311 -- to be repeated, not to be secret
            self._round(chat, [*range(_WARM)], _WARM // 2, Tally(), 0)
            for place in range(_ROUNDS):
                share = numbers[place::_ROUNDS]
                self._round(chat, share, _WARM + self.calls, self.tally, place + 1)
            asyncio.run(chat.aclose())

    def _round(self, chat: LiteLLMChat, numbers: list[int], first_stream: int, tally: Tally, place: int) -> None:
        caller = Caller(chat, self.seed, tally)
        work = Work(numbers, first_stream, threading.Event())
        Round(chat, caller, work, closes=place % 2 == 0).run(self._watching(caller, work, place))
        chat.close()
        self.tally.wrong += tally.wrong if tally is not self.tally else ()
        self.measures.append(holdings())

    def _watching(self, caller: Caller, work: Work, place: int) -> Callable[[], None]:
        quarter = len(work.numbers) // 4
        forks_at = [3 * quarter, 2 * quarter, quarter] if place else []  # numbers left to ask for

        def watch() -> None:
            if forks_at and len(work.numbers) < forks_at[0]:
                del forks_at[0]
                self.forks += 1
                problem = fork_and_ask(caller, _FORK)
                self.tally.wrong += [problem] if problem else []
            if time.monotonic() - self.began > self.seconds:
                work.stopped.set()
            self._tell(place)

        return watch

    def _tell(self, place: int) -> None:
        spent = time.monotonic() - self.began
        if spent - self._told >= 1.0:
            self._told = spent
            done = f"{self.tally.done:,} of {self.calls + self.streams:,} calls"
            sys.stderr.write(f"round {place} of {_ROUNDS}: {done}, {len(self.tally.wrong)} wrong, {spent:.0f} s\n")

    def problems(self) -> list[str]:
        """Return all that is wrong."""
        found = [*self.tally.wrong]
        if self.tally.done < self.calls + self.streams:
            found.append(f"{self.tally.done:,} of {self.calls + self.streams:,} calls were made")
        if len(self.measures) == _ROUNDS + 1:
            found += self.measures[-1].beyond(self.measures[0])
        return found

    def summary(self) -> str:
        """Return a table of it."""
        rows = [(str(act), f"{self.tally.right[act]:,}") for act in Act]
        rows += [("cancelled", f"{self.tally.cancelled:,}"), ("closed early", f"{self.tally.closed_early:,}")]
        rows += [("forks", f"{self.forks}"), ("wrong", f"{len(self.tally.wrong):,}")]
        lines = [f"{name:<26}{count:>8}" for name, count in rows]
        for place, held in enumerate(self.measures):
            after = f"after round {place}" if place else "warm"
            figures = f"{held.traced:.1f} MB traced, {held.resident:.0f} MB resident"
            lines.append(f"{after:<16}{figures}, {held.sockets} sockets, {held.threads} threads")
        lines.append(f"seed {self.seed}, {time.monotonic() - self.began:.0f} s")
        return "\n".join(lines)


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description="Calls on one adapter, before a fake provider that fails one in ten.")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--streams", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1_200, help="it stops then, done or not")
    soak = Soak(**vars(parser.parse_args()))
    interrupted = False
    try:
        soak.run()
    except KeyboardInterrupt:
        interrupted = True
    problems = soak.problems()
    print(soak.summary())  # noqa: T201 -- a command prints
    print("\n".join(["interrupted"] if interrupted else problems[:20] or ["as it should be"]))  # noqa: T201 -- as above
    return _INTERRUPTED if interrupted else bool(problems)


if __name__ == "__main__":
    sys.exit(main())

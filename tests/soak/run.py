"""The soak: thousands of calls on one adapter of the direct lane, against a fake provider that fails one in ten.

``python -m tests.soak.run --calls 10000 --streams 2000 --seed 1`` exits with 0 if every call ended as expected and
no resource was leaked.
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

from .behaviours import Behaviour
from .calls import Caller, Tally
from .fake_provider import running_fake_provider
from .resources import Resources, current_resources
from .rounds import Round, Work, fork_and_call

_ROUNDS = 3
_WARM_UP = 300  # calls before the first measurement, to fill the caches of the libraries
_FORK = range(900_000_000, 900_000_004)  # the calls of a forked child
_INTERRUPTED = 130


@attrs.define
class Soak:
    """The work of the soak and its progress."""

    calls: int
    streams: int
    seed: int
    seconds: float
    tally: Tally = attrs.field(default=attrs.Factory(lambda self: Tally(self.seed), takes_self=True))
    measurements: list[Resources] = attrs.field(factory=list)
    forks: int = 0
    began: float = attrs.field(factory=time.monotonic)
    _reported_at: float = 0.0

    def run(self) -> None:
        """Run a warm-up round and three rounds that count, each with its own event loops and threads."""
        litellm_module.litellm()  # thousands of modules, which must not be traced
        tracemalloc.start(1)
        with running_fake_provider(self.seed) as url:
            chat = LiteLLMChat("openai/soak", api_key="none", api_base=f"{url}/v1", lane="direct")
            numbers = [*range(_WARM_UP, _WARM_UP + self.calls + self.streams)]
            random.Random(self.seed).shuffle(numbers)  # noqa: S311 -- a seed, not a secret
            self._round(chat, [*range(_WARM_UP)], _WARM_UP // 2, Tally(self.seed), 0)
            for index in range(_ROUNDS):
                share = numbers[index::_ROUNDS]
                self._round(chat, share, _WARM_UP + self.calls, self.tally, index + 1)
            asyncio.run(chat.aclose())

    def _round(self, chat: LiteLLMChat, numbers: list[int], first_stream: int, tally: Tally, round_number: int) -> None:
        caller = Caller(chat, self.seed, tally)
        work = Work(numbers, lambda number: number >= first_stream, threading.Event())
        Round(chat, caller, work, closes=round_number % 2 == 0).run(self._watch(caller, work, round_number))
        chat.close()
        self.tally.wrong += tally.wrong if tally is not self.tally else ()
        self.measurements.append(current_resources())

    def _watch(self, caller: Caller, work: Work, round_number: int) -> Callable[[], None]:
        quarter = len(work.numbers) // 4
        forks_at = [3 * quarter, 2 * quarter, quarter] if round_number else []  # when so many calls remain

        def watch() -> None:
            if forks_at and len(work.numbers) < forks_at[0]:
                del forks_at[0]
                self.forks += 1
                problem = fork_and_call(caller, _FORK)
                self.tally.wrong += [problem] if problem else []
            if time.monotonic() - self.began > self.seconds:
                work.stopped.set()
            self._report_progress(round_number)

        return watch

    def _report_progress(self, round_number: int) -> None:
        spent = time.monotonic() - self.began
        if spent - self._reported_at >= 1.0:
            self._reported_at = spent
            done = f"{self.tally.done:,} of {self.calls + self.streams:,} calls"
            sys.stderr.write(
                f"round {round_number} of {_ROUNDS}: {done}, {len(self.tally.wrong)} wrong, {spent:.0f} s\n"
            )

    def problems(self) -> list[str]:
        """Return all problems."""
        found = [*self.tally.wrong]
        if self.tally.done < self.calls + self.streams:
            found.append(f"{self.tally.done:,} of {self.calls + self.streams:,} calls were made")
        if len(self.measurements) == _ROUNDS + 1:
            found += self.measurements[-1].beyond(self.measurements[0])
        return found

    def summary(self) -> str:
        """Return a table of counts and resources."""
        rows = [(str(behaviour), f"{self.tally.right[behaviour]:,}") for behaviour in Behaviour]
        rows += [(how, f"{self.tally.gone[how]:,}") for how in ("cancelled", "closed early")]
        rows += [("forks", f"{self.forks}"), ("wrong", f"{len(self.tally.wrong):,}")]
        lines = [f"{name:<26}{count:>8}" for name, count in rows]
        for index, used in enumerate(self.measurements):
            after = f"after round {index}" if index else "warm-up"
            figures = f"{used.traced:.1f} MB traced, {used.resident:.0f} MB resident"
            lines.append(f"{after:<16}{figures}, {used.sockets} sockets, {used.threads} threads")
        lines.append(f"seed {self.seed}, {time.monotonic() - self.began:.0f} s")
        return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Calls on one adapter, against a fake provider that fails one in ten.")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--streams", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1_200, help="stop after so many seconds")
    soak = Soak(**vars(parser.parse_args()))
    interrupted = False
    try:
        soak.run()
    except KeyboardInterrupt:
        interrupted = True
    problems = soak.problems()
    print(soak.summary())  # noqa: T201 -- a command prints
    print("\n".join(["interrupted"] if interrupted else problems[:20] or ["no problems"]))  # noqa: T201 -- as above
    return _INTERRUPTED if interrupted else bool(problems)


if __name__ == "__main__":
    sys.exit(main())

"""The soak of the stack: thousands of calls through all wrappers, before a fake provider that fails one in five.

``python -m tests.soak.run_stack --calls 5000 --seed 1`` exits with 0 if every call ended as expected and nothing was
left behind: no turn of the limiter, no connection, thread, file or task, no line of the tape that is not whole.
"""

import argparse
import random
import sys
import threading
import time
import tracemalloc
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from .behaviours import Behaviour, timeout_of_attempts
from .calls import Caller
from .fake_provider import RunningProvider, running_attempt_provider
from .outcomes import Comparison, Outcomes, taped_ends
from .resources import Resources, current_resources
from .rounds import Round, Work
from .stack import SHAPES, Shape, Stack, stack_over

_ROUNDS = 3
_WARM_UP = 300  # calls before the first measurement
_REPEATED = 8  # of so many calls, one is repeated at once and once more later
_LATER = 200  # calls
_INTERRUPTS = 0.1  # of the sync calls
_INTERRUPTED = 130


@attrs.define
class StackSoak:
    """The work of the soak of a stack of one shape, and its progress."""

    shape: Shape
    calls: int
    seed: int
    seconds: float
    wrong: list[str] = attrs.field(factory=list)
    lines: list[str] = attrs.field(factory=list)
    made: int = 0
    began: float = attrs.field(factory=time.monotonic)
    _random: random.Random = attrs.field(default=attrs.Factory(lambda self: random.Random(self.seed), takes_self=True))  # noqa: S311 -- a seed
    _measured: list[Resources] = attrs.field(factory=list)
    _reported_at: float = 0.0

    def run(self) -> None:
        """Run a warm-up round and three rounds that count, and compare what caller, provider and tape have."""
        tracemalloc.start(1)
        with TemporaryDirectory(prefix="llm-core-soak-") as folder:
            outcomes = Outcomes(Path(folder) / "outcomes.jsonl")
            with running_attempt_provider(self.seed) as provider:
                stack = stack_over(provider.url, Path(folder), self.shape)
                try:
                    self._rounds(stack, outcomes)
                finally:
                    stack.chat.close()
            self._compare(stack, outcomes, provider)

    def _rounds(self, stack: Stack, outcomes: Outcomes) -> None:
        numbers = self._numbers()
        shares = [numbers[:_WARM_UP], *(numbers[_WARM_UP + index :: _ROUNDS] for index in range(_ROUNDS))]
        for index, share in enumerate(shares):
            self.made += len(share)
            caller = Caller(stack.chat, self.seed, outcomes, timeout_of_attempts, _INTERRUPTS)
            work = Work(share, self._is_stream, threading.Event())
            Round(stack.chat, caller, work, closes=index % 2 == 0).run(partial(self._watch, work, outcomes))
            stack.chat.close()
            self.wrong += [f"after round {index}: {line}" for line in stack.leftovers()]
            self._measured.append(current_resources())

    def _numbers(self) -> list[int]:
        """Return the numbers of the calls: one in `_REPEATED` twice at once, and again later."""
        numbers: list[int] = []
        later: dict[int, int] = {}
        number = 0
        while len(numbers) < self.calls:
            if len(numbers) in later:
                numbers.append(later.pop(len(numbers)))
                continue
            numbers += [number] * (1 + (number % _REPEATED == 0))
            if number % _REPEATED == 0:
                later[len(numbers) + _LATER] = number
            number += 1
        return numbers[: self.calls]

    def _is_stream(self, _: int) -> bool:
        """Choose the method of a call: equal requests may be made by any."""
        return self._random.random() < 0.5

    def _watch(self, work: Work, outcomes: Outcomes) -> None:
        spent = time.monotonic() - self.began
        if spent > self.seconds:
            work.stopped.set()
        if spent - self._reported_at >= 1.0:
            self._reported_at = spent
            sys.stderr.write(f"{outcomes.done:,} of {self.calls:,} calls, {len(outcomes.wrong)} wrong, {spent:.0f} s\n")

    def _compare(self, stack: Stack, outcomes: Outcomes, provider: RunningProvider) -> None:
        taped = taped_ends(stack.tape)
        compared = Comparison(self.seed, outcomes.read(), provider.served, taped, self.shape.rules)
        self.wrong += [*outcomes.wrong, *compared.problems(), *stack.wrong_sums(), *self._records(stack, outcomes)]
        if outcomes.done < self.calls:
            self.wrong.append(f"{outcomes.done:,} of {self.calls:,} calls ended")
        least, most = compared.answered_tokens(), compared.answered_tokens() + compared.abandoned_tokens()
        if not least <= stack.spent_tokens() <= most:
            self.wrong.append(f"{stack.spent_tokens():,} tokens are counted, {least:,} to {most:,} were answered")
        if len(self._measured) == _ROUNDS + 1:
            self.wrong += self._measured[-1].beyond(self._measured[0])
        self._summarise(stack, outcomes, compared, provider)

    def _records(self, stack: Stack, outcomes: Outcomes) -> list[str]:
        """Return what is wrong in the number of log records: an interrupt alone may leave one out."""
        records, interrupted = stack.records.outcomes.total(), outcomes.gone["interrupted"]
        return [] if outcomes.done - interrupted <= records <= outcomes.done else [f"{records:,} log records"]

    def _summarise(self, stack: Stack, outcomes: Outcomes, compared: Comparison, provider: RunningProvider) -> None:
        attempts = [attempt for attempts in compared.served.values() for attempt in attempts]
        by_model = Counter(attempt.model for attempt in attempts)
        rows = [(str(behaviour), [one.behaviour for one in attempts].count(behaviour)) for behaviour in Behaviour]
        rows += [(f"attempts at {model}", by_model[model]) for model in self.shape.models]
        rows += [("slow answers", provider.slow), ("closed before they began", provider.left)]
        rows += [*outcomes.ends.items(), *outcomes.gone.items()]
        rows += [("from the cache", stack.cached.hits), ("lines of the tape", sum(map(len, compared.taped.values())))]
        rows += [("tokens counted", stack.spent_tokens()), ("wrong", len(self.wrong))]
        self.lines += [f"{name:<26}{count:>12,}" for name, count in rows]
        for used in self._measured:
            figures = f"{used.traced:.1f} MB traced, {used.resident:.0f} MB resident"
            self.lines.append(f"{figures}, {used.sockets} sockets, {used.descriptors} files, {used.threads} threads")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description="Calls through all wrappers, before a provider that fails one in five."
    )
    parser.add_argument("--calls", type=int, default=5_000, help="through each stack")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1_200, help="stop after so many seconds")
    parser.add_argument("--shape", choices=SHAPES, action="append", help="of the stack; all, if there is none")
    arguments = parser.parse_args()
    wrong: list[str] = []
    for name in arguments.shape or SHAPES:
        soak = StackSoak(SHAPES[name], arguments.calls, arguments.seed, arguments.seconds)
        try:
            soak.run()
        except KeyboardInterrupt:
            return _INTERRUPTED
        ended = f"the stack with {name}, seed {soak.seed}, {time.monotonic() - soak.began:.0f} s"
        print("\n".join([*soak.lines, ended]), flush=True)  # noqa: T201 -- a command prints
        wrong += [f"{name}: {line}" for line in soak.wrong]
    print("\n".join(wrong[:40] or ["no problems"]))  # noqa: T201 -- as above
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

"""The outcomes of calls through the stack, compared with what the provider served and what the tape recorded."""

import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from llm_core import ChatError, ChatResponse

from .behaviours import EXPECTED, TRIES, Attempt, Behaviour, may_time_out
from .calls import Abandoned, wrong_answer

ANSWER = "answer"
_NUMBER = re.compile(r"number (\d+);")
_FIRST_CHAT = TRIES // 2
WITHIN = (Behaviour.RESET_WITHIN, Behaviour.CUT, Behaviour.SILENT_WITHIN)
_BY_TIME = {"ChatTimeoutError", "RateLimitError"}


@attrs.frozen
class Outcome:
    """How one call has ended."""

    mode: str
    end: str
    """`ANSWER`, the class of the error, or how the caller ended it."""
    attempts: int
    """Of a call that failed: the errors of all its attempts."""


class Outcomes:
    """A `CallLog` that keeps each outcome in the file at *path*, so that memory shows what the calls leave behind."""

    def __init__(self, path: Path) -> None:
        self.ends = Counter[str]()
        self.gone = Counter[Abandoned]()
        self.wrong: list[str] = []
        self._path = path
        self._lock = threading.Lock()

    @property
    def done(self) -> int:
        """The number of calls that have ended."""
        return self.ends.total() + self.gone.total()

    def ended(self, number: int, mode: str, end: ChatResponse | Exception) -> None:
        """Keep the end of a call; an answer is compared at once."""
        if isinstance(end, ChatResponse):
            name, attempts, problem = ANSWER, 0, wrong_answer(number, end)
        else:
            name, attempts = type(end).__name__, _attempts(end)
            problem = None if isinstance(end, ChatError) else repr(end)
        with self._lock:
            self.ends[name] += 1
            self.wrong += [f"{mode} of {number}: {problem}"] if problem else []
        self._keep(number, mode, name, attempts)

    def abandoned(self, number: int, how: Abandoned) -> None:
        """Keep that the caller ended a call."""
        with self._lock:
            self.gone[how] += 1
        self._keep(number, "", how, 0)

    def read(self) -> dict[int, list[Outcome]]:
        """Return the outcomes by the number of their call."""
        found = defaultdict[int, list[Outcome]](list)
        for line in self._path.read_text().splitlines():
            number, mode, end, attempts = json.loads(line)
            found[number].append(Outcome(mode, end, attempts))
        return found

    def _keep(self, number: int, mode: str, end: str, attempts: int) -> None:
        line = json.dumps([number, mode, end, attempts])
        with self._lock, self._path.open("a") as file:
            file.write(f"{line}\n")


def _attempts(error: BaseException) -> int:
    """Return how many errors *error* and its `previous` are."""
    return 1 + sum(map(_attempts, error.previous)) if isinstance(error, ChatError) else 0


@attrs.frozen
class Taped:
    """How an attempt ended by the tape."""

    model: str
    end: str


@attrs.frozen
class ComparedCall:
    """The calls of one number, which make equal requests, as the caller, the provider and the tape have them."""

    outcomes: Sequence[Outcome]
    served: Sequence[Attempt]
    taped: Sequence[Taped]

    def ends(self) -> list[str]:
        """Return how the attempts ended by the tape."""
        return [one.end for one in self.taped]

    def behaviours(self) -> list[Behaviour]:
        """Return how the provider has answered the attempts."""
        return [one.behaviour for one in self.served]

    def __str__(self) -> str:
        served = [f"{one.model}: {one.behaviour}" for one in self.served]
        return f"{[*self.outcomes]}, served {served}, taped {[f'{one.model}: {one.end}' for one in self.taped]}"


Rules = Callable[[ComparedCall], Iterator[str]]
"""Yields what is wrong in a call that no caller ended, and that no timeout ended."""


@attrs.frozen
class Comparison:
    """All calls of a soak of the stack, as the caller, the provider and the tape have them."""

    seed: int
    outcomes: dict[int, list[Outcome]]
    served: dict[int, list[Attempt]]
    taped: dict[int, list[Taped]]
    rules: Rules

    def problems(self) -> Iterator[str]:
        """Yield a line for each call that did not end as the provider behaved, or is not on the tape as it ended."""
        for number in sorted({*self.outcomes, *self.served, *self.taped}):
            calls = self.outcomes.get(number, []), self.served.get(number, []), self.taped.get(number, [])
            call = ComparedCall(*calls)
            for problem in self._problems(number, call):
                yield f"{number}: {problem}: {call}"

    def answered_tokens(self) -> int:
        """Return the tokens of all answers that callers got."""
        return sum((number + 1) * _count(outcomes, ANSWER) for number, outcomes in self.outcomes.items())

    def abandoned_tokens(self) -> int:
        """Return the tokens that calls which their callers ended may have cost at most."""
        return sum((number + 1) * len(_abandoned(outcomes)) for number, outcomes in self.outcomes.items())

    def _problems(self, number: int, call: ComparedCall) -> Iterator[str]:
        answers, classes = answers_among(call.behaviours()), _classes(call.behaviours())
        if _count(call.outcomes, ANSWER) and not answers:
            yield "an answer that was not served"
        if call.ends().count(ANSWER) > answers:
            yield "more answers on the tape than were served"
        if may_time_out(number, self.seed):
            yield from _wrong_ends(call.outcomes, {*classes, *_BY_TIME})
            return
        yield from _wrong_ends(call.outcomes, classes)
        if not _abandoned(call.outcomes):
            yield from self.rules(call)


def one_after_another(call: ComparedCall) -> Iterator[str]:
    """Yield what is wrong in a call that makes its attempts one after another, and leaves none of them."""
    behaviours, ends = call.behaviours(), call.ends()
    if len(ends) != len(behaviours) or not all(map(fits, behaviours, ends)):
        yield "the tape differs from what was served"
    if answers_among(behaviours) > 1:
        yield "equal requests made more than one call that was answered"
    if len(call.outcomes) == 1:
        yield from _policy(call.outcomes[0], behaviours)


def _policy(outcome: Outcome, served: Sequence[Behaviour]) -> Iterator[str]:
    """Yield what is wrong in the attempts at a call that was made once, and ended by itself."""
    *before, last = served
    if any(EXPECTED[one] is None for one in before):
        yield "another attempt after an answer"
    if not fits(last, outcome.end):
        yield "the end is not that of the last attempt"
    if outcome.end == ANSWER:
        return
    if outcome.attempts != len(served):
        yield f"{outcome.attempts} errors"
    broke = outcome.mode.endswith("stream") and last in WITHIN
    if not broke and len(served) not in (_FIRST_CHAT, TRIES):
        yield "attempts are missing"


def _wrong_ends(outcomes: Sequence[Outcome], classes: set[str]) -> Iterator[str]:
    ended = {outcome.end for outcome in outcomes} - {outcome.end for outcome in _abandoned(outcomes)}
    for end in ended - classes - {ANSWER}:
        yield f"{end}, and no attempt ended so"


def _abandoned(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.end in ("cancelled", "closed early", "interrupted")]


def _count(outcomes: Sequence[Outcome], end: str) -> int:
    return sum(outcome.end == end for outcome in outcomes)


def _classes(served: Sequence[Behaviour]) -> set[str]:
    return {name for one in served for name in _ends_of(one)} - {ANSWER}


def answers_among(behaviours: Sequence[Behaviour]) -> int:
    """Return how many of *behaviours* are valid answers."""
    return sum(EXPECTED[one] is None for one in behaviours)


def fits(behaviour: Behaviour, end: str) -> bool:
    """Return whether an attempt that was served so may end so."""
    return end in _ends_of(behaviour)


def _ends_of(behaviour: Behaviour) -> tuple[str, ...]:
    """Return how an attempt may end: a reset may overtake the bytes before it."""
    expected = EXPECTED[behaviour]
    names = (ANSWER if expected is None else expected.__name__,)
    return (*names, "ConnectionFailedError") if behaviour is Behaviour.RESET_WITHIN else names


def taped_ends(tape: Path) -> dict[int, list[Taped]]:
    """Return how the attempts at each call ended by the tape.

    Raises:
        ValueError: a line of it is not a whole recording.
    """
    ends = defaultdict[int, list[Taped]](list)
    *lines, last = tape.read_bytes().split(b"\n")
    if last:
        raise ValueError(f"the tape ends with {last!r}")
    for line in lines:
        document = json.loads(line)
        number = _NUMBER.search(document["request"]["messages"][0]["content"])
        if number is None or not ({"response", "error"} & document.keys()):
            raise ValueError(f"a line of the tape is {line!r}")
        end = document["error"]["type"] if "error" in document else ANSWER
        ends[int(number[1])].append(Taped(document["namespace"], end))
    return ends

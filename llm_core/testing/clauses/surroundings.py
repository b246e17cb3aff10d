"""What the suite does around each clause: isolation, further calls, a watch over the process, closing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import ClassVar

import pytest

from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort
from llm_core.testing.fake_provider.recorder import Recorder
from llm_core.testing.fake_provider.server import FakeProvider
from llm_core.testing.guards.adapter_closing import close_adapter, close_hanging
from llm_core.testing.guards.deadlock_guard import DeadlockError, Result, in_time
from llm_core.testing.guards.next_calls import AT_ONCE, Arranged, require_answers, require_answers_in_loop
from llm_core.testing.guards.observations import Observations
from llm_core.testing.guards.process_watch import ProcessWatch
from llm_core.testing.guards.quick_run import is_quick
from llm_core.testing.guards.quiet import QUIET
from llm_core.testing.guards.secrets import places, prompt_runs, traces
from llm_core.testing.scenarios import Echoes, Replies, Scenario

from .failure import Failure, lines_of, promise_of
from .field_comparison import counted

AFTER_USE = "adapter.close-after-use"
ANSWERS_NEXT = (
    "promise of each clause: after its calls, however they ended, the adapter answers the next ones as before."
)
AT_NEXT_CALLS = (
    "what a call leaves behind on the adapter, above all one that was cancelled, closed early or failed: a lock, a "
    "permit or a slot of a pool that is not given back, a client that was closed, state that the next call reads: a "
    "setting that is no longer sent, a total that goes on. The suite makes further calls after each clause, and "
    "compares what arrives and the fields of the answer."
)
EACH_CALL = "%s This is a promise of every call, which the suite checks after each clause."

_AFTER_FAILURE = 3  # calls
_NOT_CLOSED = pytest.StashKey[dict[type, list[str]]]()  # by contract: how closing its adapter failed, reported once


class ClauseSurroundings:
    """What happens before and after a clause; `ContractAuthorApi` adds what an author defines."""

    planted_key = "sk-planted-0123456789abcdef"  # the adapter's key, which no error may contain

    deadline: float = 30.0
    """Seconds after which a clause with concurrent calls treats an unfinished call as a deadlock."""

    quick: ClassVar[bool] = False
    """True: check every clause, and each of its variants, in one mode instead of all: a quarter of the work, for runs
    while you write. The mode is fixed for each clause; all are used. `pytest --llm-core-quick` sets it everywhere."""

    may_answer_without_request: bool = False
    """Whether the second of two equal requests may be answered without a request, as by a wrapper with a cache; clauses
    that need an answer of the provider each time then use distinct requests."""

    xfails: Mapping[str, str] = MappingProxyType({})
    """Promises that the adapter cannot keep, each with its reason: ``{"error.no-redirect": "..."}``, or for one variant
    only ``{"stream.break-is-an-error[drip-stream]": "..."}``. They are strict xfails: a kept promise fails."""

    _calls: list[str]
    _sent: list[ChatRequest]
    _answered: list[str]
    _seen: Observations
    _arranged: list[Arranged]
    _providers: list[FakeProvider]
    _watch: ProcessWatch
    _closing: ExitStack
    _hangs = False
    _in_clause = False
    _clause = ""  # its id
    _has_failed = False
    _failure: tuple[BaseException, Failure] | None = None
    _failed_outside: BaseException | None = None
    _item: pytest.Function | None = None
    _listens: bool

    def in_time(self, work: Callable[[], Result]) -> Result:
        """Return what *work* returns, run in another thread. DeadlockError if it is not done by the deadline."""
        return self.all_in_time(work)[0]

    def all_in_time(self, *works: Callable[[], Result]) -> list[Result]:
        """Return what *works* return, run at once in threads of their own. DeadlockError as for `in_time`."""
        try:
            return in_time(self.deadline, *works)
        except DeadlockError:
            self._hangs = True
            raise

    def require_one_request_per_call(self) -> None:
        """Raise AssertionError if there were more requests than calls, or fewer than answered calls."""
        with self._outside("answer.one-request"):
            if self.recorder.count > len(self._calls):
                raise AssertionError(f"{self.counted()}: a call is one request, see answer.one-request")
            if self.recorder.count < len(self._answered) and not self.may_answer_without_request:
                raise AssertionError(
                    f"{self.counted()}, all answered: a call is one request, see answer.no-stored-answer"
                )
            if not self.recorder.has_accepted(len(self._calls)):
                opened = f"{counted(self.recorder.accepted, 'connection')} for {counted(len(self._calls), 'call')}"
                raise AssertionError(f"{opened}: a call is one attempt to connect, see error.one-attempt")

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """Use a new recorder within the block, and close what the block opened at its end."""
        around, self._closing = self._closing, ExitStack()
        self._listens, self._calls, self._sent, self._answered = False, [], [], []
        self._arranged, self._providers, self._seen = [], [], Observations()
        self._watch = self._watch if self._in_clause else ProcessWatch()
        self.recorder: Recorder = Recorder(self._watch.look_meanwhile)
        try:
            with self._closing:
                yield
                if self._in_clause:  # within a clause that isolates each of its values
                    self.require_no_aftermath(few=True)
        finally:
            self._closing = around

    @contextmanager
    def in_clause(self, id: str) -> Iterator[None]:
        """Watch the process while the clause *id* runs, and require afterwards what is a promise of every call."""
        self._clause, self._in_clause, self._has_failed = id, True, True
        try:
            with self._watch.watching(debug=id == "quiet.log" or "quiet.log" not in self._declared()):
                yield
                self.require_one_request_per_call()
                self.require_no_aftermath()
        finally:
            self._in_clause = False
        for clause in QUIET.keys() - self._declared():
            with self._outside(clause):
                self.require_quiet(clause)
        self._has_failed = False

    def require_no_aftermath(self, *, few: bool = False) -> None:
        """Raise AssertionError unless each chat of the clause answers further calls, and the key stands once."""
        if "request.key-once" not in self._declared():
            with self._outside("request.key-once"):
                self.require_key_once()
        if "request.unset-is-not-sent" not in self._declared():
            with self._outside("request.unset-is-not-sent"):
                self.require_nothing_added()
        self.require_nothing_odd()
        modes = tuple(dict.fromkeys(self._calls))
        arranged, self._arranged = self._arranged if modes else [], []
        if self.is_quick() and len(self._calls) == 1:  # a call that was answered: the others leave more behind
            arranged = [one for one in arranged if not isinstance(one.scenario, Replies | Echoes)]
        for one in arranged:
            count, earlier = 1 if few else self._next_calls(one.scenario, len(modes)), len(self.recorder.seen)
            late = self._sent_and_not_arrived()
            with self._outside():
                require_answers(one, modes, count, self.deadline)
                self.require_next_arrival(one.request, earlier, late)
        self.require_nothing_odd()
        self._use_streams_again()
        self.require_nothing_odd()

    def _use_streams_again(self) -> None:
        sent = self.recorder.count
        self._seen.use_again()
        if sent != self.recorder.count:
            self._seen.note("stream.once", "a stream that was left, entered again, sent a request")

    def is_quick(self) -> bool:
        """Return whether the class or the option asks for a quick run."""
        return self.quick or is_quick(None if self._item is None else self._item.config)

    def require_nothing_odd(self) -> None:
        """Raise AssertionError if a call so far broke a promise that every call keeps: see `Observations`."""
        for clause, problem in self._seen.take_problems():
            if clause not in self._declared():
                with self._outside(clause):
                    raise AssertionError(f"{problem}: see {clause}")

    def require_nothing_noted(self, clause: str) -> None:
        """Raise AssertionError if a call so far broke the promise of *clause*, one that `Observations` notes."""
        noted = [problem for id, problem in self._seen.problems if id == clause]
        assert not noted, "; ".join(noted)

    def require_next_arrival(self, request: ChatRequest, count: int, late: Sequence[ChatRequest] = ()) -> None:
        """Raise AssertionError unless each request after the first *count* is *request*: see `ContractAuthorApi`."""

    def require_nothing_added(self) -> None:
        """Raise AssertionError if a setting was sent that no request of the clause sets: see `ContractAuthorApi`."""

    def _sent_and_not_arrived(self) -> Sequence[ChatRequest]:
        """Return the requests of the clause if some may arrive only now: their calls have timed out or were ended."""
        return tuple(self._sent) if len(self._sent) > len(self.recorder.seen) else ()

    def _next_calls(self, scenario: Scenario, modes: int) -> int:
        """Return how many calls follow at once: as many as a pool has slots only after as many calls."""
        if len(self._calls) >= AT_ONCE:
            return AT_ONCE
        return modes if isinstance(scenario, Replies | Echoes) else max(modes, _AFTER_FAILURE)

    def forget(self, chat: ChatPort) -> None:
        """Make no further calls of *chat*: the clause has closed it."""
        self._arranged = [one for one in self._arranged if one.chat is not chat]

    async def require_next_answers(self) -> None:
        """As `require_no_aftermath`, in the running loop: sixteen calls at once of each chat of the clause."""
        modes = [mode for mode in dict.fromkeys(self._calls) if mode.startswith("a")]
        for one in self._arranged:
            earlier, late = len(self.recorder.seen), self._sent_and_not_arrived()
            with self._outside():
                await require_answers_in_loop(one, modes, AT_ONCE)
                self.require_next_arrival(one.request, earlier, late)

    def require_key_once(self) -> None:
        """Raise AssertionError if the key stands in more than one place of a request."""
        for request in self.recorder.requests:
            found = places(request, self.planted_key)
            if len(found) > 1:
                raise AssertionError(f"the key stands in {' and '.join(found)}: see request.key-once")

    def require_quiet(self, clause: str) -> None:
        """Raise AssertionError if this promise of `QUIET` was broken since the clause began."""
        problem = QUIET[clause](self._watch, lambda: traces(self.planted_key) | prompt_runs(self._sent))
        if problem:
            raise AssertionError(f"{problem}: see {clause}")

    def _declared(self) -> set[str]:
        """Return the clauses that `xfails` names, in whichever variants: no other clause then checks their promise."""
        return {key.partition("[")[0] for key in self.xfails}

    def add_failure(self, error: BaseException, failure: Failure) -> None:
        """Keep the message of *error*, with which a clause failed, and add it to the error as a note."""
        self._failure = error, failure
        error.add_note(str(failure))

    def failure_of(self, error: BaseException) -> Failure | None:
        """Return what is reported of *error*; None if no clause has failed with it."""
        failed, failure = self._failure or (None, None)
        return failure if error is failed else None

    def is_outside(self, error: BaseException) -> bool:
        """Return whether *error* was raised outside the clause: by `arrange`, a promise of each call, or closing."""
        return error is self._failed_outside

    def closing_failures(self) -> list[str]:
        """Return the list of how closing the adapters of earlier clauses failed, in the order in which they ran."""
        stash = pytest.Stash() if self._item is None else self._item.config.stash
        return stash.setdefault(_NOT_CLOSED, {}).setdefault(type(self), [])

    def counted(self) -> str:
        """Return how many requests arrived for how many calls, for the message of an assertion."""
        return f"{counted(self.recorder.count, 'request')} for {counted(len(self._calls), 'call')}"

    def _close_chat(self, chat: ChatPort) -> None:
        if self._hangs:
            close_hanging(chat)
            return
        try:
            close_adapter(chat)
            if not self._has_failed:
                self.require_nothing_odd()
        except Exception as error:
            if self._has_failed or self._declared() & {"adapter.close", AFTER_USE}:
                return
            failures = self.closing_failures()
            failures.append(f"{type(error).__name__}: {error} (after {self._item.name if self._item else 'a clause'})")
            if len(failures) > 1 or self._is_checked_later(AFTER_USE):
                return
            failed = AssertionError(f"closing the adapter failed after the clause: {type(error).__name__}: {error}")
            promise, look = self._promise(AFTER_USE)
            self.fail_outside(failed, promise, look)
            raise failed from error

    def _is_checked_later(self, clause: str) -> bool:
        """Return whether *clause* will run after this one in the same process."""
        if self._item is None or hasattr(self._item.config, "workerinput"):  # of pytest-xdist, which splits the items
            return False
        items = self._item.session.items
        later = items[items.index(self._item) + 1 :]
        return any(
            isinstance(item, pytest.Function)
            and item.cls is type(self)
            and getattr(item.function, "clause_id", None) == clause
            for item in later
        )

    @contextmanager
    def _outside(self, clause: str | None = None) -> Iterator[None]:
        """Explain an AssertionError within the block by the promise of *clause*; None: by that of the next calls."""
        try:
            yield
        except AssertionError as error:
            self._hangs = self._hangs or isinstance(error, DeadlockError)
            if clause is None:
                self.fail_outside(error, ANSWERS_NEXT, AT_NEXT_CALLS)
            else:
                promise, look = self._promise(clause)
                self.fail_outside(error, promise, EACH_CALL % look)
            raise

    def fail_outside(self, error: Exception, promise: str, look: str) -> None:
        """Explain *error* by *promise*, and not by the clause that runs."""
        self._failed_outside = error
        self.add_failure(error, Failure(promise, lines_of(error), look))

    def _promise(self, clause: str) -> tuple[str, str]:
        """Return what *clause* promises, and where to look."""
        checks = (getattr(type(self), name) for name in dir(type(self)))
        found = next((check for check in checks if getattr(check, "clause_id", None) == clause), None)
        return (f"promise {clause}, a clause of ChatPortContract", "") if found is None else promise_of(found)

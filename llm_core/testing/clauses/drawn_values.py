"""Runs a check over values that hypothesis draws: repeatable by its seed, and minimised within bounds."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import attrs
import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, example, given, reject, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.quick_run import EXAMPLES_OPTION, SEED_OPTION

from .author_api import ContractAuthorApi
from .field_comparison import shown

Value = TypeVar("Value")

_FOLDER = "llm-core-hypothesis"  # of pytest's cache
_SHRINK_SECONDS = 15.0
_SHRINK_CALLS = 400
_QUICK_EXAMPLES = 4  # the fixed values come first, and the seed differs in each mode


class DrawnValues(ContractAuthorApi):
    """Draws values, the same ones in every run with the same seed."""

    examples = 10
    """How many examples are drawn for each law and mode, in a quick run at most four; the fixed ones are added.

    `pytest --llm-core-examples N` sets it everywhere."""

    seed = 0
    """The seed of the examples; each mode draws others. `pytest --llm-core-seed N` sets it everywhere."""

    def for_every(
        self,
        values: SearchStrategy[Value],
        check: Callable[[Value], None],
        *,
        first: Sequence[Value] = (),
        stream_of_seeds: int = 0,
    ) -> None:
        """Check the values of *first*, then drawn *values*, each with a fake provider of its own.

        A drawn value that fails is minimised, for at most fifteen seconds, and shown with the seed. The examples of
        another *stream_of_seeds* are others.
        """
        seed, count = self._option(SEED_OPTION, self.seed), self._option(EXAMPLES_OPTION, self._default_examples())
        bounded = _BoundedShrinking(self._isolated_check(check))
        phases = (Phase.explicit, Phase.generate, *(() if self._is_xfail else (Phase.shrink,)))  # an xfail shows none

        @hypothesis.seed(1_000 * seed + stream_of_seeds)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=[*HealthCheck],  # an adapter may be slow, and a request large
        )
        @given(values)
        def each(value: Value) -> None:
            try:
                bounded(value)
            except NotExpressibleError:
                reject()

        for value in reversed(first):
            each = example(value)(each)
        with (
            _hypothesis_folder_elsewhere(None if self._item is None else self._item.config),
            _no_constants_of_modules(),
        ):
            try:
                each()
            except (Exception, pytest.fail.Exception) as error:
                error.add_note(f"drawn value: {', '.join(map(shown, bounded.failed[-1:]))}")
                error.add_note(
                    f"drawn: {count} examples with the seed {seed}. To draw the same again: "
                    f"pytest {SEED_OPTION} {seed} {EXAMPLES_OPTION} {count}, or `seed` and `examples` of the class."
                )
                raise

    def _option(self, name: str, value: int) -> int:
        given_value = self._item.config.getoption(name, default=None) if self._item else None
        return value if given_value is None else int(given_value)

    def _default_examples(self) -> int:
        return min(self.examples, _QUICK_EXAMPLES) if self.is_quick() else self.examples

    def _isolated_check(self, check: Callable[[Value], None]) -> Callable[[Value], None]:
        def isolated_check(value: Value) -> None:
            with self.isolated():
                check(value)

        return isolated_check


@attrs.define
class _BoundedShrinking(Generic[Value]):
    """After the first failure, calls *check* for a bounded time and number of calls: over HTTP a call is slow.

    Beyond the bounds only a value that has failed fails again, which ends the minimising at once.
    """

    check: Callable[[Value], None]
    failed: list[Value] = attrs.field(factory=list, init=False)
    _calls: int = attrs.field(default=0, init=False)
    _end: float = attrs.field(default=float("inf"), init=False)  # of the clock

    def __call__(self, value: Value) -> None:
        """Check *value*, unless the bounds are reached and it has not failed before."""
        if (time.monotonic() > self._end or self._calls > _SHRINK_CALLS) and value not in self.failed:
            return
        self._calls += bool(self.failed)
        try:
            self.check(value)
        except NotExpressibleError:
            raise
        except (Exception, pytest.fail.Exception):
            if not self.failed:
                self._end = time.monotonic() + _SHRINK_SECONDS
            self.failed.append(value)
            raise


@contextmanager
def _no_constants_of_modules() -> Iterator[None]:
    """Draw no constants of the author's own modules, which hypothesis would read and parse all for a second.

    A seed would draw other values as soon as other modules are loaded.
    """
    with pytest.MonkeyPatch.context() as patch:
        with suppress(ImportError, AttributeError):  # private names; without them, a run only takes longer
            nothing = import_module("hypothesis.internal.constants_ast").Constants()
            patch.setattr(
                import_module("hypothesis.internal.conjecture.providers"), "_get_local_constants", lambda: nothing
            )
        yield


@contextmanager
def _hypothesis_folder_elsewhere(config: pytest.Config | None) -> Iterator[None]:
    """Let hypothesis keep its table of characters beside pytest's own files: by default it would create a folder."""
    with _folder(config) as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)  # restore the default


def _folder(config: pytest.Config | None) -> AbstractContextManager[str | Path]:
    cache: pytest.Cache | None = getattr(config, "cache", None)  # a run may be without that plugin
    if cache is not None:
        with suppress(OSError):  # it cannot be written
            return nullcontext(cache.mkdir(_FOLDER))
    return TemporaryDirectory()

"""Settings of all tests: what the call lane is exempt from, and Ctrl-C in child processes."""

import gc
import signal
import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, settings

# The first draw of a process reads all modules for constants, which takes more than a second on a busy machine.
settings.register_profile("usual", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("usual")
# Of `make test`; `make coverage` draws five times as many.
settings.register_profile("quick", settings.get_profile("usual"), max_examples=20)
CALL_LANE = "call_lane"
# LiteLLM keeps HTTP clients, one for each event loop and timeout, until the process ends, and never closes them.
LEFT_OPEN = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_configure(config: pytest.Config) -> None:
    """Exempt a run that asks for the call lane."""
    if _has_call_lane(config):
        for line in LEFT_OPEN:
            config.addinivalue_line("filterwarnings", line)


def _has_call_lane(config: pytest.Config) -> bool:
    return CALL_LANE in str(config.option.markexpr).replace(f"not {CALL_LANE}", "")


def pytest_pycollect_makeitem(collector: pytest.Module, obj: object) -> list[pytest.Item] | None:
    """Leave out a class at once where its tests are not wanted: a contract is a thousand tests to deselect."""
    if not isinstance(obj, type):
        return None
    expression = str(collector.config.option.markexpr)
    conditions = [] if " or " in expression else expression.split(" and ")
    unwanted = {name for name in ("slow", CALL_LANE) if f"not {name}" in conditions}
    return None if unwanted.isdisjoint([*_mark_names(collector.obj), *_mark_names(obj)]) else []


def _mark_names(owner: object) -> list[str]:
    marks = getattr(owner, "pytestmark", ())  # of a module perhaps one, of a class a list
    return [mark.name for mark in (marks if isinstance(marks, Sequence) else [marks])]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what takes the call lane by its parameter, and let what takes it use the fixtures for it."""
    if not isinstance(item, pytest.Function):
        return
    if hasattr(item, "callspec") and item.callspec.params.get("lane") == "call":
        item.add_marker(CALL_LANE)
    if item.get_closest_marker(CALL_LANE) is not None:  # no autouse: that costs each of the other tests some time
        names = ("drop_the_clients_of_the_call_lane", "no_collection_during_the_call_lane")
        item.fixturenames = [*names, *item.fixturenames]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse tests of the call lane in a run that is not exempt."""
    gc.collect()
    gc.freeze()  # modules and tests: else every later collection goes through all of them again
    is_exempt = session.config.option.collectonly or _has_call_lane(session.config)
    if not is_exempt and any(item.get_closest_marker(CALL_LANE) for item in session.items):
        raise pytest.UsageError(f"tests of the call lane need a process of their own: pytest -m {CALL_LANE}")


@pytest.fixture(scope="module")
def drop_the_clients_of_the_call_lane() -> Iterator[None]:
    """Drop and collect LiteLLM's clients here, and not while Python exits: there aiohttp would print tracebacks."""
    yield
    if "litellm" in sys.modules:
        sys.modules["litellm"].in_memory_llm_clients_cache.flush_cache()
        for _ in range(5):  # what one collection frees makes more free
            gc.collect()


@pytest.fixture
def no_collection_during_the_call_lane() -> Iterator[None]:
    """Keep the collector out of a test of the call lane, and out of the traceback of its failure.

    What LiteLLM leaves open complains when it is collected. In the middle of a traceback that stops Python 3.11
    ("AST constructor recursion depth mismatch"), and inside the lock of httpcore's pool it waits for ever.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_children() -> None:
    """Undo what a shell does to whatever it starts with ``&``: it has Ctrl-C ignored, and so would all its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    """Save the coverage of this process: pytest-xdist kills a worker that takes ten seconds to exit."""
    coverage = sys.modules.get("coverage")
    running = None if coverage is None else coverage.Coverage.current()
    if running is not None:
        running.save()

"""``llm-core fake-provider``: plays a scenario to any client, in any language."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import Command, UsageError, as_usage_error
from .console import Screen
from .extras import require_testing

if TYPE_CHECKING:
    from types import FrameType

    from llm_core.testing.scenarios import Scenario

_DESCRIPTION = """Listens on 127.0.0.1, answers as a provider would in the chosen dialect, and prints each request as
one line. Ctrl-C and SIGTERM end it with exit code 0. With several scenarios each request gets the next one, and the
last one stays. A scenario is a name with its value and its fields, or a JSON file; --list shows the names.

  llm-core fake-provider --dialect anthropic_messages --scenario cut-after=3 --port 8080
  llm-core fake-provider --scenario fails=429,retry_after=2 --scenario "replies=Here you are."
  llm-core fake-provider --scenario silence-after=3,patience=90
  llm-core fake-provider --scenario scenarios.json
  llm-core fake-provider --list
"""
_MAX_PORT = 65535


def _add_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--dialect", metavar="NAME", default="openai_chat", help="the wire format; openai_chat by default")
    add("--scenario", metavar="SCENARIO", action="append", help="what it does: a name or a JSON file; repeatable")
    add("--port", metavar="PORT", type=int, default=8080, help="8080 by default; 0: a free one")
    add("--list", action="store_true", help="list the dialects and the scenarios, and exit")


def _run(given: Namespace, screen: Screen) -> int:
    require_testing("the fake provider", "pytest", "h11", "hypothesis")
    from llm_core.testing.dialects.registry import DIALECTS, PATHS, dialect_named
    from llm_core.testing.fake_provider.named_scenarios import listed_scenarios
    from llm_core.testing.fake_provider.recorder import Recorder
    from llm_core.testing.fake_provider.server import FakeProvider

    from .played_scenarios import PlayedScenarios

    if given.list:
        screen.table(("dialect", "path of requests"), [(name, PATHS[name]) for name in DIALECTS])
        screen.table(("scenario", "what the provider does"), listed_scenarios())
        return 0
    with as_usage_error():
        dialect = dialect_named(given.dialect)
        played = PlayedScenarios(dialect, _scenarios(given.scenario or ["replies"]), screen)
        if not 0 <= given.port <= _MAX_PORT:
            raise ValueError(f"--port: must lie between 0 and {_MAX_PORT}, got {given.port}")
    recorder = Recorder()
    try:
        provider = FakeProvider(played.only or played.next, dialect, recorder, port=given.port)
    except OSError as error:
        raise UsageError(f"--port {given.port}: {error.strerror or error}") from None
    with provider, _stop_signals() as stopped:
        screen.write(f"{dialect.name} on {provider.url}")
        stopped.wait()
    screen.note(f"{recorder.count} requests")
    return 0


def _scenarios(given: list[str]) -> Iterator[Scenario]:
    from llm_core.testing.fake_provider.named_scenarios import scenario_named, scenarios_in

    from .attachments import read_text

    for text in given:
        if not text.endswith(".json"):
            yield scenario_named(text)
            continue
        try:
            yield from scenarios_in(read_text(Path(text)))
        except ValueError as error:
            raise ValueError(str(error) if text in str(error) else f"{text}: {error}") from None


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set."""
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


FAKE_PROVIDER = Command(
    name="fake-provider",
    summary="Play a provider with faults, for the tests of any program",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)

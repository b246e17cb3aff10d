"""Plants keys in every place that can hold one, provokes every fault, and searches all output for the keys."""

import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.domain.errors import ChatError
from llm_core.domain.requests import ChatRequest
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.registry import DIALECTS
from tests.faults.cells import LANES, MODELS, Lane
from tests.faults.raw_server import RawReply, RawServer, server_for

from .planting import (
    KEYS,
    NAMES,
    PLANTS,
    PROMPT,
    SECRETS,
    VARIABLES,
    Plant,
    fault_named,
    planted,
    planted_chat,
    planted_request,
)
from .searching import found, places_of


@pytest.fixture(scope="module", autouse=True)
def _import(request: pytest.FixtureRequest) -> None:
    """Import LiteLLM before tests that use it: it sets log levels that are unset, and pytest restores levels."""
    if any(item.get_closest_marker("call_lane") for item in request.session.items):
        litellm_module.litellm()


@attrs.define
class OutputRecorder:
    """Collects log records of every logger and level, warnings, stdout and stderr."""

    caplog: pytest.LogCaptureFixture
    capfd: pytest.CaptureFixture[str]
    caught: list[warnings.WarningMessage] = attrs.field(factory=list)

    def places(self) -> dict[str, str]:
        """Return each log record, the printed text and the warnings, by name."""
        written = self.capfd.readouterr()
        records = {
            f"{record.levelname} of {record.name}, {index}": f"{logging.Formatter().format(record)} {vars(record)}"
            for index, record in enumerate(self.caplog.records)
        }
        caught = " ".join(str(vars(warning)) for warning in self.caught)
        return {**records, "stdout": written.out, "stderr": written.err, "warnings": caught}


@pytest.fixture
def output(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[OutputRecorder]:
    """Collect from level DEBUG on, which loggers without a level of their own inherit."""
    logging.getLogger().setLevel(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield OutputRecorder(caplog, capfd, caught)
    logging.getLogger().setLevel(logging.WARNING)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("fault", NAMES)
def test_no_output_shows_a_key_and_only_the_detail_shows_the_prompt(
    fault: str, lane: Lane, plant: Plant, output: OutputRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, KEYS["variable"])

    with ThreadPoolExecutor() as threads:
        left = dict(threads.map(lambda cell: _left_by(fault, cell[0], cell[1], lane, plant), _cells()))

    assert {} == {cell: found(places, SECRETS) for cell, places in left.items() if found(places, SECRETS)}
    assert {} == found(output.places(), SECRETS)


def _cells() -> list[tuple[str, Mode]]:
    return [(dialect, mode) for dialect in MODELS for mode in EVERY]


def _left_by(fault: str, dialect: str, mode: Mode, lane: Lane, plant: Plant) -> tuple[str, Mapping[str, str]]:
    with server_for(fault_named(fault, tuple(planted(dialect, lane, plant).values())), DIALECTS[dialect]) as side:
        chat = planted_chat(side.url, dialect, lane, plant)
        error = _error(chat, planted_request(plant), mode)
        shown = {"repr of the chat": repr(chat)}
        chat.close()
    return f"{dialect}, {mode}", shown if error is None else {**shown, **places_of(error, PROMPT)}


def _error(chat: LiteLLMChat, request: ChatRequest, mode: Mode) -> ChatError | None:
    """Return the error, or None: LiteLLM accepts some faults as answers."""
    try:
        call_in_mode(chat, request, mode)
    except ChatError as error:
        return error
    return None


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("dialect", MODELS)
def test_every_fault_on_the_direct_lane_raises_an_error(
    dialect: str, mode: Mode, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, KEYS["variable"])

    with ThreadPoolExecutor() as threads:
        left = dict(threads.map(lambda fault: (fault, _left_by(fault, dialect, mode, "direct", plant)[1]), NAMES))

    assert [] == [fault for fault, places in left.items() if "str" not in places]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("dialect", MODELS)
def test_the_target_of_a_redirect_receives_no_request(dialect: str, mode: Mode, status: int) -> None:
    with RawServer(RawReply(packets=lambda *_: ()), DIALECTS[dialect]) as elsewhere:
        head = f"HTTP/1.1 {status} Moved\r\nlocation: {elsewhere.url}/v1\r\ncontent-length: 0\r\n\r\n".encode()
        with server_for(RawReply(packets=lambda *_: (head,)), DIALECTS[dialect]) as side:
            error = _error(planted_chat(side.url, dialect, "direct", "handed in"), planted_request("handed in"), mode)

            assert (status, 1) == (error and error.status_code, side.recorder.count)
            assert (0, True) == (elsewhere.recorder.count, elsewhere.recorder.all_freed(within=0.0))


def test_the_search_finds_every_planted_secret(output: OutputRecorder) -> None:
    error = _error_of("500")

    error.add_note(KEYS["api_key"])
    error.__cause__ = ValueError(KEYS["header"])
    logging.getLogger("some.other").debug("prompt %s", PROMPT)
    sys.stderr.write(KEYS["option"])
    warnings.warn(KEYS["query"], stacklevel=1)

    seen = {**found(places_of(error, PROMPT), SECRETS), **found(output.places(), SECRETS)}
    assert {"api_key", "header", "option", "query", "prompt"} == seen.keys()


def test_the_detail_quotes_the_response_with_masked_keys() -> None:
    detail = _error_of("401").detail or ""

    assert f"You sent **** and **** and **** and ****, Bearer ****. You said: {PROMPT}." in detail


def _error_of(fault: str) -> ChatError:
    with server_for(
        fault_named(fault, tuple(planted("openai_chat", "direct", "handed in").values())), DIALECTS["openai_chat"]
    ) as side:
        chat = planted_chat(side.url, "openai_chat", "direct", "handed in")
        error = _error(chat, planted_request("handed in"), "complete")
    assert error is not None
    return error

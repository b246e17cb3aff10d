"""What the contract's watch over the process sees, and what it leaves alone."""

import logging
import os
import random
import sys
import warnings
from types import ModuleType

import pytest

from llm_core import ChatRequest, TextPart, UserMessage
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.guards.log_watch import collected_log
from llm_core.testing.guards.process_watch import ProcessWatch
from llm_core.testing.guards.quiet import QUIET
from llm_core.testing.guards.secrets import places, prompt_runs, spellings

KEY = "sk-1/2"


def test_it_sees_output_records_warnings_and_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = ProcessWatch()

    with warnings.catch_warnings(), watch.watching(debug=True):
        warnings.simplefilter("always")
        sys.stdout.writelines(["one", "two"])
        logging.getLogger("apart").debug("three")
        warnings.warn("four", UserWarning, stacklevel=1)
        warnings.warn("of a library", DeprecationWarning, stacklevel=1)
        monkeypatch.setenv("FIVE", "5")

    assert ["one", "two"] == watch.output
    assert ["apart DEBUG: three"] == [record[:18] for record in watch.records]
    assert ["UserWarning: four"] == watch.warnings
    assert ["os.environ['FIVE']", "warnings.filters"] == watch.changed


def test_it_sees_nothing_of_what_happens_while_it_is_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = ProcessWatch()

    with warnings.catch_warnings(), watch.watching(debug=True), watch.paused():
        warnings.simplefilter("always")
        sys.stdout.write("one")
        logging.getLogger("apart").error("two")
        warnings.warn("three", UserWarning, stacklevel=1)
        monkeypatch.setenv("FOUR", "4")

    assert ([], [], [], []) == (watch.output, watch.records, watch.warnings, watch.changed)


def test_it_sees_that_the_global_generator_was_seeded_and_not_that_it_was_used() -> None:
    used, seeded, both = ProcessWatch(), ProcessWatch(), (random.getstate(), [*sys.path])

    with used.watching(debug=False):
        random.getrandbits(100_000)
    with seeded.watching(debug=False):
        random.seed(7)
        sys.path.append("/somewhere")

    random.setstate(both[0])
    sys.path[:] = both[1]
    assert ([], ["sys.path", "the seed of random"]) == (used.changed, seeded.changed)


def test_a_filter_that_came_with_an_import_is_no_change() -> None:
    watch = ProcessWatch()

    with warnings.catch_warnings(), watch.watching(debug=False):
        sys.modules["imported_in_the_call"] = ModuleType("imported_in_the_call")
        warnings.simplefilter("ignore")

    del sys.modules["imported_in_the_call"]
    assert [] == watch.changed


def test_a_stream_that_someone_replaced_meanwhile_is_not_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    other = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 -- closed below

    with ProcessWatch().watching(debug=False):
        monkeypatch.setattr(sys, "stdout", other)

    assert sys.stdout is other
    other.close()


def test_the_log_is_collected_from_debug_and_shown_as_before() -> None:
    logger, shown = logging.getLogger("shown.as.before"), list[str]()
    handler = logging.Handler()
    handler.emit = lambda record: shown.append(record.getMessage())  # type: ignore[method-assign]  # a handler of two lines
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)

    with collected_log(debug=True) as texts:
        logger.debug("hidden")
        logger.warning("shown")

    logger.removeHandler(handler)
    assert (2, ["shown"], logging.WARNING) == (len(texts), shown, logger.level)


def test_a_level_that_is_set_meanwhile_stays() -> None:
    logger = logging.getLogger("set.meanwhile")
    logger.setLevel(logging.WARNING)

    with collected_log(debug=True):
        logger.setLevel(logging.ERROR)

    assert logging.ERROR == logger.level


def test_a_record_holds_its_arguments_and_traceback_and_may_be_malformed() -> None:
    with collected_log(debug=False) as texts:
        try:
            raise ValueError("the reason")
        except ValueError:
            logging.getLogger("apart").exception("failed", extra={"headers": KEY})
        record = logging.LogRecord("apart", logging.ERROR, "", 1, "%d", ("no number",), None)
        record.levelno = logging.NOTSET  # collected, and passed to no handler
        logging.getLogger("apart").handle(record)

    assert "the reason" in texts[0]
    assert KEY in texts[0]
    assert "apart ERROR: %d (TypeError)" == texts[1]


@pytest.mark.parametrize("clause", QUIET)
def test_nothing_is_wrong_with_a_quiet_call(clause: str) -> None:
    watch = ProcessWatch()
    watch.records.append("apart INFO: called")

    assert QUIET[clause](watch, lambda: spellings(KEY)) is None


def test_a_key_is_found_in_each_spelling() -> None:
    request = RecordedRequest(
        method="POST", path="/v1?key=sk-1%2F2", headers={"a": KEY, "b": "c2stMS8y, c2stMS8y"}, body=b"{}"
    )

    assert ["the URL", "the header a", "the header b", "the header b"] == places(request, KEY)


def test_a_prompt_is_known_by_runs_of_words() -> None:
    parts = UserMessage([TextPart("One two three.\nfour five"), TextPart("é")])

    assert frozenset({"One two three", "say no more"}) == prompt_runs(
        [ChatRequest(messages=[parts, UserMessage("say no more")])]
    )


def test_a_watched_stream_has_the_attributes_of_the_original() -> None:
    encoding = sys.stdout.encoding

    with ProcessWatch().watching(debug=False):
        assert encoding == sys.stdout.encoding

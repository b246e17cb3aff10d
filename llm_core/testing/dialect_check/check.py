"""Proves a dialect: it reads what a client of the wire writes, and plays what it claims to express."""

from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.scenarios import Scenario

from .answer_checks import check_answers
from .failure_checks import check_failures
from .findings import Findings
from .played import Played
from .request_cases import PLAIN
from .request_checks import RequestWriter, check_requests
from .scenario_cases import BASIC


def assert_dialect(dialect: Dialect, write: RequestWriter) -> None:
    """Assert that *dialect* reads what *write* writes, and can play every scenario that it claims to express.

    *write* is the least client of the wire: it writes a request, whole or for a stream, as the provider documents it,
    and raises UnsupportedFeatureError for what the wire has no field for. Do not write it with the dialect's own code.
    The requests have every role, tools and each tool choice, outputs, each setting with several values, media and
    unusual histories. The answers are checked in both modes: they can be written, their framing is that of
    `stream_type`, each field that `visible` keeps is in them, and an answer without a finish reason differs.

    Raises:
        AssertionError: the first findings about each member, one per line, each with its case; the others are counted.
    """
    findings = Findings()
    check_requests(dialect, write, findings)
    for streams in (True,) if dialect.always_streams else (False, True):
        request = findings.attempt("write", PLAIN.name, write, PLAIN.request, stream=streams)
        if request is not None:
            played = Played(dialect, findings, request, streams)
            for name, scenario in BASIC.items():
                _check_basic(played, name, scenario)
            check_answers(played)
            check_failures(played)
    if findings.lines:
        lines = "\n  ".join(findings.shown())
        raise AssertionError(f"the dialect {dialect.name}:\n  {lines}")


def _check_basic(played: Played, name: str, scenario: Scenario) -> None:
    excluded = played.excludes(name, scenario)
    played.findings.expect("inexpressible", played.case(name), "every provider sends this", holds=not excluded)

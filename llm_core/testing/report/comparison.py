"""Compares a report with an earlier one: what became worse."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import attrs

from llm_core.domain.printable import printable

from .results import Outcome, Report, worst

Key: TypeAlias = tuple[str, str, str, str]  # contract, clause, mode, variant


@attrs.frozen(kw_only=True)
class Worse:
    """A check whose outcome is worse than before; `now` None: it was not checked any more."""

    contract: str = attrs.field(converter=printable)
    clause: str = attrs.field(converter=printable)
    mode: str = attrs.field(converter=printable)
    variant: str = attrs.field(converter=printable)
    before: Outcome
    now: Outcome | None


def read_baseline(path: Path) -> Mapping[Key, Outcome]:
    """Return the outcomes in the ``report.json`` at *path*.

    Raises:
        ValueError: it cannot be read, or is no report.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            (str(contract["contract"]), str(result["clause"]), str(result["mode"]), str(result["variant"])): Outcome(
                result["outcome"]
            )
            for contract in document["contracts"]
            for result in contract["results"]
        }
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or type(error).__name__}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{path}: not a report.json of a contract") from None


def became_worse(report: Report, before: Mapping[Key, Outcome]) -> Iterator[Worse]:
    """Yield each check of *report* that is worse than *before*, and each that is gone from a whole run."""
    now = {
        (contract.name, result.clause, result.mode, result.variant): result.outcome
        for contract in report.contracts
        for result in contract.results
    }
    is_whole = not (report.stopped_early or report.deselected)
    ran = {contract.name for contract in report.contracts}
    for key, was in before.items():
        outcome = now.get(key)
        is_gone = outcome is None and is_whole and key[0] in ran
        if is_gone or (outcome is not None and outcome is not was and worst((outcome, was)) is outcome):
            contract, clause, mode, variant = key
            yield Worse(contract=contract, clause=clause, mode=mode, variant=variant, before=was, now=outcome)

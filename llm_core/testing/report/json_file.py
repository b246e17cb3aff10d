"""A report as a JSON document, for scripts."""

import json
from collections.abc import Sequence

from .comparison import Worse
from .results import ContractRun, Report, Result
from .usage_json import usage_document

FORMAT = 1  # increased when a key changes its meaning, or is removed


def report_json(report: Report, worse: Sequence[Worse] | None = None) -> str:
    """Return *report* as JSON text, with what became *worse* since a baseline; None: there is none."""
    document = {
        "format": FORMAT,
        "written": report.written,
        "llm_core": report.llm_core,
        "python": report.python,
        "stopped_early": report.stopped_early,
        "deselected": report.deselected,
        "worse": None if worse is None else [_worse(check) for check in worse],
        "contracts": [_contract(contract) for contract in report.contracts],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _contract(contract: ContractRun) -> dict[str, object]:
    return {
        "contract": contract.name,
        "adapter": contract.adapter,
        "version": contract.version,
        "model": contract.model,
        "seconds": round(contract.seconds, 3),
        "counts": {str(outcome): count for outcome, count in contract.counts.items()},
        "usage": usage_document(contract.usage),
        "results": [_result(result) for result in contract.results],
    }


def _worse(check: Worse) -> dict[str, object]:
    now = None if check.now is None else str(check.now)
    return {
        "contract": check.contract,
        "clause": check.clause,
        "mode": check.mode,
        "variant": check.variant,
        "before": str(check.before),
        "now": now,
    }


def _result(result: Result) -> dict[str, object]:
    return {
        "clause": result.clause,
        "sentence": result.sentence,
        "mode": result.mode,
        "modes": list(result.modes),
        "variant": result.variant,
        "outcome": str(result.outcome),
        "message": result.message,
        "look": result.look,
        "places": list(result.places),
        "seconds": round(result.seconds, 4),
        "usage": usage_document(result.usage),
    }

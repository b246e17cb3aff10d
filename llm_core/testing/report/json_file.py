"""A report as a JSON document, for scripts."""

import json

from .results import ContractRun, Report, Result
from .usage_json import usage_document

FORMAT = 1  # increased when a key changes its meaning, or is removed


def report_json(report: Report) -> str:
    """Return *report* as JSON text."""
    document = {
        "format": FORMAT,
        "written": report.written,
        "llm_core": report.llm_core,
        "python": report.python,
        "stopped_early": report.stopped_early,
        "deselected": report.deselected,
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


def _result(result: Result) -> dict[str, object]:
    return {
        "clause": result.clause,
        "sentence": result.sentence,
        "mode": result.mode,
        "variant": result.variant,
        "outcome": str(result.outcome),
        "message": result.message,
        "look": result.look,
        "places": list(result.places),
        "seconds": round(result.seconds, 4),
        "usage": usage_document(result.usage),
    }

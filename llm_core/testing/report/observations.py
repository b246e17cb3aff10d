"""What is known of one check of a clause: before it runs, while it runs, and how it ended; all of it as text."""

import inspect
import re
from collections.abc import Callable

import pytest

from llm_core.testing.clauses.author_api import ContractAuthorApi
from llm_core.testing.live.live import Live

from .provenance import adapter_name, places
from .results import NO_MODE, Outcome
from .usage_json import usage_text

_NOTES = ("promise ", "look at: ")  # the report shows them separately
_WORKER = re.compile(r"^\[gw\d+\] .*\n")  # the line that pytest-xdist puts before a failure
_KEYS = re.compile(r"(?<![\w-])(sk-|AIza|xox|gsk_|Bearer )[\w.-]{8,}")


def facts_of(item: pytest.Function, owner: type) -> dict[str, str]:
    """Return the clause of the contract *owner* that *item* checks; any other test gets the id ``own.NAME``."""
    name = item.originalname
    clauses = [vars(base)[name] for base in reversed(owner.__mro__) if hasattr(vars(base).get(name), "clause_id")]
    promise: Callable[..., object] = clauses[0] if clauses else item.function
    paragraphs = [" ".join(text.split()) for text in (inspect.getdoc(promise) or "").split("\n\n")]
    mode, variant = _parameters(item)
    return {
        "contract": f"{owner.__module__}:{owner.__qualname__}",
        "clause": str(getattr(promise, "clause_id", f"own.{name}")),
        "sentence": paragraphs[0],
        "look": " ".join(paragraphs[1:]),
        "mode": mode,
        "variant": variant,
    }


def _parameters(item: pytest.Function) -> tuple[str, str]:
    if not hasattr(item, "callspec"):
        return NO_MODE, ""
    mode = item.callspec.params.get("mode")
    parts = item.callspec.id.split("-")
    if not isinstance(mode, str) or mode not in parts:
        return NO_MODE, item.callspec.id
    last = len(parts) - 1 - parts[::-1].index(mode)
    return mode, "-".join(parts[:last] + parts[last + 1 :])


def observed(item: pytest.Function, call: pytest.CallInfo[None]) -> dict[str, str]:
    """Return what only the process that ran a phase of *item* knows."""
    suite, seen = item.instance, dict[str, str]()
    chat = suite.chat_under_test
    if chat is not None:
        seen["adapter"] = adapter_name(chat)
    if isinstance(suite, ContractAuthorApi) and suite.was_refused:
        seen["refused"] = "yes"
    if isinstance(suite, Live) and suite.answered_by is not None:
        seen["model"] = suite.answered_by
    if isinstance(suite, Live) and suite.spent and call.when == "call":
        seen["usage"] = usage_text(suite.spent)
    if call.excinfo is not None:
        seen["message"] = _message(call.excinfo, live=isinstance(suite, Live))
        failure = suite.failure_of(call.excinfo.value) if isinstance(suite, ContractAuthorApi) else None
        if failure is not None:
            seen |= {"message": "\n".join(failure.seen), "look": failure.look}
        seen["places"] = "\n".join(
            places(call.excinfo, type(suite).__module__, seen.get("adapter", "").rpartition(".")[0])
        )
    return seen


def _message(caught: pytest.ExceptionInfo[BaseException], *, live: bool) -> str:
    lines = caught.exconly().removeprefix("AssertionError: ").splitlines()
    text = "\n".join(line for line in lines if not line.startswith(_NOTES))
    return _KEYS.sub(r"\1****", text) if live else text


def ended(report: pytest.TestReport, facts: dict[str, str]) -> tuple[Outcome, str]:
    """Return how a phase of a test ended, and the reason unless it passed."""
    if report.failed:
        # a strict xfail that passed raised nothing
        return Outcome.FAIL, facts.get("message") or _WORKER.sub("", report.longreprtext)
    if not report.skipped:
        return (Outcome.REFUSED if "refused" in facts else Outcome.PASS), ""
    if hasattr(report, "wasxfail"):
        return Outcome.XFAIL, report.wasxfail.removeprefix("reason: ")
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return Outcome.SKIP, reason.removeprefix("Skipped: ")

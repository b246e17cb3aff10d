"""The third-party example adapter with one wrong line: the contract reports the promise that it breaks, and no other.

A fault is one replacement in the source of `examples/third_party`. The properties are left out, which repeat all
checks on generated values, and so are the sync modes, which `from_async` makes.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

pytestmark = pytest.mark.slow

THIRD_PARTY = Path(__file__).parents[2] / "examples" / "third_party"
COMMAND = (sys.executable, "-m", "llm_core", "contract", "tests.test_contract:TestThirdPartyChat", "--report", "report")
SELECTED = "(acomplete or astream) and not law. and not own."


@attrs.frozen(kw_only=True)
class Fault:
    """A correct line of the adapter and a wrong one; the promises that the wrong one breaks, and where to look."""

    file: str
    right: str
    wrong: str
    breaks: tuple[str, ...]  # the clause that it is against first
    promise: str
    look: str


FAULTS: dict[str, Fault] = {
    "it treats U+2028 as the end of a line": Fault(
        file="__init__.py",
        right="llm.aiter_lines(answer.aiter_bytes())",
        wrong="answer.aiter_lines()",
        breaks=("answer.text",),
        promise="The text is exactly what the model wrote: no character is stripped, moved or re-encoded.",
        look="The code that reads the answer's text",
    ),
    "it treats a cut-off answer as complete": Fault(
        file="__init__.py",
        right='if "finish_reason" in reported:',
        wrong='if reported.setdefault("finish_reason", "stop"):',
        breaks=(
            "answer.no-answer",
            "complete.break-is-an-error",
            "error.nothing-hangs-on-it",
            "error.one-attempt",
            "error.partial",
            "stream.break-is-an-error",
            "error.fields",
        ),
        promise="A 200 with HTML, an empty body or no choices is an error",
        look="The code that handles a 200",
    ),
    "it follows redirects": Fault(
        file="__init__.py",
        right="trust_env=False)",
        wrong="trust_env=False, follow_redirects=True)",
        breaks=("error.no-redirect", "error.nothing-hangs-on-it", "error.one-attempt", "error.fields"),
        promise="No redirect is followed: neither the key nor the prompt goes to another address.",
        look="The HTTP client's option to follow redirects: turn it off.",
    ),
    "it drops the seed": Fault(
        file="wire.py",
        right='body.pop("timeout", None)',
        wrong='body.pop("timeout", None), body.pop("seed", None)',
        breaks=("request.settings", "request.together", "request.zero-is-sent"),
        promise="A setting is sent, or appears in `ignored_settings`, or the request is refused before it is sent.",
        look="The table from our names to the provider's.",
    ),
    "it numbers the ids of calls": Fault(
        file="wire.py",
        right='id=call.get("id") or ""',
        wrong='id=call.get("id") or (f"call_{index}" if function.get("name") else "")',
        breaks=("answer.calls-in-pieces", "answer.ids-made"),
        promise="Two calls may share an index, an id may come late",
        look="another id under the same index is another call",
    ),
    "it repairs broken arguments": Fault(
        file="wire.py",
        right='function.get("arguments") or ""',
        wrong='(function.get("arguments") or "").lstrip("[")',
        breaks=("answer.broken-arguments",),
        promise="Arguments other than a JSON object make an invalid call",
        look="The code that parses arguments",
    ),
    "it makes up tokens that the provider does not report": Fault(
        file="wire.py",
        right='chunk.get("usage")',
        wrong='chunk.get("usage", {"prompt_tokens": 0})',
        breaks=("answer.usage-not-told", "error.usage", "error.fields"),
        promise="Usage that the provider does not report is None: it is not zero and not estimated.",
        look="The code that handles missing usage: None",
    ),
    "it reads only the status": Fault(
        file="__init__.py",
        right=", CODES, key",
        wrong=", {}, key",
        breaks=("error.reason", "error.fields"),
        promise="A prompt that is too long or blocked, and an exhausted quota, have error classes of their own.",
        look="What the adapter reads of the error's body beside the status",
    ),
}


@attrs.frozen
class Run:
    """The result of a run of the contract."""

    exit_code: int
    output: str
    broken: tuple[str, ...]


def contract_over(adapter: Path) -> Run:
    paths = {"PYTHONPATH": str(adapter), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    run = subprocess.run(
        [*COMMAND, "-k", SELECTED],
        cwd=adapter,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    [contract] = json.loads((adapter / "report" / "report.json").read_text(encoding="utf-8"))["contracts"]
    failed = {result["clause"] for result in contract["results"] if result["outcome"] == "fail"}
    assert len(contract["results"]) > 200, run.stderr
    return Run(run.returncode, run.stdout + run.stderr, tuple(sorted(failed)))


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_breaks_the_promise_that_it_is_against_and_no_other(name: str, tmp_path: Path) -> None:
    fault, adapter = FAULTS[name], tmp_path / "third_party"
    shutil.copytree(THIRD_PARTY, adapter, ignore=shutil.ignore_patterns(".*"))
    source = adapter / "third_party_chat" / fault.file
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")

    run = contract_over(adapter)

    assert 1 == text.count(fault.right)
    assert (1, tuple(sorted(fault.breaks))) == (run.exit_code, run.broken)
    [report] = [part for part in run.output.split("\nBROKEN ") if part.startswith(f"{fault.breaks[0]} ")]
    assert fault.promise in report.splitlines()[0]
    assert fault.look in report.partition("  look at: ")[2].splitlines()[0]

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
WANTED = "(acomplete or astream) and not law. and not own."


@attrs.frozen(kw_only=True)
class Fault:
    """A correct line of the adapter and a wrong one; the promises that the wrong one breaks, and where to look."""

    file: str
    right: str
    wrong: str
    breaks: tuple[str, ...]
    promise: str
    look: str


FAULTS: dict[str, Fault] = {
    "it takes U+2028 for the end of a line": Fault(
        file="__init__.py",
        right="llm.aiter_lines(answer.aiter_bytes())",
        wrong="answer.aiter_lines()",
        breaks=("answer.text",),
        promise="Not a character is stripped, moved or re-encoded.",
        look="Where the answer's text is read",
    ),
    "it takes a cut-off answer for an end": Fault(
        file="__init__.py",
        right='if "finish_reason" in reported:',
        wrong='if reported.setdefault("finish_reason", "stop"):',
        breaks=("complete.break-is-an-error", "error.partial", "stream.break-is-an-error"),
        promise="Half a body is no answer",
        look="Where the body is read",
    ),
    "it follows redirects": Fault(
        file="__init__.py",
        right="trust_env=False)",
        wrong="trust_env=False, follow_redirects=True)",
        breaks=("error.no-redirect", "error.nothing-hangs-on-it", "error.one-attempt"),
        promise="Neither the key nor the prompt goes to where somebody else says.",
        look="The HTTP client's option to follow redirects: off.",
    ),
    "it drops the seed": Fault(
        file="wire.py",
        right='body.pop("timeout", None)',
        wrong='body.pop("timeout", None), body.pop("seed", None)',
        breaks=("request.settings", "request.together", "request.zero-is-sent"),
        promise="A setting is sent; or it stands in `ignored_settings`; or it is refused with nothing sent.",
        look="The table from our names to the provider's.",
    ),
    "it makes the ids of calls by their places": Fault(
        file="wire.py",
        right='id=call.get("id") or ""',
        wrong='id=call.get("id") or (f"call_{index}" if function.get("name") else "")',
        breaks=("answer.calls-in-pieces", "answer.ids-made"),
        promise="Two calls may share an index, an id may come late",
        look="another id under the same index is another call",
    ),
    "it tidies up arguments that are broken": Fault(
        file="wire.py",
        right='function.get("arguments") or ""',
        wrong='(function.get("arguments") or "").lstrip("[")',
        breaks=("answer.broken-arguments",),
        promise="What is no JSON object is never a crash, never ``{}``, never repaired",
        look="Where arguments are parsed",
    ),
    "it makes tokens up that nobody told": Fault(
        file="wire.py",
        right='tokens.get("prompt_tokens")',
        wrong='tokens.get("prompt_tokens", 0)',
        breaks=("answer.usage-not-told",),
        promise="None is not zero, and nothing is estimated.",
        look="Where usage is missing: None",
    ),
    "it reads the status alone": Fault(
        file="__init__.py",
        right=", CODES, key",
        wrong=", {}, key",
        breaks=("error.reason",),
        promise="A prompt that is too long or blocked, and a quota that is used up, are told apart",
        look="What of the error's body is read beside the status",
    ),
}


@attrs.frozen
class Run:
    """What a run of the contract came to."""

    exit_code: int
    said: str
    broken: tuple[str, ...]


def contract_over(adapter: Path) -> Run:
    paths = {"PYTHONPATH": str(adapter), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    run = subprocess.run(
        [*COMMAND, "-k", WANTED],
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
    assert (1, fault.breaks) == (run.exit_code, run.broken)
    [told] = [part for part in run.said.split("\nBROKEN ") if part.startswith(f"{fault.breaks[0]} ")]
    assert fault.promise in told.splitlines()[0]
    assert fault.look in told.partition("  look at: ")[2].splitlines()[0]

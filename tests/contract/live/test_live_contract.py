"""The live clauses keep quiet over an endpoint in small that keeps its promises, and each catches one that does not."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ENDPOINTS = Path(__file__).with_name("endpoints.py")
BROKEN = {
    "SaysNothing": "live.text",
    "EndsOddly": "live.finish-reason",
    "TellsNoUsage": "live.usage",
    "CountsNothing": "live.usage",
    "EndsTwice": "live.one-end",
    "EndsWithOtherWords": "live.end-agrees",
    "KnowsNoLimit": "live.length",
    "CallsNothing": "live.tool-call",
    "ChokesOnResults": "live.tool-result",
    "TellsAsyncLess": "live.colours",
    "IsStubborn": "live.cancel",
    "Lingers": "live.close",
    "Remembers": "live.close",
    "Mixes": "live.two-at-once",
    "RaisesForeigners": "live.unknown-model",
}
ALSO = {
    "SaysNothing": {"live.two-at-once"},
    "EndsTwice": set(BROKEN.values()) - {"live.cancel", "live.close", "live.two-at-once", "live.unknown-model"},
    "Lingers": {"live.cancel"},
}
"""What else must be broken."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the report of all endpoints is."""
    folder = tmp_path_factory.mktemp("live")
    plugins = ("-p", "llm_core_pytest", "-p", "no:cacheprovider", "--llm-core-report", str(folder))
    classes = ("-o", "python_classes=[A-Z]*", "-c", "/dev/null", "--rootdir", str(ENDPOINTS.parent))
    command = [sys.executable, "-m", "pytest", *plugins, *classes, "--import-mode=importlib", str(ENDPOINTS)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert 1 == done.returncode, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def contracts(folder: Path) -> Mapping[str, Sequence[dict[str, str]]]:
    """What each endpoint was seen to do, by the name of its contract."""
    document = json.loads((folder / "report.json").read_text())
    return {contract["contract"].partition(":")[2]: contract["results"] for contract in document["contracts"]}


def clauses(results: Sequence[dict[str, str]], outcome: str) -> set[str]:
    return {result["clause"] for result in results if result["outcome"] == outcome}


def test_an_endpoint_that_keeps_its_promises_passes(contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    results = contracts["KeepsAll"]

    assert {"pass"} == {result["outcome"] for result in results}
    assert set(BROKEN.values()) == clauses(results, "pass")


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_endpoint_is_caught(name: str, contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    seen = clauses(contracts[name], "fail")

    assert {BROKEN[name]} | ALSO.get(name, set()) == seen


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("AnswersToAnyName", {"live.unknown-model"}),
        ("TakesNoTools", {"live.tool-call", "live.tool-result"}),
        ("TellsAtOnce", {"live.cancel"}),
    ],
)
def test_what_cannot_be_seen_is_skipped(
    name: str, skipped: set[str], contracts: Mapping[str, Sequence[dict[str, str]]]
) -> None:
    seen = (clauses(contracts[name], "skipped"), clauses(contracts[name], "fail"))

    assert (skipped, set()) == seen


def test_a_contract_without_a_chat_says_so(contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    messages = {result["message"] for result in contracts["FillsNothing"]}

    assert {"NotImplementedError: FillsNothing must define chat(self) -> ChatPort"} == messages


def test_a_report_of_a_genuine_endpoint_holds_no_key(contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    messages = {result["message"] for result in contracts["ChokesOnResults"] if result["outcome"] == "fail"}

    assert {"LookupError: sk-****, Bearer ****"} == messages


def test_the_report_names_the_model_that_answered(folder: Path) -> None:
    contracts = json.loads((folder / "report.json").read_text())["contracts"]

    models = {contract["contract"].partition(":")[2]: contract["model"] for contract in contracts}

    assert ("small", "") == (models["KeepsAll"], models["FillsNothing"])


def test_what_was_spent_is_told_by_the_clause_that_spent_it(
    contracts: Mapping[str, Sequence[dict[str, object]]],
) -> None:
    spent = [result["usage"] for result in contracts["KeepsAll"] if result["clause"] == "live.length"]

    figures = {"input_tokens": 7, "output_tokens": 5, "cost_usd": None}

    assert 8 == len(spent)
    assert all(isinstance(usage, dict) and figures.items() <= usage.items() for usage in spent)

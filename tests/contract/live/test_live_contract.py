"""Every live clause passes over a correct endpoint, and fails over an endpoint that breaks it."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ENDPOINTS = Path(__file__).with_name("endpoints.py")
BROKEN = {
    "ReturnsBlankText": "live.text",
    "FinishesWithOther": "live.finish-reason",
    "ReportsNoUsage": "live.usage",
    "ReportsZeroOutputTokens": "live.usage",
    "YieldsStreamEndTwice": "live.one-end",
    "EndsWithOtherText": "live.end-agrees",
    "IgnoresMaxTokens": "live.length",
    "IgnoresToolChoice": "live.tool-call",
    "FailsOnToolResults": "live.tool-result",
    "DropsIdInAsyncCalls": "live.colours",
    "IgnoresCancellation": "live.cancel",
    "ClosesSlowly": "live.close",
    "HasResponseAfterClose": "live.close",
    "ReusesResponseId": "live.two-at-once",
    "RaisesLookupError": "live.unknown-model",
}
ALSO_FAILS = {
    "ReturnsBlankText": {"live.two-at-once"},
    "YieldsStreamEndTwice": set(BROKEN.values())
    - {"live.cancel", "live.close", "live.two-at-once", "live.unknown-model"},
    "ClosesSlowly": {"live.cancel"},
    "EndsWithOtherText": {"live.length", "live.tool-call", "live.tool-result"},
}
"""The other clauses that a broken endpoint fails."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the report over all endpoints."""
    folder = tmp_path_factory.mktemp("live")
    plugins = ("-p", "llm_core_pytest", "-p", "no:cacheprovider", "--llm-core-report", str(folder))
    classes = ("-o", "python_classes=[A-Z]*", "-c", "/dev/null", "--rootdir", str(ENDPOINTS.parent))
    command = [sys.executable, "-m", "pytest", *plugins, *classes, "--import-mode=importlib", str(ENDPOINTS)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert 1 == done.returncode, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def contracts(folder: Path) -> Mapping[str, Sequence[dict[str, str]]]:
    """Return the results of each endpoint, by the name of its contract class."""
    document = json.loads((folder / "report.json").read_text())
    return {contract["contract"].partition(":")[2]: contract["results"] for contract in document["contracts"]}


def clauses(results: Sequence[dict[str, str]], outcome: str) -> set[str]:
    return {result["clause"] for result in results if result["outcome"] == outcome}


def test_a_correct_endpoint_passes_every_clause(contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    results = contracts["Correct"]

    assert {"pass"} == {result["outcome"] for result in results}
    assert set(BROKEN.values()) == clauses(results, "pass")


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_endpoint_fails_the_clause_that_it_breaks(
    name: str, contracts: Mapping[str, Sequence[dict[str, str]]]
) -> None:
    failed = clauses(contracts[name], "fail")

    assert {BROKEN[name]} | ALSO_FAILS.get(name, set()) == failed


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("AcceptsAnyModelName", {"live.unknown-model"}),
        ("RefusesTools", {"live.tool-call", "live.tool-result"}),
        ("AnswersAtOnce", {"live.cancel"}),
    ],
)
def test_a_clause_that_cannot_be_observed_is_skipped(
    name: str, skipped: set[str], contracts: Mapping[str, Sequence[dict[str, str]]]
) -> None:
    outcomes = (clauses(contracts[name], "skipped"), clauses(contracts[name], "fail"))

    assert (skipped, set()) == outcomes


def test_a_contract_without_a_chat_fails_with_the_method_to_define(
    contracts: Mapping[str, Sequence[dict[str, str]]],
) -> None:
    messages = {result["message"] for result in contracts["DefinesNoChat"]}

    assert {"NotImplementedError: DefinesNoChat must define chat(self) -> ChatPort"} == messages


def test_the_report_masks_keys_in_failure_messages(contracts: Mapping[str, Sequence[dict[str, str]]]) -> None:
    messages = {result["message"] for result in contracts["FailsOnToolResults"] if result["outcome"] == "fail"}

    assert {"LookupError: sk-****, Bearer ****"} == messages


def test_the_report_names_the_model_that_answered(folder: Path) -> None:
    contracts = json.loads((folder / "report.json").read_text())["contracts"]

    models = {contract["contract"].partition(":")[2]: contract["model"] for contract in contracts}

    assert ("small", "") == (models["Correct"], models["DefinesNoChat"])


def test_the_report_attributes_usage_to_the_clause_that_caused_it(
    contracts: Mapping[str, Sequence[dict[str, object]]],
) -> None:
    usages = [result["usage"] for result in contracts["Correct"] if result["clause"] == "live.length"]

    expected = {"input_tokens": 7, "output_tokens": 5, "cost_usd": None}

    assert 8 == len(usages)
    assert all(isinstance(usage, dict) and expected.items() <= usage.items() for usage in usages)

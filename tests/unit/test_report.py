import json
from decimal import Decimal

import pytest

from llm_core import Usage
from llm_core.testing.report.cells import cell, cell_text, headline, short_cell, spent
from llm_core.testing.report.json_file import report_json
from llm_core.testing.report.page import report_page
from llm_core.testing.report.results import ContractRun, Outcome, Report, Result, worst
from llm_core.testing.report.usage_json import usage_from_text, usage_text

KEPT = Result(clause="answer.text", sentence="Words are kept.", outcome=Outcome.PASS, mode="complete", seconds=0.25)
BROKEN = Result(
    clause="answer.text",
    sentence="Words are kept.",
    outcome=Outcome.FAIL,
    mode="stream",
    variant="<i>",
    message="assert '<script>' == ''",
    look="Where & how.",
    places=["acme.py:7 in <lambda>"],
)
ONCE = Result(clause="close.break", sentence="It hangs up.", outcome=Outcome.FAIL, message="it did not")
EXPECTED = Result(clause="error.no-redirect", sentence="None.", outcome=Outcome.XFAIL, mode="stream", message="cannot")


def contract_of(*results: Result, name: str = "tests:TestAcme") -> ContractRun:
    return ContractRun(name=name, adapter="acme.chat.AcmeChat", version="acme 1.2", results=results)


def report_of(*contracts: ContractRun, stopped_early: bool = False, deselected: int = 0) -> Report:
    return Report(
        contracts=contracts,
        written="2026-01-02T03:04:05+00:00",
        llm_core="0.1.0",
        python="3.11.7",
        stopped_early=stopped_early,
        deselected=deselected,
    )


def test_the_worst_outcome_is_shown() -> None:
    outcomes = [Outcome.PASS, Outcome.REFUSED, Outcome.SKIP, Outcome.XFAIL, Outcome.FAIL]

    seen = [worst(outcomes[: count + 1]) for count in range(5)]

    assert [Outcome.PASS, Outcome.REFUSED, Outcome.SKIP, Outcome.SKIP, Outcome.FAIL] == seen


@pytest.mark.parametrize(
    ("checks", "full", "text", "short"),
    [
        ([KEPT], "✓ pass", "pass", "✓"),
        ([KEPT, KEPT], "✓ 2 pass", "2 pass", "✓ 2/2"),
        ([KEPT, BROKEN, KEPT], "✗ 1 of 3 fail", "1 of 3 fail", "✗ 1/3"),
    ],
)
def test_a_cell_shows_the_worst_outcome_and_its_count(checks: list[Result], full: str, text: str, short: str) -> None:
    seen = (cell(checks), cell_text(checks), short_cell(checks))

    assert (full, text, short) == seen


@pytest.mark.parametrize(
    ("report", "sentence", "kept"),
    [
        (report_of(contract_of(KEPT)), "Every promise is kept", True),
        (report_of(contract_of(KEPT, EXPECTED)), "Every promise is kept", True),
        (report_of(contract_of(KEPT, BROKEN, BROKEN)), "1 promise broken", False),
        (report_of(contract_of(BROKEN), contract_of(BROKEN, name="other")), "2 promises broken", False),
        (report_of(contract_of(KEPT), stopped_early=True), "Every promise is kept, but not everything ran", True),
        (report_of(), "No clause ran", False),
    ],
)
def test_the_headline_is_the_verdict(report: Report, sentence: str, *, kept: bool) -> None:
    seen = (headline(report), report.kept)

    assert (sentence, kept) == seen


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        (Usage(input_tokens=1, output_tokens=20, cost_usd=Decimal("0.00120")), "1 token in, 20 tokens out, $0.0012"),
        (Usage(), "tokens not reported in, tokens not reported out, cost not reported"),
    ],
)
def test_unreported_figures_are_shown_as_such(usage: Usage, text: str) -> None:
    seen = spent(usage)

    assert text == seen


@pytest.mark.parametrize("usage", [Usage(), Usage(input_tokens=0, output_tokens=5, cost_usd=Decimal("0.10"))])
def test_usage_survives_json(usage: Usage) -> None:
    seen = usage_from_text(usage_text(usage))

    assert usage == seen
    assert str(usage.cost_usd) == str(seen.cost_usd)


def test_the_usage_of_a_contract_is_the_sum_of_reported_usage() -> None:
    reported = Result(clause="live.text", sentence="", outcome=Outcome.PASS, usage=Usage(output_tokens=3))

    seen = (contract_of(KEPT).usage, contract_of(KEPT, reported, reported).usage)

    assert (None, Usage(output_tokens=6)) == seen


def test_the_document_holds_everything() -> None:
    spending = Result(clause="live.text", sentence="", outcome=Outcome.PASS, usage=Usage(cost_usd=Decimal("0.10")))

    seen = json.loads(report_json(report_of(contract_of(BROKEN, spending), deselected=3)))

    contract = seen["contracts"][0]
    assert (1, 3, False) == (seen["format"], seen["deselected"], seen["stopped_early"])
    assert ("acme.chat.AcmeChat", "acme 1.2") == (contract["adapter"], contract["version"])
    assert {"fail": 1, "pass": 1} == contract["counts"]
    assert "0.10" == contract["usage"]["cost_usd"]
    assert {
        "clause": "answer.text",
        "sentence": "Words are kept.",
        "mode": "stream",
        "variant": "<i>",
        "outcome": "fail",
        "message": "assert '<script>' == ''",
        "look": "Where & how.",
        "places": ["acme.py:7 in <lambda>"],
        "seconds": 0.0,
        "usage": None,
    } == contract["results"][0]


def test_the_page_shows_broken_promises_and_where_to_look() -> None:
    page = report_page(report_of(contract_of(KEPT, BROKEN, BROKEN, ONCE, EXPECTED), deselected=1))

    assert "<title>2 promises broken: AcmeChat · acme 1.2</title>" in page
    assert "<h1>✗ 2 promises broken</h1>" in page
    assert '<td class="fail" data-mode="stream"><a href="#broken-0-answer.text" data-mode="stream">✗ 2 fail</a>' in page
    assert '<article id="broken-0-answer.text">' in page
    assert "<p>Where &amp; how.</p><ul><li><code>acme.py:7 in &lt;lambda&gt;</code></li></ul>" in page
    assert "<summary>1 more like it</summary>" in page
    assert '<td class="fail" colspan="4"><a href="#broken-0-close.break">✗ fail</a></td>' in page
    assert '<span class="reason">cannot</span>' in page
    assert "<li>1 left out</li>" in page


def test_everything_on_the_page_is_escaped() -> None:
    page = report_page(report_of(contract_of(BROKEN, name="<b>")))

    assert "<script" not in page
    assert "stream · &lt;i&gt;" in page
    assert "&lt;b&gt;" in page


def test_the_page_needs_nothing_else() -> None:
    page = report_page(report_of(contract_of(KEPT, BROKEN)))

    assert not [word for word in ("http:", "https:", "src=", "url(", "@import", "<link") if word in page]


def test_what_did_not_happen_is_not_on_the_page() -> None:
    page = report_page(report_of(contract_of(KEPT)))

    assert '<div class="broken-list">' not in page
    assert 'id="show-pass"' in page
    assert 'id="show-fail"' not in page


def test_many_contracts_are_distinguished() -> None:
    spending = Result(clause="live.text", sentence="", outcome=Outcome.PASS, usage=Usage(input_tokens=3))
    silent = ContractRun(name="tests:TestSilent", adapter="", version="", results=[ONCE, spending])

    page = report_page(report_of(contract_of(KEPT, BROKEN), silent))

    assert "AcmeChat · acme 1.2, tests:TestSilent" in page
    assert "<h2>AcmeChat · acme 1.2</h2>" in page
    assert "<li>1 broken, 1 kept</li>" in page
    assert 'id="broken-1-close.break"' in page
    assert "<li>3 tokens in, tokens not reported out, cost not reported</li>" in page


def test_a_run_without_clauses_is_shown_as_such() -> None:
    page = report_page(report_of())

    assert "<h1>✗ No clause ran</h1>" in page
    assert "<fieldset" not in page

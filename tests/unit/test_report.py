import inspect
import json
from decimal import Decimal
from pathlib import Path

import pytest

from llm_core import Usage
from llm_core.testing import ChatPortContract, LiveContract
from llm_core.testing.report.areas import AREAS
from llm_core.testing.report.cells import cell, cell_text, headline, short_cell, spent
from llm_core.testing.report.comparison import became_worse, read_baseline
from llm_core.testing.report.json_file import report_json
from llm_core.testing.report.page import report_page
from llm_core.testing.report.prose import prose
from llm_core.testing.report.results import ContractRun, Outcome, Report, Result, worst
from llm_core.testing.report.usage_json import usage_from_text, usage_text
from llm_core.testing.report.worse_list import worse_lines

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
        "modes": [],
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


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`a<b>` and ``c`d``", "<code>a&lt;b&gt;</code> and <code>c`d</code>"),
        ("a ` alone, ``two``", "a ` alone, <code>two</code>"),
        ("it's `x`", "it&#x27;s <code>x</code>"),
    ],
)
def test_code_in_a_sentence_is_shown_as_code(text: str, html: str) -> None:
    assert html == prose(text)


@pytest.mark.parametrize(
    ("modes", "cells"),
    [
        (
            ("stream", "astream"),
            [
                '<td class="none" data-mode="complete">does not apply</td>',
                '<td class="none" data-mode="acomplete">does not apply</td>',
                '<td class="none" data-mode="astream">not checked</td>',
            ],
        ),
        (
            ("complete", "stream", "acomplete", "astream"),
            [
                '<td class="none" data-mode="complete">not checked</td>',
                '<td class="none" data-mode="acomplete, astream" style="--span: 2" colspan="2">not checked</td>',
            ],
        ),
        ((), ['<td class="none" data-mode="acomplete, astream" style="--span: 2" colspan="2">no check</td>']),
    ],
)
def test_an_empty_cell_says_why_it_is_empty(modes: tuple[str, ...], cells: list[str]) -> None:
    result = Result(clause="stream.x", sentence="", outcome=Outcome.PASS, mode="stream", modes=modes)

    page = report_page(report_of(contract_of(result)))

    assert [] == [cell for cell in cells if cell not in page]


def test_a_group_is_explained_and_a_promise_has_a_link() -> None:
    page = report_page(report_of(contract_of(BROKEN)))

    assert f'<span class="about">{AREAS["answer"]}</span></caption>' in page
    assert '<tr id="promise-0-answer.text">' in page
    assert '<a href="#promise-0-answer.text">All checks of this promise</a>' in page


@pytest.mark.parametrize("contract", [ChatPortContract, LiveContract])
def test_every_group_of_clauses_is_explained(contract: type) -> None:
    ids = [getattr(value, "clause_id", "own.x") for _, value in inspect.getmembers(contract)]

    assert set() == {clause.partition(".")[0] for clause in ids} - set(AREAS)


BEFORE = {
    ("tests:TestAcme", "answer.text", "stream", "<i>"): Outcome.PASS,
    ("tests:TestAcme", "error.no-redirect", "stream", ""): Outcome.PASS,
    ("tests:TestAcme", "close.break", "-", ""): Outcome.FAIL,
    ("tests:TestAcme", "close.twice", "-", ""): Outcome.PASS,
    ("tests:TestOther", "close.twice", "-", ""): Outcome.PASS,
}


@pytest.mark.parametrize(("deselected", "gone"), [(0, ["close.twice"]), (1, [])])
def test_what_became_worse_is_found(deselected: int, gone: list[str]) -> None:
    report = report_of(contract_of(BROKEN, EXPECTED, ONCE), deselected=deselected)

    seen = list(became_worse(report, BEFORE))

    assert ["answer.text", "error.no-redirect", *gone] == [check.clause for check in seen]
    assert [
        "worse than in old.json: answer.text (stream · <i>): pass, now fail",
        "worse than in old.json: error.no-redirect (stream): pass, now xfail",
        *(f"worse than in old.json: {clause} (once): pass, now not checked" for clause in gone),
    ] == list(worse_lines(seen, "old.json"))


def test_the_page_and_the_document_show_what_became_worse() -> None:
    report = report_of(contract_of(BROKEN, EXPECTED, ONCE))
    worse = list(became_worse(report, BEFORE))

    page, document = report_page(report, worse, "<old>.json"), json.loads(report_json(report, worse))

    assert "<h2>3 checks worse than in &lt;old&gt;.json</h2>" in page
    assert '<li><a href="#promise-0-answer.text">answer.text</a> <span>(stream · &lt;i&gt;): pass, now fail</' in page
    assert "<li><code>close.twice</code> <span>(once): pass, now not checked</span></li>" in page
    assert [("answer.text", "pass", "fail"), ("close.twice", "pass", None)] == [
        (check["clause"], check["before"], check["now"]) for check in document["worse"][::2]
    ]


def test_where_nothing_is_worse_the_report_says_so() -> None:
    report = report_of(contract_of(KEPT))

    assert "<h2>Nothing is worse than in old.json</h2>" in report_page(report, [], "old.json")
    assert ["nothing is worse than in old.json"] == list(worse_lines([], "old.json"))
    assert '<section class="worse">' not in report_page(report)
    assert json.loads(report_json(report))["worse"] is None


def test_a_baseline_is_the_document_of_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(report_json(report_of(contract_of(BROKEN))))

    seen = read_baseline(tmp_path / "report.json")

    assert {("tests:TestAcme", "answer.text", "stream", "<i>"): Outcome.FAIL} == seen


@pytest.mark.parametrize("text", [None, "{", "[]", '{"contracts": [{}]}', '{"contracts": 7}'])
def test_another_file_is_no_baseline(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "report.json").write_text(text)

    with pytest.raises(ValueError, match="not a report" if text else "No such file"):
        read_baseline(tmp_path / "report.json")


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

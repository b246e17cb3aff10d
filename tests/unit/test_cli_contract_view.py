import io

from llm_core import Usage
from llm_core.cli.console import Screen
from llm_core.cli.contract_view import show
from llm_core.testing.report.results import ContractRun, Outcome, Report, Result


def test_what_was_spent_is_summed() -> None:
    result = Result(clause="live.text", sentence="", outcome=Outcome.PASS, usage=Usage(input_tokens=3, output_tokens=1))
    contract = ContractRun(name="tests:TestAcme", adapter="", version="", model="acme/m", results=[result] * 2)
    report = Report(contracts=[contract], written="", llm_core="0.1.0", python="3.11.7")
    out = io.StringIO()

    show(report, Screen(out, io.StringIO()), None)

    assert [
        "live.text\t2 pass\t\t\t\t",
        "tests:TestAcme (acme/m): 2 kept",
        "6 tokens in, 2 tokens out, cost not reported",
        "Every promise is kept",
    ] == out.getvalue().splitlines()

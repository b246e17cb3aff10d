"""The command that prints how a lane reads recorded exchanges."""

import pytest

from . import report
from .exchanges import VARIABLE


@pytest.mark.call_lane
def test_the_report_counts_exchanges_and_lists_differences_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--own", "--lane", "call", "--id", "own-oll-01", "own-oll-03"]

    report.main(arguments)

    table, differing = capsys.readouterr().out.split("\n\n")
    assert ["127.0.0.1:11434", "ollama_chat", "2", "1", "1", "0", "raw_finish", "1"] == table.splitlines()[1].split()
    assert "own-oll-01 raw_finish (complete/whole, acomplete/whole)" in differing
    assert 'expected "stop"' in differing
    assert 'seen     "tool_calls"' in differing


def test_without_a_folder_the_report_exits_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    with pytest.raises(SystemExit, match=VARIABLE):
        report.main([])

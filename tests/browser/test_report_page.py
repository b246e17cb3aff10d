"""The report page in a real browser: the important parts are visible, also in a narrow window."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from llm_core.testing.report.page import report_page
from llm_core.testing.report.results import ContractRun, Outcome, Report, Result

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
MEASURES = """
<script>
const box = document.getElementById.bind(document);
const shown = element => element.getClientRects().length > 0;
const luminance = color => color.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
  .map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
  .reduce((sum, x, i) => sum + x * [.2126, .7152, .0722][i], 0);
const contrast = (one, other) => (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
addEventListener("load", () => {
  const cell = document.querySelector("td.fail"), link = cell.querySelector("a"), filter = box("show-pass");
  const seen = {
    headline: document.querySelector("h1").innerText,
    cell: cell.innerText,
    label: getComputedStyle(link, "::before").content,
    visible: shown(link),
    contrast: contrast(luminance(getComputedStyle(cell).backgroundColor), luminance(getComputedStyle(link).color)),
    overflow: document.documentElement.scrollWidth - innerWidth,
    first: document.querySelector("article").getBoundingClientRect().top,
    target: shown(document.querySelector(link.getAttribute("href").replace(/\\./g, "\\\\."))),
    kept: shown(document.querySelector(".worst-pass")),
  };
  filter.focus();
  seen.focused = document.activeElement === filter;
  filter.click();
  seen.kept_after_filter = shown(document.querySelector(".worst-pass"));
  seen.broken_after_filter = shown(link);
  const output = document.createElement("pre");
  output.id = "seen";
  output.textContent = JSON.stringify(seen);
  document.body.append(output);
});
</script>
"""
REPORT = Report(
    contracts=[
        ContractRun(
            name="tests.contract.test_acme:TestAcmeChat",
            adapter="acme.chat.AcmeChat",
            version="acme 1.2",
            results=[
                Result(clause="answer.text", sentence="Text is kept.", outcome=Outcome.PASS, mode="complete"),
                Result(
                    clause="stream.break-is-an-error",
                    sentence="An answer that breaks off is never a short success.",
                    outcome=Outcome.FAIL,
                    mode="astream",
                    variant="drip",
                    message="assert " + "a-word-that-never-ends" * 20,
                    places=["/a/path/" + "deeper/" * 20 + "chat.py:7 in stream"],
                ),
            ],
        )
    ],
    written="2026-01-02T03:04:05+00:00",
    llm_core="0.1.0",
    python="3.11.7",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")


def measured(tmp_path: Path, width: int) -> dict[str, object]:
    """Return what is visible of the page in a window of *width* pixels."""
    page = tmp_path / "report.html"
    page.write_text(report_page(REPORT).replace("</body>", f"{MEASURES}</body>"), encoding="utf-8")
    window = [f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
    command = [str(CHROMIUM), *OPTIONS, *window, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    output = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)
    assert output is not None, done.stderr
    seen: dict[str, object] = json.loads(unescape(output[1]))
    return seen


@pytest.mark.parametrize(("width", "label"), [(1400, "none"), (420, '"astream"'), (375, '"astream"')])
def test_the_failed_cell_is_visible(width: int, label: str, tmp_path: Path) -> None:
    seen = measured(tmp_path, width)

    assert "✗ 1 promise broken" == seen["headline"]
    assert ("✗ fail", True, label) == (seen["cell"], seen["visible"], seen["label"])
    assert isinstance(seen["contrast"], float)
    assert seen["contrast"] >= 4.5  # the minimum for text in WCAG
    assert isinstance(seen["first"], float | int)
    assert 0 < seen["first"] < 900  # the list of failures begins in the first screen
    assert seen["target"]
    assert 0 == seen["overflow"]


def test_the_filter_hides_only_kept_promises(tmp_path: Path) -> None:
    seen = measured(tmp_path, 1200)

    assert (True, True) == (seen["kept"], seen["focused"])
    assert (False, True) == (seen["kept_after_filter"], seen["broken_after_filter"])

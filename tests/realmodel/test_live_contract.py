"""The live contract over a real language model, run from the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from local_model.server import ALIAS, local_model

from llm_core.env_settings import VARIABLES

pytestmark = [
    pytest.mark.realmodel,
    pytest.mark.skipif(os.environ.get("LLM_CORE_SKIP_REALMODEL") == "1", reason="LLM_CORE_SKIP_REALMODEL=1"),
]


def test_a_real_model_keeps_every_live_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    command = [sys.executable, "-m", "llm_core", "contract", "--live", "--model", f"openai/{ALIAS}", "--report", "."]

    with local_model() as address:
        monkeypatch.setenv("LITELLM_API_BASE", f"{address}/v1")
        monkeypatch.setenv("LITELLM_API_KEY", "none")
        monkeypatch.setenv("LITELLM_MAX_TOKENS", "96")
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    contract = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["contracts"][0]
    assert "llm_core.adapters.litellm.chat.LiteLLMChat" == contract["adapter"]
    assert ALIAS == contract["model"]
    assert {"pass", "skipped"} == set(contract["counts"])
    assert {"live.unknown-model"} == {
        result["clause"] for result in contract["results"] if result["outcome"] == "skipped"
    }
    assert contract["usage"]["input_tokens"] > contract["usage"]["output_tokens"] > 0
    assert f"{contract['usage']['output_tokens']} tokens out, cost not reported\n" in done.stdout
    assert "<h1>✓ Every promise is kept</h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")

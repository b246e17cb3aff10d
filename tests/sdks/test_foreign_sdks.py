"""`llm-core fake-provider` serves the SDKs of two providers: `make sdks` installs them, and runs this."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SDKS = HERE.parents[1] / ".venv" / "peers" / "sdks" / "bin" / "python"
SCENARIOS = ("fails=429", "cut-after=3", "replies=It is me, the fake.")
LOOPBACK = {"PATH": os.environ.get("PATH", ""), "NO_PROXY": "*"}

pytestmark = pytest.mark.skipif(not SDKS.exists(), reason="the SDKs are not installed: `make sdks` does it")


@contextmanager
def fake_provider(*options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield the address of the program, and its process."""
    command = [sys.executable, "-m", "llm_core", "fake-provider", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1], process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("sdk", "dialect", "path", "broken"),
    [
        ("openai", "openai_chat", "/v1/chat/completions", {"APIConnectionError", "RemoteProtocolError", "APIError"}),
        ("anthropic", "anthropic_messages", "/v1/messages", {"APIConnectionError", "RemoteProtocolError", "APIError"}),
    ],
)
def test_an_sdk_meets_each_scenario_in_turn(sdk: str, dialect: str, path: str, broken: set[str]) -> None:
    scenarios = [option for scenario in SCENARIOS for option in ("--scenario", scenario)]
    with fake_provider("--dialect", dialect, *scenarios) as (url, process):
        client = [str(SDKS), str(HERE / "clients.py"), sdk, url]
        done = subprocess.run(client, capture_output=True, text=True, timeout=60, check=True, env=LOOPBACK)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)

    limited, cut, answered = json.loads(done.stdout)
    assert ("RateLimitError", "It is me, the fake.") == (limited, answered)
    assert cut in broken
    assert (0, "") == (process.returncode, err)
    assert [
        f"{number}  POST {path}  any-model, 1 message, stream, 'Who is there?'  -> {what}"
        for number, what in enumerate(("fails with 429", "cut after 3", "replies"), 1)
    ] == out.splitlines()

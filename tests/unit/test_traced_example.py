"""examples/traced.py prints the spans of two calls, one of which was tried twice."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "examples" / "traced.py"
COMMON = "  chat fake-1 gen_ai.provider.name='fake' gen_ai.request.stream=True"


def test_the_example_prints_a_span_for_each_attempt() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60, check=False)

    answered = f"{COMMON} gen_ai.response.finish_reasons=('stop',)"
    spans = [f"{COMMON} error.type='RateLimitError'", answered, answered, "agent "]
    assert ("", spans) == (done.stderr, done.stdout.splitlines())

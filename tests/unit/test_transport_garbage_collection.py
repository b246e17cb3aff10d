"""Streams that nobody closed, and a collector that comes for them at the worst of times."""

import subprocess
import sys

import pytest

from llm_core.testing import FakeProvider, Recorder, Replies

# The collector runs at the n-th object that a call makes: at one n after the other, so that it also runs where the
# pool of connections is at work. What it finds is a stream that was begun, in a cycle of references.
SCRIPT = """
import gc, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

chat = LiteLLMChat("openai/x", api_key="k", api_base=sys.argv[1])
ask = ChatRequest(messages=[UserMessage("hi")])
chat.complete(ask)
gc.disable()
gc.collect()
gc.freeze()

def abandon():
    stream = chat.stream(ask)
    next(stream)
    cycle = [stream]
    cycle.append(cycle)

for count in range(100, 400):
    abandon()
    gc.set_threshold(count, 1000, 1000)
    gc.enable()
    assert chat.complete(ask).text == "Hello."
    gc.disable()
    gc.collect()

chat.close()
print("all answered")
"""


@pytest.mark.slow  # imports LiteLLM in a process of its own
def test_a_stream_that_is_collected_while_the_pool_is_at_work_does_not_wait_for_it() -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, f"{fake_provider.url}/v1"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        freed = recorder.all_freed()

    assert ("all answered\n", "") == (done.stdout, done.stderr)
    assert (601, True) == (recorder.count, freed)

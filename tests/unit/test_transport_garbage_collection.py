"""Streams that the caller never closed, garbage-collected while the connection pool is in use."""

import subprocess
import sys

import pytest

from llm_core.testing import FakeProvider, Recorder, Replies

# The collector runs at the n-th object that a call creates, for n from 100 to 399, so that it also runs inside the
# connection pool. It finds a stream that was begun, in a reference cycle. In one of these places the pool forgets the
# connection, and the collector itself closes its socket, with a ResourceWarning that Python does not show by default.
SCRIPT = """
import gc, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat

chat = DirectChat("openai/x", api_key="k", api_base=sys.argv[1])
request = ChatRequest(messages=[UserMessage("hi")])
chat.complete(request)
gc.disable()
gc.collect()
gc.freeze()

def abandon():
    stream = chat.stream(request)
    next(stream)
    cycle = [stream]
    cycle.append(cycle)

for count in range(100, 400):
    abandon()
    gc.set_threshold(count, 1000, 1000)
    gc.enable()
    assert chat.complete(request).text == "Hello."
    gc.disable()
    gc.collect()

chat.close()
print("all answered")
"""


@pytest.mark.slow  # 600 calls in a process of its own
def test_garbage_collecting_a_stream_while_the_pool_is_locked_does_not_deadlock() -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, f"{fake_provider.url}/v1"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        freed = recorder.all_freed()

    assert ("all answered\n", "") == (done.stdout, done.stderr)
    assert (601, True) == (recorder.count, freed)

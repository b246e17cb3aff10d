"""`close` of a stream of `InMemoryChat` while another thread waits for its delayed events."""

import threading
import time

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.memory import Delayed, InMemoryChat

REQUEST = ChatRequest(messages=[UserMessage("hi")])


def test_a_close_from_another_thread_ends_the_wait_for_a_delayed_answer() -> None:
    chat = InMemoryChat([Delayed("late", seconds=20.0)])
    stream = chat.stream(REQUEST)
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.extend(stream))
    began = time.monotonic()
    reader.start()
    chat.wait_until_called()

    stream.close()
    reader.join(10)

    assert time.monotonic() - began < 10
    assert [] == seen

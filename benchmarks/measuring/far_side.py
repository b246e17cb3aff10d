"""A provider on loopback in a process of its own, so that its CPU time is not counted as the caller's."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MODEL = "openai/gpt-4o-mini"  # has a price, as models in use have
KEY = "sk-none"
CHUNKS = 200


@contextmanager
def running_far_side() -> Iterator[str]:
    """Yield the address of a far side that answers every request in `CHUNKS` chunks, or all of them at once."""
    command = (sys.executable, "-m", "benchmarks.measuring.far_side")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own module
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the far side did not start"
        yield f"{url}/v1"
        process.communicate()


def _serve() -> None:
    from llm_core.testing import FarSide, Recorder, Replies
    from llm_core.testing.dialects.openai_chat import OpenAIChat

    text = "".join(f"{number:03} " for number in range(CHUNKS))
    with FarSide(Replies(text=text, chunk_size=4), OpenAIChat(), Recorder()) as far_side:
        print(far_side.url, flush=True)
        sys.stdin.read()  # until the caller closes it, or is gone


if __name__ == "__main__":
    _serve()

"""Run llmock with a random seed until stdin closes, as when the parent ends: ``launch_llmock.py SEED ...``."""

import importlib
import os
import random
import sys
import threading


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    random.seed(int(sys.argv.pop(1)))
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    importlib.import_module("llmock.cli").app()

"""The child process: llama.cpp's server in this process, for as long as standard input stays open."""

import argparse
import os
import sys
from pathlib import Path

TEMPLATE = Path(__file__).with_name("chat_template.jinja")
CONTEXT = 4096  # tokens, for all slots together


def main() -> None:
    """Serve the model until stdin closes, which also happens when the parent process ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", required=True, help="the .gguf file")
    parser.add_argument("--alias", required=True, help="the model name in requests")
    parser.add_argument("--port", required=True, type=int)
    arguments = parser.parse_args()

    _server = _serve(arguments.model, arguments.alias, arguments.port)  # the reference keeps the server running
    sys.stdin.read()
    os._exit(0)  # an orderly shutdown would take seconds


def _serve(model: str, alias: str, port: int) -> object:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = model, [alias]
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.use_jinja, params.chat_template = True, TEMPLATE.read_text(encoding="utf-8")
    params.offline, params.ui = True, False
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = 1  # two threads on busy cores are ten times slower than one
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()

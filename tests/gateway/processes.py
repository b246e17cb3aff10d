"""Server programs as child processes on free loopback ports; each is ended by its process id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

_STEP = 0.1  # seconds between two looks
_TO_END = 10.0  # seconds that a process gets to end by itself
_TAIL = 2_000  # characters of a log in a message


class NotStartedError(Exception):
    """A server ended, or does not answer in time; the message has the end of its log."""


@attrs.frozen
class Server:
    """A program that runs, its port of 127.0.0.1, and the file that its output goes to."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def wait(self, ready: Callable[[int], bool], timeout: float) -> None:
        """Return once *ready* is True for its port. Raises NotStartedError after *timeout* seconds, or if it ended."""
        deadline = time.monotonic() + timeout
        while not ready(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                why = f"is not ready after {timeout:.0f} s" if self.process.poll() is None else "has ended"
                raise NotStartedError(f"{self.log.stem} {why}: {self.log.read_text(errors='replace')[-_TAIL:]}")
            time.sleep(_STEP)

    def kill(self) -> None:
        """End it at once, as a machine that fails does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def server(command: Sequence[str], *, port: int, log: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start *command*, which is to listen on *port*; end it by its process id.

    It has a session of its own, so that Ctrl-C reaches this process alone, which then ends it.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield Server(process, port, log)
        finally:
            _end(process)


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def ending_on_signals() -> Iterator[ExitStack]:
    """Yield a stack of what runs; Ctrl-C and SIGTERM end it, also where a shell in the background ignores Ctrl-C."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with ExitStack() as stack:
            yield stack
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without keys, proxies and settings of this process, and with *more*."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | more


def _interrupt(_: int, __: object) -> None:
    raise KeyboardInterrupt


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

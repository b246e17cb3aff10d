"""The audit against advisory services of our own on loopback: silent, refused, and with something to tell."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .audit import LOCK, audit, main

PYTHON = LOCK.parents[1] / ".venv-audit" / "bin" / "python"
BAD = {"id": "TEST-2026-1", "summary": "It bites.", "affected": [], "modified": "2026-01-01T00:00:00Z"}
PINNED = "attrs==25.4.0 --hash=sha256:" + "0" * 64


@contextmanager
def service(answer: dict[str, object], status: int = 200) -> Iterator[str]:
    """Yield the address of an advisory service that tells everyone *answer*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address on loopback that refuses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but nobody listens
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1/query"


def test_a_service_that_cannot_be_reached_is_skipped_by_name(nobody: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--service", nobody])

    written = capsys.readouterr().out
    assert 0 == code
    assert written.startswith(f"skipped: the advisory service {nobody} cannot be reached from here: ")
    assert "refused" in written


def test_a_service_that_only_fails_is_skipped_too(capsys: pytest.CaptureFixture[str]) -> None:
    with service({}, status=503) as address:
        code = main(["--service", address])

    assert 0 == code
    assert "HTTP Error 503" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1])
def test_where_it_answers_the_verdict_is_the_tools(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    called: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        called.append(command)
        return code

    with service({}) as address:
        seen = audit(address, LOCK, run)

    assert code == seen
    assert [(str(LOCK), address)] == [(words[4], words[words.index("--osv-url") + 1]) for words in called]
    assert "" == capsys.readouterr().out


@pytest.mark.skipif(not PYTHON.exists(), reason="pip-audit is not installed: make audit")
@pytest.mark.parametrize(("answer", "code", "shown"), [({}, 0, "No known"), ({"vulns": [BAD]}, 1, "TEST-2026-1")])
def test_the_tool_fails_on_an_advisory_and_on_nothing_else(
    answer: dict[str, object], code: int, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "lock.txt").write_text(PINNED)

    with service(answer) as address:
        words = [str(PYTHON), "-m", "tests.supply.audit", "--service", address, "--lock", str(tmp_path / "lock.txt")]
        done = subprocess.run(words, cwd=LOCK.parents[1], capture_output=True, text=True, timeout=60, check=False)

    assert code == done.returncode, done.stderr
    assert shown in done.stdout + done.stderr

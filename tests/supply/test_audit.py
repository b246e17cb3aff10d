"""Tests of the audit against local advisory services: unreachable, failing, without and with an advisory."""

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
BAD = {"id": "TEST-2026-1", "summary": "A test advisory.", "affected": [], "modified": "2026-01-01T00:00:00Z"}
PINNED = "attrs==25.4.0 --hash=sha256:" + "0" * 64


@contextmanager
def service(answer: dict[str, object], status: int = 200) -> Iterator[str]:
    """Yield the URL of an advisory service that answers every request with *answer*."""

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
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture
def closed_port_url() -> Iterator[str]:
    """The URL of a port on loopback that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound, but not listening
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1/query"


def test_the_audit_is_skipped_if_the_service_refuses_the_connection(
    closed_port_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--service", closed_port_url])

    written = capsys.readouterr().out
    assert 0 == code
    assert written.startswith(f"skipped: the advisory service {closed_port_url} cannot be reached from here: ")
    assert "refused" in written


def test_the_audit_is_skipped_if_the_service_returns_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with service({}, status=503) as url:
        code = main(["--service", url])

    assert 0 == code
    assert "HTTP Error 503" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_is_that_of_the_tool_if_the_service_answers(
    code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        called.append(command)
        return code

    with service({}) as url:
        seen = audit(url, LOCK, run)

    assert code == seen
    assert [(str(LOCK), url)] == [(command[4], command[command.index("--osv-url") + 1]) for command in called]
    assert "" == capsys.readouterr().out


@pytest.mark.skipif(not PYTHON.exists(), reason="pip-audit is not installed: make audit")
@pytest.mark.parametrize(("answer", "code", "shown"), [({}, 0, "No known"), ({"vulns": [BAD]}, 1, "TEST-2026-1")])
def test_the_tool_fails_only_if_there_is_an_advisory(
    answer: dict[str, object], code: int, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "lock.txt").write_text(PINNED)

    with service(answer) as url:
        command = [str(PYTHON), "-m", "tests.supply.audit", "--service", url, "--lock", str(tmp_path / "lock.txt")]
        finished = subprocess.run(command, cwd=LOCK.parents[1], capture_output=True, text=True, timeout=60, check=False)

    assert code == finished.returncode, finished.stderr
    assert shown in finished.stdout + finished.stderr

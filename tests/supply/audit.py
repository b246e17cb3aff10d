"""Call the advisory service OSV about every locked package, by pip-audit; skipped by name where it cannot be reached.

``python -m tests.supply.audit``, in an environment that has pip-audit.
"""

import argparse
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements" / "dev.txt"
SERVICE = "https://api.osv.dev/v1/query"
PATIENCE = 10.0  # seconds
# Advisories that do not concern us, by id, each with the reason.
IGNORED: Mapping[str, str] = {}


def why_unreachable(service: str) -> str | None:
    """Return why *service* gives no answer; None where it does."""
    asked = urllib.request.Request(service, b'{"package": {"ecosystem": "PyPI", "name": "attrs"}, "version": "25.4.0"}')  # noqa: S310 -- an address of our own
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 -- as above
            answer.read()
    except (OSError, HTTPException) as error:  # the latter: whatever answers there does not speak HTTP
        return str(error) or type(error).__name__
    return None


def command(service: str, lock: Path) -> list[str]:
    """Return the call of pip-audit: every version is locked, so nothing is resolved."""
    ignored = [word for advisory in IGNORED for word in ("--ignore-vuln", advisory)]
    asked = ["--vulnerability-service", "osv", "--osv-url", service, "--disable-pip", "--progress-spinner", "off"]
    return [sys.executable, "-m", "pip_audit", "--requirement", str(lock), *asked, *ignored]


def audit(service: str, lock: Path, run: Callable[[Sequence[str]], int]) -> int:
    """Return what *run* makes of the call of pip-audit, or 0 and say so where *service* cannot be reached."""
    why = why_unreachable(service)
    if why is not None:
        sys.stdout.write(f"skipped: the advisory service {service} cannot be reached from here: {why}\n")
        return 0
    return run(command(service, lock))


def main(words: Sequence[str] | None = None) -> int:
    """Audit the lock; return 1 where an advisory concerns it."""
    parser = argparse.ArgumentParser(description="Ask for advisories about every locked package.")
    parser.add_argument("--service", default=SERVICE)
    parser.add_argument("--lock", type=Path, default=LOCK)
    told = parser.parse_args(words)
    return audit(told.service, told.lock, lambda call: subprocess.run(call, check=False).returncode)


if __name__ == "__main__":
    sys.exit(main())

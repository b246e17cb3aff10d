"""Run pip-audit over every locked package against the advisory service OSV; skip it if OSV cannot be reached.

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
# Advisories that do not affect this project, by id, each with the reason.
IGNORED: Mapping[str, str] = {}


def why_unreachable(service: str) -> str | None:
    """Return why *service* does not answer, or None if it does."""
    query = b'{"package": {"ecosystem": "PyPI", "name": "attrs"}, "version": "25.4.0"}'
    request = urllib.request.Request(service, query)  # noqa: S310 -- a URL of this module
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 -- as above
            answer.read()
    except (OSError, HTTPException) as error:  # HTTPException: the reply is not HTTP
        return str(error) or type(error).__name__
    return None


def command(service: str, lock: Path) -> list[str]:
    """Return the command line of pip-audit; all versions are locked, so nothing is resolved."""
    ignored = [argument for advisory in IGNORED for argument in ("--ignore-vuln", advisory)]
    flags = ["--vulnerability-service", "osv", "--osv-url", service, "--disable-pip", "--progress-spinner", "off"]
    return [sys.executable, "-m", "pip_audit", "--requirement", str(lock), *flags, *ignored]


def audit(service: str, lock: Path, run: Callable[[Sequence[str]], int]) -> int:
    """Return the exit code of pip-audit under *run*; if *service* cannot be reached, print why and return 0."""
    why = why_unreachable(service)
    if why is not None:
        sys.stdout.write(f"skipped: the advisory service {service} cannot be reached from here: {why}\n")
        return 0
    return run(command(service, lock))


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the lock; return 1 if an advisory affects it."""
    parser = argparse.ArgumentParser(description="Check every locked package for advisories.")
    parser.add_argument("--service", default=SERVICE)
    parser.add_argument("--lock", type=Path, default=LOCK)
    options = parser.parse_args(arguments)
    return audit(options.service, options.lock, lambda line: subprocess.run(line, check=False).returncode)


if __name__ == "__main__":
    sys.exit(main())

"""Run pytest, and what failed once more, alone: ``python .ci/run_tests.py [--coverage] ARGUMENTS OF PYTEST``.

The suite has thousands of tests with sockets, threads and time limits, which a busy machine can break. A test that
fails twice fails the run; one that passes alone is named as unstable. More than five failures are not run again.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

_TESTS_FAILED = 1  # exit code of pytest
_AT_MOST = 5


def main(arguments: list[str]) -> int:
    """Run pytest, once or twice, and return its exit code."""
    is_covered = arguments[:1] == ["--coverage"]
    command = [sys.executable, "-m", *(["coverage", "run", "-m"] if is_covered else []), "pytest", "--quiet"]
    command += arguments[1:] if is_covered else arguments
    with tempfile.TemporaryDirectory() as cache:
        command += ["-o", f"cache_dir={cache}"]
        code = subprocess.run(command, check=False).returncode
        failed = _failed_tests(Path(cache)) if code == _TESTS_FAILED else []
        if not failed or len(failed) > _AT_MOST:
            return code
        print("\n=== Once more, alone:", *failed, sep="\n    ", flush=True)
        code = subprocess.run([*command, "-n", "0", "--last-failed"], check=False).returncode
    if code == 0:
        print("\n=== UNSTABLE: failed beside other tests, passed alone:", *failed, sep="\n    ", flush=True)
    return code


def _failed_tests(cache: Path) -> list[str]:
    path = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(path.read_text())) if path.is_file() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

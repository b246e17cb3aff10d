"""The short form of the soak (`make soak` is the whole): in a process of its own, for it forks and counts."""

import os
import signal
import subprocess
import sys

_COMMAND = (sys.executable, "-m", "tests.soak.run", "--calls", "600", "--streams", "150", "--seconds", "90")
_PATIENCE = 120  # seconds
# Coverage takes a lock for every new module, and a fork that copies it locked would wait for ever.
_UNCOVERED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def test_every_call_of_many_ends_in_its_own_way_and_nothing_is_left_behind() -> None:
    ended = subprocess.run(_COMMAND, env=_UNCOVERED, capture_output=True, text=True, timeout=_PATIENCE, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("as it should be\n")


def test_ctrl_c_leaves_a_summary_and_no_process() -> None:
    with subprocess.Popen(
        _COMMAND, env=_UNCOVERED, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as soak:
        assert soak.stderr is not None
        first = soak.stderr.readline()
        children = _children_of(soak.pid)
        soak.send_signal(signal.SIGINT)
        said, _ = soak.communicate(timeout=_PATIENCE)

    assert first.startswith("round ")
    assert soak.returncode == 130
    assert "seed 1" in said
    assert said.endswith("interrupted\n")
    assert children
    assert [] == [child for child in children if _is_alive(child)]


def _children_of(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as told:  # noqa: PTH123 -- a file of the kernel's
        return [int(child) for child in told.read().split()]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

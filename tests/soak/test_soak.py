"""Two short soaks (`make soak` runs the full ones), in processes of their own, since they count resources."""

import os
import signal
import subprocess
import sys

_COMMAND = (sys.executable, "-m", "tests.soak.run", "--calls", "600", "--streams", "150", "--seconds", "90")
_STACK = (sys.executable, "-m", "tests.soak.run_stack", "--calls", "400", "--seconds", "100")
_TIMEOUT = 120  # seconds
_STACK_TIMEOUT = 240  # seconds; most of them are waits for timeouts and for the next attempt
# Coverage takes a lock for every new module; a fork that copies the locked lock would wait for ever.
_UNCOVERED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def test_every_call_ends_as_expected_and_no_resource_is_leaked() -> None:
    ended = subprocess.run(_COMMAND, env=_UNCOVERED, capture_output=True, text=True, timeout=_TIMEOUT, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("no problems\n")


def test_every_call_through_the_stack_of_wrappers_ends_as_expected_and_nothing_is_left_behind() -> None:
    ended = subprocess.run(_STACK, env=_UNCOVERED, capture_output=True, text=True, timeout=_STACK_TIMEOUT, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("no problems\n")


def test_ctrl_c_prints_a_summary_and_leaves_no_process() -> None:
    with subprocess.Popen(
        _COMMAND, env=_UNCOVERED, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as soak:
        assert soak.stderr is not None
        first = soak.stderr.readline()
        children = _children_of(soak.pid)
        soak.send_signal(signal.SIGINT)
        output, _ = soak.communicate(timeout=_TIMEOUT)

    assert first.startswith("round ")
    assert soak.returncode == 130
    assert "seed 1" in output
    assert output.endswith("interrupted\n")
    assert children
    assert [] == [child for child in children if _is_alive(child)]


def _children_of(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as children:  # noqa: PTH123 -- a kernel file
        return [int(child) for child in children.read().split()]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

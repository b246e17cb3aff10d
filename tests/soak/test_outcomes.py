"""The comparison of the stack's soak finds a call that did not end as the provider behaved, and a tape that differs."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from llm_core import AssistantMessage, ChatResponse, ServerError, Usage

from .behaviours import Behaviour, behaviours_of_attempts, may_time_out
from .outcomes import ANSWER, Comparison, Outcome, Outcomes, taped_ends
from .stack import stack_over

_SEED = 1
_NUMBER = next(number for number in range(100) if not may_time_out(number, _SEED))
_OK, _FAILS, _CUT = Behaviour.ANSWER, Behaviour.FAILS, Behaviour.CUT
_ANSWERED, _FAILED = Outcome("complete", ANSWER, 0), Outcome("complete", "ServerError", 3)
_BROKE = Outcome("stream", "StreamInterruptedError", 1)
_SIX = ["ServerError"] * 6

RIGHT: dict[str, tuple[Sequence[Outcome], Sequence[Behaviour], Sequence[str]]] = {
    "an answer": ([_ANSWERED], [_OK], [ANSWER]),
    "an answer after a fault": ([_ANSWERED], [_FAILS, _OK], ["ServerError", ANSWER]),
    "one chat rests, the other fails": ([_FAILED], [_FAILS] * 3, _SIX[:3]),
    "both chats fail": ([Outcome("complete", "ServerError", 6)], [_FAILS] * 6, _SIX),
    "a stream breaks": ([_BROKE], [_CUT], ["StreamInterruptedError"]),
    "a repeated call": ([_ANSWERED, _ANSWERED], [_OK], [ANSWER]),
    "cancelled before it was taped": ([Outcome("", "cancelled", 0)], [_OK], []),
}
WRONG: dict[str, tuple[Sequence[Outcome], Sequence[Behaviour], Sequence[str]]] = {
    "an answer that was not served": ([_ANSWERED], [_FAILS], ["ServerError"]),
    "more answers on the tape than were served": ([_ANSWERED], [_OK], [ANSWER, ANSWER]),
    "no attempt ended so": ([Outcome("complete", "BadResponseError", 3)], [_FAILS] * 3, _SIX[:3]),
    "the tape differs from what was served": ([_ANSWERED], [_FAILS, _OK], [ANSWER]),
    "equal requests made more than one call": ([_ANSWERED, _ANSWERED], [_OK, _OK], [ANSWER, ANSWER]),
    "another attempt after an answer": ([_ANSWERED], [_OK, _OK], [ANSWER, ANSWER]),
    "the end is not that of the last attempt": (
        [_FAILED],
        [_FAILS, _FAILS, _CUT],
        [*_SIX[:2], "StreamInterruptedError"],
    ),
    "1 errors": ([Outcome("complete", "ServerError", 1)], [_FAILS] * 3, _SIX[:3]),
    "attempts are missing": ([Outcome("complete", "ServerError", 2)], [_FAILS] * 2, _SIX[:2]),
}


def _problems(outcomes: Sequence[Outcome], served: Sequence[Behaviour], taped: Sequence[str]) -> list[str]:
    compared = Comparison(_SEED, {_NUMBER: [*outcomes]}, {_NUMBER: [*served]}, {_NUMBER: [*taped]})
    return [*compared.problems()]


@pytest.mark.parametrize("name", RIGHT)
def test_a_call_that_ended_as_the_provider_behaved_is_no_problem(name: str) -> None:
    assert [] == _problems(*RIGHT[name])


@pytest.mark.parametrize("problem", WRONG)
def test_a_call_that_did_not_is_a_problem(problem: str) -> None:
    found = _problems(*WRONG[problem])

    assert any(problem in line for line in found), found


def test_one_call_in_five_begins_with_a_fault_and_only_the_last_attempt_is_answered() -> None:
    plans = [behaviours_of_attempts(number, _SEED) for number in range(5_000)]

    faulty = sum(plan[0] not in (_OK, Behaviour.SPLIT) for plan in plans)
    assert 900 < faulty < 1_100
    assert set(Behaviour) == {behaviour for plan in plans for behaviour in plan}
    assert all({_OK, Behaviour.SPLIT}.isdisjoint(plan[:-1]) for plan in plans)


def test_outcomes_are_read_as_they_were_kept_and_a_wrong_answer_is_a_problem(tmp_path: Path) -> None:
    outcomes = Outcomes(tmp_path / "outcomes.jsonl")
    right = ChatResponse(message=AssistantMessage("number 7;"), usage=Usage(input_tokens=7), id="id-7")

    outcomes.ended(7, "complete", right)
    outcomes.ended(8, "complete", right)
    outcomes.ended(9, "stream", ServerError(previous=(ServerError(previous=(ServerError(),)), ServerError())))
    outcomes.ended(9, "stream", OSError("no"))
    outcomes.abandoned(9, "cancelled")

    assert {
        7: [_ANSWERED],
        8: [_ANSWERED],
        9: [Outcome("stream", "ServerError", 4), Outcome("stream", "OSError", 0), Outcome("", "cancelled", 0)],
    } == outcomes.read()
    assert 5 == outcomes.done
    assert ["complete of 8: answered with ('number 7;', 'id-7', 7)", "stream of 9: OSError('no')"] == outcomes.wrong


@pytest.mark.parametrize("line", ['{"request"', '{"request": {"messages": [{"content": "number 1;"}]}}\n'])
def test_a_line_of_the_tape_that_is_not_whole_is_an_error(line: str, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    tape.write_text(line)

    with pytest.raises(ValueError, match="tape"):
        taped_ends(tape)


def test_a_span_that_does_not_end_is_left_over(tmp_path: Path) -> None:
    stack, provider = stack_over("http://127.0.0.1:9", tmp_path), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(stack.spans)

    span = provider.get_tracer("soak").start_span("chat")
    open_spans = stack.leftovers()
    span.end()

    assert "1 spans are open" in open_spans
    assert "1 spans are open" not in stack.leftovers()

"""The comparison of the stack's soak finds a call that did not end as the provider behaved, and a tape that differs."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from llm_core import AssistantMessage, ChatResponse, ServerError, Usage

from .behaviours import SLOW_MODEL, Attempt, Behaviour, behaviours_of_attempts, may_time_out
from .hedged_outcomes import hedged
from .outcomes import ANSWER, Comparison, Outcome, Outcomes, Taped, one_after_another, taped_ends
from .stack import SHAPES, stack_over

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
    attempts, ends = [Attempt("first", one) for one in served], [Taped("first", end) for end in taped]
    compared = Comparison(_SEED, {_NUMBER: [*outcomes]}, {_NUMBER: attempts}, {_NUMBER: ends}, one_after_another)
    return [*compared.problems()]


@pytest.mark.parametrize("name", RIGHT)
def test_a_call_that_ended_as_the_provider_behaved_is_no_problem(name: str) -> None:
    assert [] == _problems(*RIGHT[name])


@pytest.mark.parametrize("problem", WRONG)
def test_a_call_that_did_not_is_a_problem(problem: str) -> None:
    found = _problems(*WRONG[problem])

    assert any(problem in line for line in found), found


_Chat = tuple[Sequence[Behaviour], Sequence[str]]
_NONE: _Chat = ([], [])
_LEFT, _THREE = ([_OK], list[str]()), ([_FAILS] * 3, _SIX[:3])
_ONE_ANSWER = ([_OK], [ANSWER])
_BROKE_AFTER = Outcome("stream", "StreamInterruptedError", 2)

RIGHT_HEDGES: dict[str, tuple[Sequence[Outcome], _Chat, _Chat]] = {
    "the first chat alone": ([_ANSWERED], _ONE_ANSWER, _NONE),
    "the other chat was first": ([_ANSWERED], _LEFT, _ONE_ANSWER),
    "the loser had failed before": ([_ANSWERED], ([_FAILS, _OK], ["ServerError"]), _ONE_ANSWER),
    "one chat failed": ([_ANSWERED], _THREE, _ONE_ANSWER),
    "both failed": ([Outcome("complete", "ServerError", 6)], _THREE, _THREE),
    "the winner broke": ([_BROKE], _LEFT, ([_CUT], ["StreamInterruptedError"])),
    "it had failed before": ([_BROKE_AFTER], _LEFT, ([_FAILS, _CUT], ["ServerError", "StreamInterruptedError"])),
    "a repeated call": ([_ANSWERED, _ANSWERED], _LEFT, _ONE_ANSWER),
}
WRONG_HEDGES: dict[str, tuple[Sequence[Outcome], _Chat, _Chat]] = {
    "an answer that was not served": ([_ANSWERED], _THREE, _NONE),
    "the tape of slow differs": ([_ANSWERED], ([_FAILS], ["BadResponseError"]), _ONE_ANSWER),
    "attempts are neither on the tape nor left": ([_ANSWERED], ([_OK, _OK], []), _ONE_ANSWER),
    "2 answers are on the tape": ([_ANSWERED], _ONE_ANSWER, _ONE_ANSWER),
    "0 answers are on the tape": ([_ANSWERED], _LEFT, _NONE),
    "another attempt after an answer": ([_ANSWERED], ([_OK, _FAILS], ["ServerError"]), _ONE_ANSWER),
    "another attempt after one that was left": ([_ANSWERED], ([_FAILS, _CUT], ["StreamInterruptedError"]), _ONE_ANSWER),
    "the end is not that of a last attempt": (
        [_FAILED],
        ([_FAILS, _CUT], ["ServerError", "StreamInterruptedError"]),
        _NONE,
    ),
    "4 errors": ([Outcome("complete", "ServerError", 4)], _THREE, _THREE),
    "attempts are missing": ([_FAILED], _THREE, _NONE),
    "no chat has won": ([_FAILED], _THREE, _LEFT),
}


def _hedge_problems(outcomes: Sequence[Outcome], slow: _Chat, fast: _Chat) -> list[str]:
    chats = {SLOW_MODEL: slow, "fast": fast}
    served = [Attempt(model, one) for model, (behaviours, _) in chats.items() for one in behaviours]
    taped = [Taped(model, end) for model, (_, ends) in chats.items() for end in ends]
    return [*Comparison(_SEED, {_NUMBER: [*outcomes]}, {_NUMBER: served}, {_NUMBER: taped}, hedged).problems()]


@pytest.mark.parametrize("name", RIGHT_HEDGES)
def test_a_hedge_that_left_the_slower_chat_is_no_problem(name: str) -> None:
    assert [] == _hedge_problems(*RIGHT_HEDGES[name])


@pytest.mark.parametrize("problem", WRONG_HEDGES)
def test_a_hedge_that_did_anything_else_is_a_problem(problem: str) -> None:
    found = _hedge_problems(*WRONG_HEDGES[problem])

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
    stack, provider = (
        stack_over("http://127.0.0.1:9", tmp_path, SHAPES["Fallback"]),
        TracerProvider(shutdown_on_exit=False),
    )
    provider.add_span_processor(stack.spans)

    span = provider.get_tracer("soak").start_span("chat")
    open_spans = stack.leftovers()
    span.end()

    assert "1 spans are open" in open_spans
    assert "1 spans are open" not in stack.leftovers()

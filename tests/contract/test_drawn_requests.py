"""What the laws of requests show of a difference, and how they draw, minimise and refuse."""

from contextlib import ExitStack

import attrs
import pytest
from hypothesis.strategies import integers

from llm_core import AssistantMessage, ChatRequest, ChatSettings, ToolCall, ToolMessage, UserMessage
from llm_core.testing import ChatPortContract
from llm_core.testing.clauses.differences import request_differences
from llm_core.testing.clauses.field_comparison import require_equal
from llm_core.testing.clauses.sample_requests import HISTORY, SIMPLE_REQUEST

ANTHROPIC_IDS = "[a-zA-Z0-9_-]+"


def with_extra(value: object) -> ChatRequest:
    return attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(extra={"x": value}))


def with_ids(*ids: str) -> ChatRequest:
    calls = [ToolCall(id=id, name="get", arguments={}) for id in ids]
    results = [ToolMessage("rain", tool_call_id=id) for id in ids]
    return ChatRequest(messages=[UserMessage("Go."), AssistantMessage(tool_calls=calls), *results])


@pytest.mark.parametrize(
    ("expected", "seen", "difference"),
    [
        (1, 1.0, "settings.extra.x: expected 1, seen 1.0"),
        (True, 1, "settings.extra.x: expected True, seen 1"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "keys stand in another order: expected ['a', 'b'], seen ['b', 'a']"),
        ({"a": None}, {}, "settings.extra.x.a: expected None, seen nothing"),
        ([1, 2], [1], "settings.extra.x: expected 2 items, seen 1"),
        ("a" * 99 + "b", "a" * 99, "from character 87, expected 'aaaaaaaaaaaab', seen 'aaaaaaaaaaaa' (100 and 99"),
        ("a" * 99 + "b", "a" * 99 + "c", "from character 87, expected 'aaaaaaaaaaaab', seen 'aaaaaaaaaaaac'"),
        (["a" * 99], 1, "settings.extra.x: expected ['aaa"),
    ],
)
def test_a_difference_has_its_path_and_both_values(expected: object, seen: object, difference: str) -> None:
    differences = request_differences(with_extra(expected), with_extra(seen))

    assert difference in differences[0]


def test_a_setting_may_arrive_as_an_equal_number_of_another_type() -> None:
    expected, seen = (attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(temperature=value)) for value in (1, 1.0))

    assert [] == request_differences(expected, seen)


@pytest.mark.parametrize(
    ("ids", "arrived", "count"),
    [
        (("a:1", "b"), ("new_1", "b"), 0),  # it is replaced in call and result
        (("a:1", "b:1"), ("new", "new"), 4),  # two became one
        (("a:1", "b"), ("b", "b"), 2),  # one became another's
        (("a", "b"), ("new", "b"), 2),  # it was valid
    ],
)
def test_only_an_invalid_id_may_be_replaced(ids: tuple[str, str], arrived: tuple[str, str], count: int) -> None:
    differences = request_differences(with_ids(*ids), with_ids(*arrived), call_ids=ANTHROPIC_IDS)

    assert count == len(differences)


def test_a_request_with_fewer_messages_differs() -> None:
    shorter = attrs.evolve(HISTORY, messages=HISTORY.messages[:3])

    assert f"messages: expected {len(HISTORY.messages)} items, seen 3" == request_differences(HISTORY, shorter)[0]
    assert f"messages: expected 3 items, seen {len(HISTORY.messages)}" == request_differences(shorter, HISTORY)[0]


def suite() -> ChatPortContract:
    contract = ChatPortContract()
    contract._closing = ExitStack()
    return contract


def fails_from_ten(value: int) -> None:
    assert value < 10


def test_a_failing_example_is_minimised_and_shows_its_seed() -> None:
    with pytest.raises(AssertionError) as caught:
        suite().for_every(integers(0, 1_000), fails_from_ten)

    notes = "\n".join(caught.value.__notes__)
    assert "value=10" in notes
    assert "drawn: 10 examples with the seed 0. To draw the same again: pytest --llm-core-seed 0" in notes


def test_minimising_ends_when_its_calls_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm_core.testing.clauses.drawn_values._SHRINK_CALLS", 0)
    calls: list[int] = []

    def check(value: int) -> None:
        calls.append(value)
        fails_from_ten(value)

    with pytest.raises(AssertionError):
        suite().for_every(integers(0, 10**6), check)

    first = next(position for position, value in enumerate(calls) if value >= 10)
    assert 6 >= len(calls) - first


def test_another_seed_draws_other_values() -> None:
    drawn: dict[int, list[int]] = {}
    for seed in (0, 1, 0):
        contract = suite()
        contract.seed = seed
        values: list[int] = []
        contract.for_every(integers(), values.append)
        assert values == drawn.setdefault(seed, values)

    assert drawn[0] != drawn[1]


def test_a_long_text_that_differs_is_cut_around_the_difference() -> None:
    long = "a" * 700

    with pytest.raises(AssertionError) as caught:
        require_equal("the answer", {"text": f"{long}b"}, {"text": f"{long}c"})

    expected = "text: from character 688, expected 'aaaaaaaaaaaab', seen 'aaaaaaaaaaaac' (701 and 701 characters)"
    assert expected == str(caught.value).splitlines()[1]

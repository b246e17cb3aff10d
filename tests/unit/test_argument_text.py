"""Tests for `ArgumentText`, and for the bounds of names and indices of tool calls."""

import pytest

from llm_core.domain.errors import BadResponseError
from llm_core.ports.argument_text import ArgumentText
from llm_core.ports.tool_call_assembler import MAX_NAME, ToolCallAssembler, ToolCallChunk


@pytest.mark.parametrize(
    ("expected", "chunks"),
    [
        ([False], ["{"]),
        ([False, True], ["{", "}"]),
        ([False, True, True], [" ", "{}", " \n"]),
        ([False, False, True], ['{"a', '": "}\\', '""}']),
        ([False, False, True], ['{"a": "\\', "\\", '"}']),
        ([True], ['{"a": }']),
        ([True], ["[]"]),
        ([True, False, True], ["{}", "{", "}"]),
        ([True], [' "a\\\\" ']),
        ([True], ["null"]),
        ([False], ["1"]),
    ],
)
def test_the_end_of_arguments_is_found_however_they_are_split(expected: list[bool], chunks: list[str]) -> None:
    text, seen = ArgumentText(), list[bool]()

    for chunk in chunks:
        text.add(chunk)
        seen.append(text.is_whole)

    assert expected == seen


def test_a_name_that_grows_beyond_the_bound_is_a_bad_response() -> None:
    calls = ToolCallAssembler()

    calls.add(ToolCallChunk(index=0, id="c", name="a" * (MAX_NAME + 1)))
    with pytest.raises(BadResponseError) as caught:
        calls.add(ToolCallChunk(index=0, name="b"))

    assert f"a call's name of more than {MAX_NAME} characters" == caught.value.detail


@pytest.mark.parametrize("index", [2**53, -(2**60), 1e300, float("nan"), [1], {"a": 1}])
def test_an_index_of_any_type_identifies_a_call(index: object) -> None:
    calls = ToolCallAssembler()

    events = [
        event
        for text in ('{"a"', ": 1}")
        for event in calls.add(ToolCallChunk(index=index, id="c", name="f", arguments=text))
    ]

    assert 3 == len(events)

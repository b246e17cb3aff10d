"""The message of a clause that failed: three parts on at most twelve lines, in words."""

import pytest

from llm_core import AssistantMessage, FinishReason, RateLimitError, TextPart, ToolCall
from llm_core.domain.provider_fault import ProviderFault
from llm_core.testing import Fails
from llm_core.testing.clauses.failure import MAX_LINES, MAX_WIDTH, Failure, cut, lines_of, paragraphs, promise_of
from llm_core.testing.clauses.field_comparison import require_same, shown, value_differences
from llm_core.testing.guards.code_places import places_of


def failing_with(message: str) -> AssertionError:
    return AssertionError(message)


def test_a_message_has_its_three_parts_in_order() -> None:
    failure = Failure("promise a.b: It is kept.", ("the text: expected 'a', got 'b'",), "The code that reads it.")

    assert [
        "promise a.b: It is kept.",
        "seen: the text: expected 'a', got 'b'",
        "look at: The code that reads it.",
    ] == str(failure).splitlines()


def test_a_long_message_is_cut_to_twelve_short_lines() -> None:
    failure = Failure("promise a.b: " + "It is kept. " * 50, ("first " * 200, *("more " * 100,) * 9), "Look. " * 200)

    lines = str(failure).splitlines()

    assert MAX_LINES == len(lines)
    assert all(len(line) <= MAX_WIDTH for line in lines)
    assert lines[0].endswith("… (613 characters)")
    assert ["  … and 13 more lines", "  … and 6 more lines"] == [line for line in lines if "more lines" in line]


def test_a_line_that_is_cut_shows_its_length() -> None:
    assert "short" == cut("short", 10)
    assert "two lines" == cut("two\nlines", 10)
    assert "aaaaaa… (1,000 characters)" == cut("a" * 1_000, 26)


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        ("1 request for 3 calls\nassert 3 == 1\n +  where 1 = <Recorder>.count", ["1 request for 3 calls"]),
        ("they differ:\n  text: expected 'a'\nassert not ['text']", ["they differ:", "text: expected 'a'"]),
        ("assert (4, 4) == (0, 0)\n  \n  Use -v to get more diff", ["assert (4, 4) == (0, 0)"]),
        ("DID NOT RAISE ChatError", ["no ChatError was raised"]),
        ("DID NOT RAISE <class 'llm_core.domain.errors.ChatError'>", ["no ChatError was raised"]),
        ("", ["an assertion without a message failed"]),
    ],
)
def test_the_repetition_of_an_assertion_is_left_out(message: str, seen: list[str]) -> None:
    assert seen == list(lines_of(failing_with(message)))


def test_notes_about_drawn_values_are_shown() -> None:
    error = failing_with("it failed")
    error.add_note("Falsifying example: each(\n    value=10,\n)")
    error.add_note("drawn value: 10")

    assert ("it failed", "drawn value: 10") == lines_of(error)


def test_an_error_of_the_adapter_shows_where_it_was_raised() -> None:
    with pytest.raises(RateLimitError) as caught:
        raise RateLimitError(detail="slow down") from ProviderFault("HTTPError", "429")

    first, detail, cause, place, hint = lines_of(caught.value)

    assert "RateLimitError was raised: " in first
    assert ("detail: slow down", "its cause: ProviderFault: HTTPError: 429") == (detail, cause)
    assert ": raise RateLimitError(detail=" in place
    assert "test_failure_text.py:" in place
    assert "(`pytest --full-trace` shows the whole traceback)" == hint


def test_a_long_line_of_code_is_cut() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        assert ["a line that is longer than sixty characters of source is cut there", 1 // 0]

    [place] = places_of(caught.value)

    assert place.endswith("…")


def test_the_promise_and_the_place_come_from_the_docstring() -> None:
    def check() -> None:
        """It is
        kept.

        The code
        that keeps it.
        """

    vars(check)["clause_id"] = "a.b"

    assert ["It is kept.", "The code that keeps it."] == paragraphs(check)
    assert ("promise a.b: It is kept.", "The code that keeps it.") == promise_of(check)


def call(city: str) -> ToolCall:
    return ToolCall(id="call_1", name="get_weather", arguments={"city": city})


@pytest.mark.parametrize(
    ("expected", "seen", "lines"),
    [
        (1, 1, []),
        (None, 5, ["it: expected None, got 5"]),
        ("a", "b", ["it: expected 'a', got 'b'"]),
        (FinishReason.STOP, FinishReason.LENGTH, ["it: expected FinishReason.STOP, got FinishReason.LENGTH"]),
        (int, str, ["it: expected int, got str"]),
        ([1, 2], [1], ["it: expected 2 items, got 1", "it[1]: expected 2, got nothing"]),
        ((), (3,), ["it: expected 0 items, got 1", "it[0]: expected nothing, got 3"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["it.a.b: expected 1, got 2"]),
        ([call("Oslo")], [call("Rome")], ["it[0].arguments.city: expected 'Oslo', got 'Rome'"]),
        ([1], (1,), ["it: expected [1], got (1,)"]),
        (TextPart("a"), "a", ["it: expected TextPart(text='a'), got 'a'"]),
        ("a" * 90, "a" * 89, [f"it: from character 77, expected '{'a' * 13}', seen '{'a' * 12}' (90 and 89"]),
        ({"x": "a" * 90}, {"y": "a"}, ["it: expected {'x': 'aaa"]),
        (b"\x00" * 40 + b"a", b"\x00" * 40 + b"b", [r"it: expected …\x00"]),
    ],
)  # fmt: skip
def test_values_that_differ_are_shown_with_their_path(expected: object, seen: object, lines: list[str]) -> None:
    found = value_differences("it", expected, seen)

    assert len(lines) == len(found)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True))


def test_at_most_five_differences_are_shown() -> None:
    with pytest.raises(AssertionError) as caught:
        require_same("it", list(range(10)), list(range(1, 11)))

    assert 5 == len(str(caught.value).splitlines())


def test_a_value_is_shown_without_the_fields_that_have_their_default() -> None:
    assert "Fails(status=429, retry_after=1.5)" == shown(Fails(status=429, retry_after=1.5))
    assert "[AssistantMessage(content='Hi.')]" == shown([AssistantMessage("Hi.")])

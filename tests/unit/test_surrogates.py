"""Deltas may split a character: JavaScript servers send the halves of a surrogate pair one by one."""

from llm_core import AssistantMessage, ChatResponse, ResponseBuilder, StreamEnd, TextDelta, response_from_events

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))


def test_a_surrogate_pair_split_between_two_deltas_is_one_character() -> None:
    told = response_from_events([TextDelta("\ud83d"), TextDelta("\ude00 "), END])

    assert "\U0001f600 " == told.text


def test_half_a_character_at_a_break_is_told_as_unreadable() -> None:
    told = ResponseBuilder()
    told.add(TextDelta("so \ud83d"))

    assert "so \ufffd" == told.partial().content

"""Surrogate pairs that are split between two deltas, as JavaScript servers send them."""

from llm_core import AssistantMessage, ChatResponse, ResponseBuilder, StreamEnd, TextDelta, response_from_events

END = StreamEnd(response=ChatResponse(message=AssistantMessage()))


def test_a_surrogate_pair_split_between_two_deltas_is_one_character() -> None:
    response = response_from_events([TextDelta("\ud83d"), TextDelta("\ude00 "), END])

    assert "\U0001f600 " == response.text


def test_a_surrogate_half_at_the_end_is_a_replacement_character() -> None:
    builder = ResponseBuilder()
    builder.add(TextDelta("so \ud83d"))

    assert "so \ufffd" == builder.partial().content

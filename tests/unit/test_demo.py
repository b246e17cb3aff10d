"""Tests for the demo without a real model: the same agent on `InMemoryChat`."""

import demo
import pytest

from llm_core.adapters.memory import InMemoryChat


def test_the_fake_model_calls_the_right_tool_and_the_transcript_shows_the_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chat = InMemoryChat(demo._fake)

    demo._answer_all(chat, ["What is the weather in Paris?"])

    assert [
        "",
        "> What is the weather in Paris?",
        "Here it is: 18 degrees and sunny.",
        "[answered]",
        "",
        "  system     You answer questions about the weather and the time in a city.",
        "  user       What is the weather in Paris?",
        '  tool call  get_weather({"city": "Paris"})',
        "  result     18 degrees and sunny",
        "  assistant  Here it is: 18 degrees and sunny.",
        "",
        "Usage: not reported in, not reported out",
    ] == capsys.readouterr().out.splitlines()


def test_a_failed_tool_call_is_shown_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    chat = InMemoryChat(demo._fake)

    demo._answer_all(chat, ["What time is it in Atlantis?"])

    assert "  tool error city: Input should be 'Cairo', 'Oslo' or 'Paris'" in capsys.readouterr().out

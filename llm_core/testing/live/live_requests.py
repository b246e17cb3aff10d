"""The requests to a real endpoint: short ones, since the user pays for the answers."""

import attrs

from llm_core.domain.messages import Message, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.testing.clauses.sample_requests import WEATHER

CITIES = ("Paris", "Oslo", "Cairo")
HELLO = ChatRequest(messages=[UserMessage("Say hello in five words.")])
STORY = ChatRequest(messages=[UserMessage("Tell a long story about the sea.")], settings=ChatSettings(max_tokens=400))


def cut_after(tokens: int) -> ChatRequest:
    """Return a request whose answer does not fit into that many *tokens*."""
    return attrs.evolve(STORY, settings=ChatSettings(max_tokens=tokens))


def weather_in(city: str) -> ChatRequest:
    """Return a request that forces a tool call."""
    return ChatRequest(
        messages=[UserMessage(f"What is the weather in {city}?")], tools=[WEATHER], tool_choice="required"
    )


def results_of(called: ChatResponse) -> ChatRequest:
    """Return the request that follows an answer with tool calls: every call with its result."""
    history: list[Message] = [UserMessage(f"What is the weather in {CITIES[0]}?"), called.message]
    history += [ToolMessage("18 degrees and sunny", tool_call_id=call.id) for call in called.tool_calls]
    history += [ToolMessage(call.problem, tool_call_id=call.id, is_error=True) for call in called.invalid_tool_calls]
    return ChatRequest(messages=history, tools=[WEATHER])

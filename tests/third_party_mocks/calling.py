"""Calls to the mock servers in three wire formats, four modes and two lanes, and their outcomes."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs
import pytest

from llm_core import (
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FinishReason,
    Tool,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

Dialect: TypeAlias = Literal["openai", "anthropic", "gemini"]
Lane: TypeAlias = Literal["call", "direct"]
Call: TypeAlias = tuple[str, dict[str, object]]

DIALECTS: tuple[Dialect, ...] = ("openai", "anthropic", "gemini")
LANES: tuple[Lane, ...] = ("call", "direct")
MODELS: dict[Dialect, str] = {
    "openai": "openai/mocked-1",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "gemini": "gemini/gemini-2.5-flash",
}
KEY = "sk-mocked-0123456789abcdef"

TEXT = "Grüße from Oslo: it rains, as it does in 東京 ☔."
WEATHER = Tool(
    name="weather",
    description="The weather in a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
REQUEST = ChatRequest(messages=[UserMessage("What is the weather?")])
WITH_TOOLS = ChatRequest(messages=REQUEST.messages, tools=[WEATHER])
SHORT_TIMEOUT = ChatRequest(messages=REQUEST.messages, settings=ChatSettings(timeout=0.3))


@attrs.frozen(kw_only=True)
class Outcome:
    """The result of a call; None where the mock server does not determine it. Errors set `error_class`."""

    text: str | None = None
    calls: Sequence[Call] = ()
    invalid_calls: Sequence[tuple[str, str]] = ()
    finish_reason: FinishReason | None = None
    tokens: tuple[int | None, int | None] | None = None
    error_class: type[ChatError] | None = None
    status_code: int | None = None
    retry_after: float | None = None
    partial: str | None = attrs.field(default=None, eq=False)  # how much arrived depends on timing


@attrs.frozen(kw_only=True)
class Expected:
    """A case: the outcome of *request* when the mock server plays *script*, and the findings that it reports."""

    name: str
    script: Sequence[Mapping[str, object]]
    outcome: Outcome
    request: ChatRequest = REQUEST
    findings: Sequence[str] = ()
    dialects: Sequence[Dialect] = DIALECTS
    modes: Sequence[Mode] = EVERY


def parametrized(cases: Sequence[Expected]) -> pytest.MarkDecorator:
    """Return the mark that runs a test for each of *cases*, in each of its dialects and modes and in every lane."""
    rows = [
        pytest.param(case, dialect, lane, mode, id=f"{case.name}-{dialect}-{lane}-{mode}")
        for case in cases
        for dialect in case.dialects
        for lane in LANES
        for mode in case.modes
    ]
    return pytest.mark.parametrize(("case", "dialect", "lane", "mode"), rows)


def chat_to(api_base: str, dialect: Dialect, lane: Lane, *, key: str = KEY) -> LiteLLMChat:
    """Return the adapter in *lane*; skip the test if the adapter does not support that lane."""
    try:
        return LiteLLMChat(MODELS[dialect], api_key=key, api_base=api_base, lane=lane)
    except UnsupportedFeatureError:
        pytest.skip(f"LiteLLMChat has no lane {lane!r}")


def outcome(chat: ChatPort, request: ChatRequest, mode: Mode) -> Outcome:
    """Send *request* and return the outcome."""
    try:
        return _of_response(call_in_mode(chat, request, mode))
    except ChatError as error:
        return Outcome(
            error_class=type(error),
            status_code=error.status_code,
            retry_after=error.retry_after,
            partial=None if error.partial is None else error.partial.content,
        )


def _of_response(response: ChatResponse) -> Outcome:
    usage = response.usage
    return Outcome(
        text=response.text,
        calls=tuple((call.name, dict(call.arguments)) for call in response.tool_calls),
        invalid_calls=tuple((call.name, call.arguments_text) for call in response.invalid_tool_calls),
        finish_reason=response.finish_reason,
        tokens=None if usage is None else (usage.input_tokens, usage.output_tokens),
    )

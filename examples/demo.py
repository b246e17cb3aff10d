"""The agent on a real model, on this machine; where that cannot run, the same agent on the fake.

``make demo`` installs what this needs and runs it; no key is asked for.
"""

import sys
from typing import assert_never

from local_model.server import ALIAS, ModelUnavailableError, local_model
from weather_agent import Answer, WeatherAgent

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatSettings,
    InvalidToolCall,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat

QUESTIONS = ("What is the weather in Paris?", "What time is it in Oslo?")
STEADY = ChatSettings(temperature=0, seed=1, max_tokens=96)


def main() -> None:
    """Ask the questions on the command line, or two of our own."""
    questions = sys.argv[1:] or QUESTIONS
    try:
        with local_model(progress=_note) as address:
            from llm_core.adapters.litellm import LiteLLMChat

            print(f"A real model, openai/{ALIAS}, through LiteLLMChat:")
            with LiteLLMChat(f"openai/{ALIAS}", api_base=f"{address}/v1", api_key="none") as chat:
                _ask(chat, questions)
    except ModelUnavailableError as error:
        print(f"No real model here, so the fake answers: {error}")
        _ask(InMemoryChat(_fake), questions)


def _ask(chat: ChatPort, questions: list[str] | tuple[str, ...]) -> None:
    agent = WeatherAgent(chat, settings=STEADY, first_choice="required", show=_show)
    answers = []
    for question in questions:
        print(f"\n> {question}")
        answers.append(agent.answer(question))
        print(f"\n[{answers[-1].outcome}]\n\n{_transcript(answers[-1])}")
    total = Usage.total(answer.usage for answer in answers)
    print(f"\nUsage: {_tokens(total.input_tokens)} in, {_tokens(total.output_tokens)} out")


def _tokens(count: int | None) -> str:
    return "not told" if count is None else f"{count} tokens"


def _transcript(answer: Answer) -> str:
    return "\n".join(f"  {line}" for message in answer.messages for line in _lines(message))


def _lines(message: Message) -> list[str]:
    match message:
        case SystemMessage(content):
            return [f"system     {content}"]
        case UserMessage():
            return [f"user       {message.text}"]
        case AssistantMessage(content):
            words = [f"assistant  {content}"] if content else []
            return words + [f"tool call  {_call(call)}" for call in message.all_tool_calls]
        case ToolMessage(content):
            return [f"{'tool error' if message.is_error else 'result    '} {content}"]
        case _:
            assert_never(message)


def _call(call: ToolCall | InvalidToolCall) -> str:
    return f"{call.name}({call.arguments_json if isinstance(call, ToolCall) else call.arguments_text})"


def _fake(request: ChatRequest) -> str | AssistantMessage:
    last = request.messages[-1]
    if isinstance(last, ToolMessage):
        return f"Here it is: {last.content}."
    question = last.text if isinstance(last, UserMessage) else ""
    tool, city = "get_time" if "time" in question else "get_weather", question.rstrip("?").split(" ")[-1]
    return AssistantMessage(tool_calls=[ToolCall(id="call-1", name=tool, arguments={"city": city})])


def _show(words: str) -> None:
    print(words, end="", flush=True)


def _note(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

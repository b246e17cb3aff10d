"""The weather agent on a real model on this machine or, if that cannot run, on the in-memory fake.

``make demo`` installs the requirements and runs it; no API key is needed.
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
SETTINGS = ChatSettings(temperature=0, seed=1, max_tokens=96)


def main() -> None:
    """Answer the questions on the command line, or two defaults."""
    questions = sys.argv[1:] or QUESTIONS
    try:
        with local_model(progress=_print_progress) as address:
            from llm_core.adapters.litellm import LiteLLMChat

            print(f"A real model, openai/{ALIAS}, through LiteLLMChat:")
            with LiteLLMChat(f"openai/{ALIAS}", api_base=f"{address}/v1", api_key="none") as chat:
                _answer_all(chat, questions)
    except ModelUnavailableError as error:
        print(f"No real model here, so the fake answers: {error}")
        _answer_all(InMemoryChat(_fake), questions)


def _answer_all(chat: ChatPort, questions: list[str] | tuple[str, ...]) -> None:
    agent = WeatherAgent(chat, settings=SETTINGS, first_choice="required", show=_print_text)
    answers = []
    for question in questions:
        print(f"\n> {question}")
        answers.append(agent.answer(question))
        print(f"\n[{answers[-1].outcome}]\n\n{_transcript(answers[-1])}")
    total = Usage.total(answer.usage for answer in answers)
    print(f"\nUsage: {_tokens(total.input_tokens)} in, {_tokens(total.output_tokens)} out")


def _tokens(count: int | None) -> str:
    return "not reported" if count is None else f"{count} tokens"


def _transcript(answer: Answer) -> str:
    return "\n".join(f"  {line}" for message in answer.messages for line in _lines(message))


def _lines(message: Message) -> list[str]:
    match message:
        case SystemMessage(content):
            return [f"system     {content}"]
        case UserMessage():
            return [f"user       {message.text}"]
        case AssistantMessage(content):
            text = [f"assistant  {content}"] if content else []
            return text + [f"tool call  {_call(call)}" for call in message.all_tool_calls]
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


def _print_text(text: str) -> None:
    print(text, end="", flush=True)


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

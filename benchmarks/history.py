"""What a long history costs: through `LiteLLMChat`, and in our own code alone."""

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.measuring.cpu import best_cpu_seconds, show
from benchmarks.measuring.far_side import KEY, MODEL, running_far_side
from llm_core import AssistantMessage, ChatRequest, Message, Tool, ToolCall, ToolMessage, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.call import Options, prepare

LENGTHS = (1, 10, 100, 1_000, 3_000)
BUDGET = 300  # messages a round, at least: short histories are repeated
ROUNDS = 3
TOOL = Tool(name="look_up", description="Look it up.", parameters={"type": "object", "properties": {}})


def main() -> None:
    """Print the figures."""
    print(
        f"CPU of one call by the length of its history, best of {ROUNDS} rounds: milliseconds (microseconds a message)"
    )
    show([("messages", "ChatRequest", "prepare", "LiteLLMChat.complete"), *_rows()])


def _rows() -> Iterator[tuple[str, ...]]:
    with running_far_side() as api_base:
        chat = LiteLLMChat(MODEL, api_key=KEY, api_base=api_base)
        options = Options(model=MODEL, api_key=KEY, api_base=api_base)
        for length in LENGTHS:
            messages = history(length)
            request = ChatRequest(messages=messages, tools=[TOOL])
            works = (
                partial(ChatRequest, messages=messages, tools=[TOOL]),
                partial(prepare, request, options, stream=False),
                partial(chat.complete, request),
            )
            yield f"{length:,}", *(_cell(work, length) for work in works)


def history(length: int) -> list[Message]:
    """Return questions, calls, their results and answers in turn, *length* messages in all."""
    messages: list[Message] = []
    for turn in range(length // 4 + 1):
        call = ToolCall(id=f"call_{turn}", name=TOOL.name, arguments={"what": f"number {turn}"})
        messages += [
            UserMessage(f"What is number {turn}?"),
            AssistantMessage(tool_calls=[call]),
            ToolMessage(f"It is {turn}.", tool_call_id=call.id),
            AssistantMessage(f"Number {turn} is {turn}."),
        ]
    return messages[:length]


def _cell(work: Callable[[], object], length: int) -> str:
    best = best_cpu_seconds(work, rounds=ROUNDS, repeats=-(-BUDGET // length))
    return f"{1e3 * best:.3f} ({1e6 * best / length:.1f})"


if __name__ == "__main__":
    main()

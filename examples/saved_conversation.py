"""A conversation that survives Ctrl-C: each message is saved, and the next run goes on where this one stopped.

``python examples/saved_conversation.py oslo.json "Is it warm in Oslo?"``, and without a question to go on.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from weather_agent import SYSTEM, TOOLBOX

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    Message,
    SystemMessage,
    TextDelta,
    UserMessage,
    chat_from_env,
    close_dangling_calls,
)
from llm_core.serialization import messages_from_json, messages_to_json
from llm_core.typed import Toolbox


def load(path: Path, system: str = SYSTEM) -> list[Message]:
    """Return the conversation in *path*, with a result for each call, or a new one that begins with *system*."""
    if not path.exists():
        return [SystemMessage(system)]
    return close_dangling_calls(messages_from_json(path.read_text("utf-8")), "interrupted by the user")


def save(path: Path, request: ChatRequest) -> None:
    """Write the messages of *request*; an interrupt leaves the old file or the new one."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(messages_to_json(request.messages), "utf-8")
    new.replace(path)


def converse(
    chat: ChatPort, path: Path, question: str, show: Callable[[str], None], *, toolbox: Toolbox = TOOLBOX
) -> None:
    """Answer *question*, or go on if it is empty; *show* is called with each text delta."""
    history = [*load(path), *([UserMessage(question)] if question else ())]
    request = ChatRequest(messages=history, tools=toolbox.tools)
    is_answered = isinstance(history[-1], AssistantMessage)
    while not is_answered:
        save(path, request)
        with chat.stream(request) as stream:
            for event in stream:
                if isinstance(event, TextDelta):
                    show(event.text)
        answer = stream.response.message
        request = request.extended(answer)
        save(path, request)  # before the tools run: the model has made these calls, whatever happens to them
        request = request.extended(*toolbox.run(answer))
        is_answered = not answer.all_tool_calls


def main() -> int:
    """Return the exit code."""
    path, question = Path(sys.argv[1]), " ".join(sys.argv[2:])
    try:
        with chat_from_env() as chat:
            converse(chat, path, question, lambda text: print(text, end="", flush=True))
    except KeyboardInterrupt:
        print(f"\n[interrupted; to go on: {sys.argv[0]} {path}]")
        return 130
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

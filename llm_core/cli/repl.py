"""One question, or many with their history, put to a chat and shown as the answer comes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.ports.chat import SyncChatPort

from .console import Screen, typed_lines

Asking: TypeAlias = Callable[[Sequence[Message]], ChatRequest]


def initial_history(system: str | None, question: str | None) -> list[Message]:
    """Return the history before the first answer. ValueError: the question is blank."""
    history: list[Message] = [SystemMessage(system)] if system else []
    if question is not None:
        if not question.strip():
            raise ValueError("the question is empty")
        history.append(UserMessage(question))
    return history


def run_chat(chat: SyncChatPort, ask: Asking, history: list[Message], screen: Screen, *, as_json: bool = False) -> None:
    """Show the answer to the question that *history* ends with; without one, hold a session on the terminal."""
    if not any(isinstance(message, UserMessage) for message in history):
        screen.note("an empty line or Ctrl-D ends, Ctrl-C stops an answer")
        converse(chat, ask, typed_lines("> " if screen.interactive else ""), screen, history=history)
    elif as_json:
        from llm_core.serialization import to_json

        screen.write(to_json(chat.complete(ask(history))))
    else:
        _show(chat, ask(history), screen, ResponseBuilder())


def converse(
    chat: SyncChatPort, ask: Asking, questions: Iterable[str], screen: Screen, *, history: list[Message]
) -> None:
    """Answer each question, and add both to *history*.

    An interrupt stops the answer: the question stays, and what had come. An answer that fails before its first word
    leaves no trace: what was refused once would be refused with every question after it.
    """
    for question in questions:
        history.append(UserMessage(question))
        told, failed = ResponseBuilder(), False
        try:
            _show(chat, ask(history), screen, told)
        except KeyboardInterrupt:
            screen.note("stopped")
        except ChatError as error:
            failed = True
            screen.error(str(error))
        kept = _kept(told)
        history.extend(kept)
        if failed and not kept:
            history.pop()


def _show(chat: SyncChatPort, request: ChatRequest, screen: Screen, told: ResponseBuilder) -> None:
    try:
        with chat.stream(request) as stream:
            for event in stream:
                told.add(event)
                screen.show(event)
    finally:
        screen.end_line()
    screen.footer(stream.response)


def _kept(told: ResponseBuilder) -> list[AssistantMessage]:
    message = told.partial() if told.end is None else told.end.message
    if not message.content:
        return []  # providers refuse a history with an empty answer in it
    if told.end is None or message.all_tool_calls:
        return [AssistantMessage(message.content)]  # unsigned reasoning, and calls that nobody answers, likewise
    return [message]

"""One question, or a session with a history: sent to a chat, and shown as the answer arrives."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, UserMessage
from llm_core.domain.printable import printable_json
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.ports.chat import SyncChatPort

from .console import Screen, typed_lines

MakeRequest: TypeAlias = Callable[[Sequence[Message]], ChatRequest]


def initial_history(system: str | None, question: str | None) -> list[Message]:
    """Return the history before the first answer.

    Raises:
        ValueError: *question* is blank.
    """
    history: list[Message] = [SystemMessage(system)] if system else []
    if question is not None:
        if not question.strip():
            raise ValueError("the question is empty")
        history.append(UserMessage(question))
    return history


def run_chat(
    chat: SyncChatPort, make_request: MakeRequest, history: list[Message], screen: Screen, *, as_json: bool = False
) -> None:
    """Show the answer to the question that *history* ends with; without one, start a session on the terminal."""
    if not any(isinstance(message, UserMessage) for message in history):
        screen.note("an empty line or Ctrl-D ends the session, Ctrl-C stops an answer")
        converse(chat, make_request, typed_lines("> " if screen.interactive else ""), screen, history=history)
    elif as_json:
        from llm_core.serialization import to_json

        screen.write(printable_json(to_json(chat.complete(make_request(history)))))
    else:
        _show(chat, make_request(history), screen, ResponseBuilder())


def converse(
    chat: SyncChatPort, make_request: MakeRequest, questions: Iterable[str], screen: Screen, *, history: list[Message]
) -> None:
    """Answer each question, and append both to *history*.

    Ctrl-C stops the answer; the question stays in the history, with the text that had arrived. A question whose call
    fails before any text is removed: a question that the provider refuses would make every later call fail too.
    """
    for question in questions:
        history.append(UserMessage(question))
        builder, failed = ResponseBuilder(), False
        try:
            _show(chat, make_request(history), screen, builder)
        except KeyboardInterrupt:
            screen.note("stopped")
        except ChatError as error:
            failed = True
            screen.error(str(error))
        answer = _answer_for_history(builder)
        history.extend(answer)
        if failed and not answer:
            history.pop()


def _show(chat: SyncChatPort, request: ChatRequest, screen: Screen, builder: ResponseBuilder) -> None:
    try:
        with chat.stream(request) as stream:
            for event in stream:
                builder.add(event)
                screen.show(event)
    finally:
        screen.end_line()
    screen.footer(stream.response)


def _answer_for_history(builder: ResponseBuilder) -> list[AssistantMessage]:
    message = builder.partial() if builder.end is None else builder.end.message
    if not message.content:
        return []  # providers refuse a history with an empty answer
    if builder.end is None or message.all_tool_calls:
        # Providers also refuse unsigned reasoning, and calls without results.
        return [AssistantMessage(message.content)]
    return [message]

"""One question, or a session with a history: sent to a chat, shown as the answer arrives, and kept."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import AssistantMessage, Message, UserMessage
from llm_core.domain.printable import printable_json
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import SyncChatPort

from .answer_view import AnswerView, PlainAnswer, RenderedAnswer
from .console import Screen
from .error_view import show_error
from .facts import facts_line

MakeRequest: TypeAlias = Callable[[Sequence[Message]], ChatRequest]


def _nowhere(_: Sequence[Message]) -> None:
    """Save nothing."""


@attrs.define(kw_only=True)
class Session:
    """Questions to one chat. `save` gets the history after each answer, also after one that broke off."""

    chat: SyncChatPort
    make_request: MakeRequest
    screen: Screen
    history: list[Message] = attrs.field(factory=list)
    save: Callable[[Sequence[Message]], None] = _nowhere
    rendered: bool = False
    """Whether Markdown is rendered, on a terminal that can."""
    as_json: bool = False
    """Whether the whole response is written, as JSON."""

    def ask(self, question: UserMessage) -> None:
        """Show the answer to *question*, and add both to the history.

        After Ctrl-C the question stays in the history, with the text that had arrived. A question whose call fails
        before any text is removed: a question that the provider refuses would make every later call fail too.
        """
        self.history.append(question)
        builder = ResponseBuilder()
        try:
            response = self._completed() if self.as_json else self._streamed(builder)
        except BaseException as error:
            self._keep(_incomplete(builder), failed=not isinstance(error, KeyboardInterrupt))
            raise
        self._keep(_complete(response.message), failed=False)

    def converse(self, questions: Iterable[UserMessage]) -> None:
        """Answer each question; an error, and Ctrl-C while an answer arrives, end that answer alone."""
        for question in questions:
            try:
                self.ask(question)
            except KeyboardInterrupt:
                self.screen.note("stopped")
            except ChatError as error:
                show_error(error, self.screen)

    def _completed(self) -> ChatResponse:
        from llm_core.serialization import to_json

        response = self.chat.complete(self.make_request(self.history))
        self.screen.write(printable_json(to_json(response)))
        return response

    def _streamed(self, builder: ResponseBuilder) -> ChatResponse:
        request, view, began = self.make_request(self.history), self._view(), time.monotonic()
        try:
            with self.chat.stream(request) as stream:
                for event in stream:
                    builder.add(event)
                    view.show(event)
        finally:
            view.end()
        self.screen.note(facts_line(stream.response, time.monotonic() - began, request.model))
        return stream.response

    def _view(self) -> AnswerView:
        return RenderedAnswer(self.screen) if self.rendered and self.screen.renders else PlainAnswer(self.screen)

    def _keep(self, answer: AssistantMessage | None, *, failed: bool) -> None:
        if answer is not None:
            self.history.append(answer)
        elif failed:
            self.history.pop()
            return
        self.save(self.history)


def _incomplete(builder: ResponseBuilder) -> AssistantMessage | None:
    """Return the text that had arrived: providers refuse unsigned reasoning, and calls without results."""
    text = builder.partial().content
    return AssistantMessage(text) if text else None


def _complete(message: AssistantMessage) -> AssistantMessage | None:
    if not message.content:
        return None  # providers refuse a history with an empty answer
    return AssistantMessage(message.content) if message.all_tool_calls else message

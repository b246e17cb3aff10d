"""What the verbs decide alike: the next request, whether an answer is a value, what the model reads of its problems."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

import attrs

from llm_core.domain.errors import ChatError, UnsupportedFeatureError
from llm_core.domain.messages import Message, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.tools import ToolCall
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.ports.describing import description_of

from .answer_type import AnswerType, InvalidTextError
from .methods import requests_by_method
from .results import InvalidAnswerError, Method, Problem, Typed
from .snapshots import Snapshots

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")
_CUT_OFF = "Your answer was cut off. Answer again, in full, and more briefly."
_MOST_PROBLEMS = 20  # that the model reads


class Dialogue(Generic[T]):
    """The attempts to get one answer; each is made inside ``with dialogue``, until there is a `typed` one.

    Errors are those of `complete_as`.
    """

    def __init__(self, chat: object, request: ChatRequest, type: TypeForm[T], method: Method, repairs: int = 0) -> None:
        if request.output is not None:
            raise ValueError("request.output: must be None, as the type takes its place")
        if request.tool_choice not in ("auto", "none"):
            raise ValueError(
                "request.tool_choice: must be auto or none, as the answer is no call of the caller's tools"
            )
        if method not in get_args(Method):
            raise ValueError(f"method: must be one of {', '.join(get_args(Method))}, got {method!r}")
        if repairs < 0:
            raise ValueError(f"repairs: must not be negative, got {repairs}")
        self.typed: Typed[T] | None = None
        self._type = AnswerType(type)
        self._known = description_of(chat).for_model(request.model)
        self._methods = requests_by_method(request, self._known, self._type.shape, method)
        self.request: ChatRequest
        self._method, self.request = next(self._methods)
        self._repairs, self._attempts, self._usage = repairs, 0, NO_USAGE

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        """Take the next method where the adapter refused this one before sending; else complete the error's usage."""
        if not isinstance(error, ChatError) or isinstance(error, InvalidAnswerError):
            return False
        is_refused = isinstance(error, UnsupportedFeatureError) and error.status_code is None and not self._attempts
        following = next(self._methods, None) if is_refused else None
        if following is not None:
            self._method, self.request = following
        elif self._usage != NO_USAGE:
            error.usage = Usage.total((self._usage, error.usage))
        return following is not None

    def add(self, response: ChatResponse) -> None:
        """Set `typed` if *response* holds a value, else add its problems to `request`. Raises InvalidAnswerError."""
        self._attempts, self._usage = self._attempts + 1, Usage.total((self._usage, response.usage))
        (text, json), is_refusal = self._texts_of(response), response.finish_reason is FinishReason.CONTENT_FILTER
        problems: tuple[Problem, ...] = (("", "the model refused to answer"),)
        if not is_refusal:
            try:
                value = self._type.decode(json)
            except InvalidTextError as error:
                problems = error.problems
            else:
                self.typed = Typed(
                    value=value, response=response, usage=self._usage, method=self._method, attempts=self._attempts
                )
                return
        if is_refusal or self._attempts > self._repairs:
            raise InvalidAnswerError(
                problems=problems,
                text=text,
                response=response,
                method=self._method,
                provider=self._known.provider,
                model=response.model or self.request.model or self._known.model,
                host=self._known.host,
                partial=response.message,
                usage=self._usage,
            )
        messages = (*self.request.messages, *self._repair(response, problems))
        self.request = attrs.evolve(self.request, messages=messages)

    def snapshots(self) -> Snapshots:
        """Return what reads the stream of the answer to `request`."""
        return Snapshots(lambda text: self._type.snapshot(_json_in(text, is_whole=False)), self._tool_name)

    @property
    def _tool_name(self) -> str | None:
        return self.request.tools[-1].name if self._method == "tool" else None

    def _texts_of(self, response: ChatResponse) -> tuple[str, str]:
        """Return the text of the answer, and the JSON in it."""
        for call in response.message.all_tool_calls:
            if call.name == self._tool_name:
                return (call.arguments_json,) * 2 if isinstance(call, ToolCall) else (call.arguments_text,) * 2
        return response.text, _json_in(response.text)

    def _repair(self, response: ChatResponse, problems: tuple[Problem, ...]) -> tuple[Message, ...]:
        """Return what is added to the history; an answer without content, which providers refuse, is left out."""
        message, calls = response.message, response.message.all_tool_calls
        if response.finish_reason is FinishReason.LENGTH:
            return (UserMessage(_CUT_OFF),)
        if response.finish_reason is FinishReason.PAUSED:  # the provider goes on where it stopped
            return (message,)
        lines = [f"- {path or 'answer'}: {words}" for path, words in problems[:_MOST_PROBLEMS]]
        text = "\n".join(["Your answer does not fit. Answer again, without these problems:", *lines])
        results = [ToolMessage(text, tool_call_id=call.id, is_error=True) for call in calls]
        if self._method == "tool" and results:
            return (message, *results)
        return (message, *results, UserMessage(text)) if calls or message.content else (UserMessage(text),)


def _json_in(text: str, *, is_whole: bool = True) -> str:
    """Return the JSON in *text*, which a model may have put into a code block or between sentences."""
    start = min((found for found in (text.find("{"), text.find("[")) if found >= 0), default=0)
    end = max(text.rfind("}"), text.rfind("]")) + 1 if is_whole else len(text)
    return text[start:end] or text

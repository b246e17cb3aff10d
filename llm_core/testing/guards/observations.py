"""What the suite notes of every call of a clause, whatever the clause itself looks at, and requires afterwards."""

import copy
import decimal
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import AsyncChatStream, ChatStream

_NOTES = "__notes__"  # added by the suite


def caller_context() -> Context:
    """Return a copy of the current context variables, the one among them that the first arithmetic would create."""
    decimal.getcontext()
    return copy_context()


@attrs.frozen(eq=False)
class _Kept:
    """A value of a call with a copy of what could change in it, and the clause that promises that it does not."""

    clause: str
    what: str
    value: object
    changeable: Callable[[], object]
    before: object


@attrs.define(eq=False)
class Observations:
    """Filled by `CountingChat` and its streams, from any thread.

    Each of `problems` is the id of the clause whose promise was broken, and what was seen.
    """

    problems: list[tuple[str, str]] = attrs.field(factory=list, init=False)
    left: list[ChatStream] = attrs.field(factory=list, init=False)
    """The sync streams whose ``with`` has ended."""
    over: list[ChatStream | AsyncChatStream] = attrs.field(factory=list, init=False)
    """The streams that have ended, or were closed or left, and of which no copy is kept yet."""
    _kept: list[_Kept] = attrs.field(factory=list, init=False)

    def note(self, clause: str, problem: str) -> None:
        """Add a problem."""
        self.problems.append((clause, problem))

    def request(self, request: ChatRequest) -> None:
        """Keep *request* with a copy of its JSON values, which belong to the caller for ever."""
        self._keep("request.unchanged", "the request", request, lambda: _json_of_request(request))

    def response(self, response: ChatResponse) -> None:
        """Keep *response* with a copy of the arguments of its calls; note an invalid call that names no problem."""
        if any(not call.problem.strip() for call in response.message.invalid_tool_calls):
            self.note("answer.broken-arguments", "`problem` of an invalid call is empty")
        self._keep("answer.own", "the response", response, lambda: _arguments(response.message))

    def error(self, error: ChatError) -> None:
        """Keep *error* with a copy of its fields; note what must not hang on it."""
        if any(one.value is error for one in self._kept):
            self.note("error.own", f"two calls raised one and the same {type(error).__name__}")
        if error.args or error.__context__ is not None:
            hanging = f"args {error.args!r} and context {error.__context__!r}"
            self.note("error.nothing-hangs-on-it", f"a {type(error).__name__} has {hanging}")
        self._keep("error.own", f"the {type(error).__name__}", error, lambda: _fields(error))

    def context(self, before: Context) -> None:
        """Note which of the caller's context variables have changed since *before*."""
        after = caller_context()
        if before != after:
            changed = sorted(var.name for var in after if var not in before or before[var] is not after[var])
            self.note("quiet.context", f"the call changed the caller's context variables: {', '.join(changed)}")

    def use_again(self) -> None:
        """Enter, read and close each stream that was left; note what comes. Earlier it would hide what is not freed."""
        while self.left:
            stream = self.left.pop()
            self._read_again(stream)
            try:
                stream.close()
            except Exception as error:  # noqa: BLE001 -- whatever it raises, closing again must do nothing
                self.note("close.twice", f"`close` of a stream that was left raised {error!r}")

    def _read_again(self, stream: ChatStream) -> None:
        try:
            event = next(stream.__enter__(), None)
        except RuntimeError:  # it may refuse to be entered again
            return
        except Exception as error:  # noqa: BLE001 -- whatever it raises, the stream is over
            self.note("stream.once", f"a stream that was left, entered again, raised {error!r}")
            return
        if event is not None:
            self.note("stream.once", f"a stream that was left, entered again, yielded {event!r}")

    def take_problems(self) -> Iterator[tuple[str, str]]:
        """Yield the problems, and what has changed in the kept values since; each once."""
        while self.problems:
            yield self.problems.pop(0)
        while self.over:
            self._keep_stream(self.over.pop())
        for one in tuple(self._kept):
            if one.before != one.changeable():
                self._kept.remove(one)
                yield one.clause, f"{one.what} of a call was changed after the call"

    def _keep_stream(self, stream: ChatStream | AsyncChatStream) -> None:
        """Keep what *stream*, which is over, shows of its call; only now, since another thread may have read it."""
        self._keep("stream.usage", "`usage` or `response` of a stream", stream, lambda: _shown_by(stream))

    def _keep(self, clause: str, what: str, value: object, changeable: Callable[[], object]) -> None:
        before = changeable()
        if before and not any(one.value is value for one in self._kept):
            self._kept.append(_Kept(clause, what, value, changeable, _copied(before)))


def _copied(value: object) -> object:
    """Return a deep copy, in a fraction of the time that `copy.deepcopy` takes for JSON."""
    match value:
        case None | str() | int() | float():
            return value
        case dict():
            return {name: _copied(one) for name, one in value.items()}
        case list():
            return [_copied(one) for one in value]
        case _:
            return copy.deepcopy(value)


def _json_of_request(request: ChatRequest) -> list[object]:
    """Return the values of *request* that are mutable: parsed JSON."""
    output, answers = request.output, [one for one in request.messages if isinstance(one, AssistantMessage)]
    values: list[object] = [
        request.settings.extra,
        *([output.schema] if isinstance(output, JsonSchemaOutput) else []),
        *(tool.parameters for tool in request.tools),
        *(data.value for data in request.server_tools),
        *(data.value for answer in answers for data in answer.provider_data),
        *(arguments for answer in answers for arguments in _arguments(answer)),
    ]
    return [value for value in values if value]


def _shown_by(stream: ChatStream | AsyncChatStream) -> tuple[Usage | None, ChatResponse | None]:
    try:
        return stream.usage, stream.response
    except RuntimeError:
        return stream.usage, None


def _arguments(message: AssistantMessage) -> list[object]:
    return [call.arguments for call in message.tool_calls]


def _fields(error: ChatError) -> dict[str, object]:
    return {name: value for name, value in vars(error).items() if name != _NOTES}

"""`Toolbox`: runs the tools that a model calls, and answers every call."""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextvars import copy_context

import attrs
from pydantic_core import to_json

from llm_core.domain.messages import AssistantMessage, ToolMessage
from llm_core.domain.parts import ImagePart, TextPart, ToolPart
from llm_core.domain.reprs import shortened
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall
from llm_core.ports.event_loops import require_asyncio

from .function_tool import FunctionTool

_logger = logging.getLogger("llm_core")
_MAX_TEXT = 2_000  # characters of an error that the model reads
_CLEANUP = 1.0  # seconds that cancelled functions have to clean up


@attrs.frozen
class _Failed:
    """What a function raised, as a value: neither a coroutine nor a future carries a StopIteration."""

    error: BaseException


class _Late:
    """What a function has returned that is still running at its timeout."""


class Toolbox:
    """Functions that a model may call, by name; *context* is the value of the parameters marked with `Context`.

    *timeout* limits each call, in seconds. A sync function cannot be stopped: past the timeout it runs on in a daemon
    thread, which neither ``asyncio.run`` nor the end of the program waits for.
    """

    def __init__(
        self, tools: Sequence[Callable[..., object]], *, context: object = None, timeout: float | None = None
    ) -> None:
        """Take functions, or what `tool` made of them.

        Raises:
            ValueError: two tools of one name, a parameter that needs a context where none is given, a timeout that is
                not positive, or no JSON Schema for a parameter; or as `FunctionTool` raises.
        """
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout: must be more than 0, got {timeout}")
        self._context, self._timeout = context, timeout
        self._tools: dict[str, FunctionTool[..., object]] = {}
        for given in tools:
            one = given if isinstance(given, FunctionTool) else FunctionTool(given)
            if one.name in self._tools:
                raise ValueError(f"tools: a second tool named {one.name}")
            for name, is_required in one.parameters.contexts.items():
                if is_required and context is None:
                    raise ValueError(f"tool {one.name}: the parameter {name} needs a context")
            self._tools[one.name] = one
        self.tools: tuple[Tool, ...] = tuple(one.tool for one in self._tools.values())
        """The tools for a `ChatRequest`."""

    def run(self, message: AssistantMessage) -> tuple[ToolMessage, ...]:
        """Run the calls of *message* one after another; return a result for each, in the order of `all_tool_calls`.

        Calls that cannot be executed, and functions that raise or are late, have an error result for the model to
        read. With a timeout each function runs in a thread of its own.

        Raises:
            TypeError: one of the tools is async, whether *message* calls it or not.
        """
        for one in self._tools.values():
            if one.is_async:
                raise TypeError(f"run: the tool {one.name} is async; await arun")
        return tuple(self._run(call) for call in message.all_tool_calls)

    async def arun(self, message: AssistantMessage) -> tuple[ToolMessage, ...]:
        """As `run`, but all calls at once: async functions in the event loop, each sync one in a thread of its own.

        Cancelling it cancels the async functions together, and leaves the threads.
        """
        require_asyncio()
        started = [(call, self._started(call)) for call in message.all_tool_calls]
        running = [one for _, one in started if isinstance(one, asyncio.Future)]
        try:
            late = (await asyncio.wait(running, timeout=self._timeout))[1] if running else set()
        finally:
            if cancelled := [one for one in running if one.cancel()]:
                await asyncio.wait(cancelled, timeout=_CLEANUP)
        return tuple(
            one if isinstance(one, ToolMessage) else self._result(call, _Late() if one in late else _outcome_of(one))
            for call, one in started
        )

    def _run(self, call: ToolCall | InvalidToolCall) -> ToolMessage:
        function = self._prepared(call)
        if isinstance(function, ToolMessage):
            return function
        try:
            outcome = _outcome(function) if self._timeout is None else _in_thread(function).result(self._timeout)
        except TimeoutError:
            outcome = _Late()
        if isinstance(outcome, Coroutine):
            outcome.close()
            outcome = _Failed(TypeError("it returned a coroutine; await arun"))
        return self._result(call, outcome)

    def _started(self, call: ToolCall | InvalidToolCall) -> ToolMessage | asyncio.Future[object]:
        function = self._prepared(call)
        if isinstance(function, ToolMessage):
            return function
        return asyncio.ensure_future(_aoutcome(function, in_thread=not self._tools[call.name].is_async))

    def _prepared(self, call: ToolCall | InvalidToolCall) -> ToolMessage | Callable[[], object]:
        """Return the call as a function without parameters, or the error result of one that cannot be executed."""
        if isinstance(call, InvalidToolCall):
            return _error(call, call.problem or "the call is invalid")
        if call.name not in self._tools:
            return _error(call, f"there is no tool {shortened(call.name)!r}, only: {', '.join(self._tools) or 'none'}")
        one = self._tools[call.name]
        try:
            bound = one.parameters.bind(call, self._context)
        except ValueError as error:
            return _error(call, str(error))
        except Exception as error:  # noqa: BLE001 -- of a validator of the caller's
            return _failure(call, error)
        return lambda: one.function(*bound.args, **bound.kwargs)

    def _result(self, call: ToolCall | InvalidToolCall, outcome: object) -> ToolMessage:
        if isinstance(outcome, _Late):
            _logger.warning("the tool %s has no result after %s seconds", call.name, self._timeout)
            return _error(call, f"no result after {self._timeout} seconds")
        if isinstance(outcome, _Failed):
            if isinstance(outcome.error, Exception | asyncio.CancelledError):
                return _failure(call, outcome.error)
            raise outcome.error
        try:
            return ToolMessage(_content(outcome), tool_call_id=call.id)
        except Exception as error:  # noqa: BLE001 -- of the value's own serializers too
            return _failure(call, error)


def _outcome(function: Callable[[], object]) -> object:
    try:
        return function()
    except BaseException as error:  # noqa: BLE001 -- `_result` raises what is no Exception
        return _Failed(error)


def _in_thread(function: Callable[[], object]) -> Future[object]:
    """Start *function* in a daemon thread; the future gets its outcome."""
    future: Future[object] = Future()
    future.set_running_or_notify_cancel()
    context = copy_context()
    threading.Thread(target=lambda: future.set_result(context.run(_outcome, function)), daemon=True).start()
    return future


async def _aoutcome(function: Callable[[], object], *, in_thread: bool) -> object:
    try:
        value = await asyncio.wrap_future(_in_thread(function)) if in_thread else function()
        return await value if inspect.isawaitable(value) else value
    except Exception as error:  # noqa: BLE001 -- whatever the function raises
        return _Failed(error)


def _outcome_of(future: asyncio.Future[object]) -> object:
    return _Failed(asyncio.CancelledError()) if future.cancelled() else future.result()


def _failure(call: ToolCall | InvalidToolCall, error: BaseException) -> ToolMessage:
    _logger.warning("the tool %s failed", call.name, exc_info=error)
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 -- an exception of the caller's
        text = ""
    return _error(call, f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _error(call: ToolCall | InvalidToolCall, text: str) -> ToolMessage:
    sendable = shortened(text, _MAX_TEXT).encode(errors="replace").decode()
    return ToolMessage(sendable, tool_call_id=call.id, is_error=True)


def _content(value: object) -> str | Sequence[ToolPart]:
    """Return str and parts as they are, anything else as JSON."""
    parts = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(part, TextPart | ImagePart) for part in parts):
        return [part if isinstance(part, TextPart | ImagePart) else TextPart(_text(part)) for part in parts]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return to_json(value, bytes_mode="base64", inf_nan_mode="strings", fallback=_fields).decode()


def _fields(value: object) -> object:
    class_ = type(value)
    if attrs.has(class_):
        return {field.name: getattr(value, field.name) for field in attrs.fields(class_)}
    raise ValueError(f"a {class_.__name__} has no JSON form")

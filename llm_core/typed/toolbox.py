"""`Toolbox`: runs the tools that a model calls, and answers every call."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeAlias, TypeVar

import attrs
from pydantic_core import to_json

from llm_core.domain.messages import AssistantMessage, ToolMessage
from llm_core.domain.parts import ImagePart, TextPart, ToolPart
from llm_core.domain.reprs import shortened
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall
from llm_core.ports.event_loops import require_asyncio

from .answer_type import InvalidTextError
from .function_tool import FunctionTool

Call: TypeAlias = ToolCall | InvalidToolCall
Result = TypeVar("Result")
_logger = logging.getLogger("llm_core")
_MAX_TEXT = 2_000  # characters of an error that the model reads
_CLEANUP = 1.0  # seconds that cancelled functions have to clean up


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
            self._tools[one.name] = one
        self.tools: tuple[Tool, ...] = tuple(one.tool for one in self._tools.values())
        """The tools for a `ChatRequest`."""
        for one in self._tools.values():
            for name, is_required in one.contexts.items():
                if is_required and context is None:
                    raise ValueError(f"tool {one.name}: the parameter {name} needs a context")

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
        tasks = {asyncio.ensure_future(self._arun(call)): call for call in message.all_tool_calls}
        try:
            late = (await asyncio.wait(tasks, timeout=self._timeout))[1] if tasks else set()
        finally:
            if cancelled := [task for task in tasks if task.cancel()]:
                await asyncio.wait(cancelled, timeout=_CLEANUP)
        return tuple(self._late(call) if task in late else _outcome_of(task, call) for task, call in tasks.items())

    def _run(self, call: Call) -> ToolMessage:
        try:
            result = self._begun(call) if self._timeout is None else _in_thread(self._begun, call).result(self._timeout)
        except TimeoutError:
            return self._late(call)
        if isinstance(result, ToolMessage):
            return result
        if isinstance(result, Coroutine):
            result.close()
        return _failure(call, TypeError("it returned a coroutine; await arun"))

    async def _arun(self, call: Call) -> ToolMessage:
        one = self._tools.get(call.name)
        in_thread = one is not None and not one.is_async
        result = await asyncio.wrap_future(_in_thread(self._begun, call)) if in_thread else self._begun(call)
        if isinstance(result, ToolMessage):
            return result
        try:
            return _result(call, await result)
        except Exception as error:  # noqa: BLE001 -- whatever the function raises
            return _failure(call, error)

    def _begun(self, call: Call) -> ToolMessage | Awaitable[object]:
        """Call the function, and return the result of *call*; what an async function returns as it is."""
        if isinstance(call, InvalidToolCall):
            return _error(call, call.problem or "the call is invalid")
        if call.name not in self._tools:
            return _error(call, f"there is no tool {shortened(call.name)!r}, only: {', '.join(self._tools) or 'none'}")
        one = self._tools[call.name]
        try:
            bound = one.bind(call, self._context)
            value = one.function(*bound.args, **bound.kwargs)
            return value if isinstance(value, Awaitable) else _result(call, value)
        except InvalidTextError as error:
            return _error(call, str(error))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 -- whatever the function raises
            return _failure(call, error)

    def _late(self, call: Call) -> ToolMessage:
        _logger.warning("the tool %s has no result after %s seconds", call.name, self._timeout)
        return _error(call, f"no result after {self._timeout} seconds")


def _in_thread(function: Callable[[Call], Result], call: Call) -> Future[Result]:
    """Start *function* in a daemon thread; the future gets what it returns or raises."""
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(function, call))
        except BaseException as error:  # noqa: BLE001 -- an exit, which the future raises
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _outcome_of(task: asyncio.Future[ToolMessage], call: Call) -> ToolMessage:
    """Return the result of *task*; an error if its function raised CancelledError."""
    return _failure(call, asyncio.CancelledError()) if task.cancelled() else task.result()


def _result(call: Call, value: object) -> ToolMessage:
    return ToolMessage(_content(value), tool_call_id=call.id)


def _failure(call: Call, error: BaseException) -> ToolMessage:
    _logger.warning("the tool %s failed", call.name, exc_info=error)
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 -- an exception of the caller's
        text = ""
    return _error(call, f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _error(call: Call, text: str) -> ToolMessage:
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

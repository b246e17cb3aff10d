"""Checks the types of an adapter with ``mypy --strict``, as its users do."""

import atexit
import functools
import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Literal, TypeAlias

Port: TypeAlias = Literal["ChatPort", "ManagedChatPort", "SyncChatPort", "AsyncChatPort", "ChatEventSource"]

_IS_A_PORT = """\
import {module}
from llm_core import {port}

def is_a_port(adapter: {adapter}) -> {port}:
    return adapter
"""
_READERS = """\
from typing import assert_never, assert_type

import {module}
from llm_core import *

def reads_an_answer(response: ChatResponse) -> str:
    for call in response.message.all_tool_calls:
        match call:
            case ToolCall() | InvalidToolCall():
                pass
            case _:
                assert_never(call)
    match response.finish_reason:
        case FinishReason.STOP | FinishReason.LENGTH | FinishReason.TOOL_CALLS:
            return response.text
        case FinishReason.CONTENT_FILTER | FinishReason.PAUSED | FinishReason.OTHER:
            return response.raw_finish_reason or ""
        case _:
            assert_never(response.finish_reason)

def reads_an_event(event: StreamEvent) -> str:
    match event:
        case TextDelta(text) | ReasoningDelta(text):
            return text
        case ToolCallStart() | ToolCallDelta():
            return str(event.index)
        case StreamEnd(response=response):
            return reads_an_answer(response)
        case _:
            assert_never(event)

def reads_a_message(message: Message) -> str:
    match message:
        case SystemMessage() | AssistantMessage():
            return message.content
        case UserMessage() | ToolMessage():
            return str(len(message.parts))
        case _:
            assert_never(message)
"""
_SYNC_USE = """
def blocks(adapter: {adapter}, request: ChatRequest) -> None:
    assert_type(adapter.complete(request), ChatResponse)
    reads_a_message(adapter.complete(request).message)
    with adapter.stream(request) as stream:
        for event in stream:
            assert_type(event, StreamEvent)
            reads_an_event(event)
        assert_type(stream.until_done(), ChatResponse)
        assert_type(stream.response, ChatResponse)
        assert_type(stream.usage, Usage | None)
        stream.close()
"""
_ASYNC_USE = """
async def awaits(adapter: {adapter}, request: ChatRequest) -> None:
    assert_type(await adapter.acomplete(request), ChatResponse)
    reads_a_message((await adapter.acomplete(request)).message)
    async with adapter.astream(request) as stream:
        async for event in stream:
            assert_type(event, StreamEvent)
            reads_an_event(event)
        assert_type(await stream.until_done(), ChatResponse)
        assert_type(stream.response, ChatResponse)
        assert_type(stream.usage, Usage | None)
        await stream.aclose()
"""
_USES: dict[Port, list[str]] = {"SyncChatPort": [_SYNC_USE], "AsyncChatPort": [_ASYNC_USE], "ChatEventSource": []}


def assert_static(adapter: type | str, *, port: Port = "ChatPort", skip: Sequence[str] = ()) -> None:
    """Assert that ``mypy --strict`` accepts *adapter* as a *port*, and that its methods return no Any.

    mypy checks a generated program that uses the adapter as an agent does: it calls the methods, reads the streams, and
    matches every message and event exhaustively. The adapter is a parameter of the program, so it is not constructed. A
    `ChatEventSource` has no such methods: for it the program checks only that `from_events` accepts it. *adapter* is a
    class at the top level of a module, or its ``module:name``. *skip* names packages that mypy does not follow
    (``litellm.*``), because they are slow to read.

    Raises:
        AssertionError: mypy reports errors; the message shows its output.
        ModuleNotFoundError: mypy is not installed; the extra ``testing`` installs it.
        ValueError: the adapter is not a class at the top level of a module.
        RuntimeError: mypy did not run.
    """
    if importlib.util.find_spec("mypy") is None:
        raise ModuleNotFoundError("assert_static runs mypy: pip install 'llm-core[testing]'", name="mypy")
    adapter_class = _find_class(adapter) if isinstance(adapter, str) else adapter
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "mypy.toml").write_text(_settings(_search_path(adapter_class), skip), encoding="utf-8")
        for program in _programs(adapter_class, port):
            Path(folder, "program.py").write_text(program, encoding="utf-8")
            output = _mypy(folder)
            if output:
                name = f"{adapter_class.__module__}.{adapter_class.__qualname__}"
                raise AssertionError(f"{name} is not a {port} to mypy --strict:\n{output}")


def _find_class(adapter: str) -> type:
    module, _, name = adapter.partition(":")
    found: object = attrgetter(name)(importlib.import_module(module))
    if not isinstance(found, type):
        raise ValueError(f"adapter: {adapter} is not a class")
    return found


def _programs(adapter_class: type, port: Port) -> Iterator[str]:
    """Yield the programs that mypy checks: the assignment first, since a mismatch would be reported at every use."""
    if "<locals>" in adapter_class.__qualname__ or adapter_class.__module__ == "__main__":
        raise ValueError(
            f"adapter: {adapter_class.__qualname__} must be at the top level of a module that can be imported"
        )
    uses = _USES.get(port, [_SYNC_USE, _ASYNC_USE])
    name = f"{adapter_class.__module__}.{adapter_class.__qualname__}"
    for program in (_IS_A_PORT, "".join([_READERS, *uses])):
        yield program.format(module=adapter_class.__module__, adapter=name, port=port)


def _search_path(adapter_class: type) -> list[str]:
    """Return the folder where mypy finds the adapter's module; none if it is installed, since mypy finds it."""
    file = Path(str(sys.modules[adapter_class.__module__].__file__))
    package = file.parent if file.stem == "__init__" else file.with_suffix("")
    root = package.parents[adapter_class.__module__.count(".")]
    return [] if root.name in ("site-packages", "dist-packages") else [str(root)]


def _settings(roots: Sequence[str], skip: Sequence[str]) -> str:
    lines = ["[tool.mypy]", "strict = true", "disallow_any_expr = true", 'follow_imports = "silent"', "pretty = true"]
    lines.append(f"mypy_path = {json.dumps(roots)}")
    if skip:
        lines += ["[[tool.mypy.overrides]]", f"module = {json.dumps(list(skip))}", 'follow_imports = "skip"']
    return "\n".join(lines) + "\n"


def _mypy(folder: str) -> str:
    """Return mypy's output for the program in *folder*. It runs there, so that the author's settings do not apply."""
    command = [sys.executable, "-m", "mypy", "--config-file=mypy.toml", "--no-error-summary", "program.py"]
    run = subprocess.run(  # noqa: S603 -- the command is built here
        [*command, f"--cache-dir={_cache()}"], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.stderr:
        raise RuntimeError(f"mypy did not run: {run.stderr}")
    return run.stdout


@functools.cache
def _cache() -> str:
    """Return mypy's cache folder, shared by all adapters and removed when the process ends."""
    folder = tempfile.mkdtemp(prefix="llm-core-mypy-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

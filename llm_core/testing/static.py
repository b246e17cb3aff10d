"""The types of an adapter, seen as its users see them: by mypy --strict."""

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
        case FinishReason.CONTENT_FILTER | FinishReason.OTHER:
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
        await stream.aclose()
"""
_USES: dict[Port, list[str]] = {"SyncChatPort": [_SYNC_USE], "AsyncChatPort": [_ASYNC_USE], "ChatEventSource": []}


def assert_static(adapter: type | str, *, port: Port = "ChatPort", skip: Sequence[str] = ()) -> None:
    """Assert that *adapter* is a *port* to whoever runs ``mypy --strict``, and that no Any comes out of its verbs.

    It is a class at the top of a module, or its ``module:name``. A program is written that uses it as an agent does:
    the verbs, the streams, and matches that leave nothing out; the adapter is an argument of it, so none is made. Of
    `ChatEventSource`, which has no verbs, it sees that `from_events` will take it.
    *skip* names packages that mypy leaves unread (``litellm.*``), because they are slow, and not seen.

    Raises:
        AssertionError: mypy complains; its lines are shown.
        ModuleNotFoundError: mypy is not installed; it comes with the extra ``testing``.
        ValueError: the adapter is not at the top of a module.
        RuntimeError: mypy did not run.
    """
    if importlib.util.find_spec("mypy") is None:
        raise ModuleNotFoundError("assert_static runs mypy: pip install 'llm-core[testing]'", name="mypy")
    adapter_class = _find_class(adapter) if isinstance(adapter, str) else adapter
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "mypy.toml").write_text(_settings(_search_path(adapter_class), skip), encoding="utf-8")
        for program in _programs(adapter_class, port):
            Path(folder, "program.py").write_text(program, encoding="utf-8")
            complaints = _mypy(folder)
            if complaints:
                raise AssertionError(
                    f"{adapter_class.__module__}.{adapter_class.__qualname__} is no {port} to mypy --strict:\n{complaints}"
                )


def _find_class(adapter: str) -> type:
    module, _, name = adapter.partition(":")
    found: object = attrgetter(name)(importlib.import_module(module))
    if not isinstance(found, type):
        raise ValueError(f"adapter: {adapter} is no class")
    return found


def _programs(adapter_class: type, port: Port) -> Iterator[str]:
    """Yield what mypy reads: the assignment first, because what is no port would be told again at every use."""
    if "<locals>" in adapter_class.__qualname__ or adapter_class.__module__ == "__main__":
        raise ValueError(f"adapter: {adapter_class.__qualname__} must stand at the top of a module that can be imported")
    uses = _USES.get(port, [_SYNC_USE, _ASYNC_USE])
    name = f"{adapter_class.__module__}.{adapter_class.__qualname__}"
    for program in (_IS_A_PORT, "".join([_READERS, *uses])):
        yield program.format(module=adapter_class.__module__, adapter=name, port=port)


def _search_path(adapter_class: type) -> list[str]:
    """Return where mypy finds the adapter's module, unless it is installed: then mypy knows, and wants no advice."""
    file = Path(str(sys.modules[adapter_class.__module__].__file__))
    package = file.parent if file.stem == "__init__" else file.with_suffix("")
    root = package.parents[adapter_class.__module__.count(".")]
    return [] if root.name in ("site-packages", "dist-packages") else [str(root)]


def _settings(roots: Sequence[str], skip: Sequence[str]) -> str:
    told = ["[tool.mypy]", "strict = true", "disallow_any_expr = true", 'follow_imports = "silent"', "pretty = true"]
    told.append(f"mypy_path = {json.dumps(roots)}")
    if skip:
        told += ["[[tool.mypy.overrides]]", f"module = {json.dumps(list(skip))}", 'follow_imports = "skip"']
    return "\n".join(told) + "\n"


def _mypy(folder: str) -> str:
    """Return what mypy has to say of the program in *folder*, from there: the author's own settings stay out of it."""
    command = [sys.executable, "-m", "mypy", "--config-file=mypy.toml", "--no-error-summary", "program.py"]
    run = subprocess.run(  # noqa: S603 -- what runs was written here
        [*command, f"--cache-dir={_cache()}"], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.stderr:
        raise RuntimeError(f"mypy did not run: {run.stderr}")
    return run.stdout


@functools.cache
def _cache() -> str:
    """Return where mypy keeps what it has read, from one adapter to the next, until the process ends."""
    folder = tempfile.mkdtemp(prefix="llm-core-mypy-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

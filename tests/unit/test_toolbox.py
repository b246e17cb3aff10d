"""The results of tool calls: every call has one, in the order of the calls, whatever the functions do."""

import asyncio
import contextvars
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from llm_core import AssistantMessage, ConfigurationError, ImagePart, InvalidToolCall, TextPart, ToolCall, ToolMessage
from llm_core.testing import strategies
from llm_core.typed import Toolbox, tool

QUICK = settings(max_examples=20, deadline=None)
IMAGE = ImagePart(data=b"123", media_type="image/png")
Run = Callable[[Toolbox, AssistantMessage], tuple[ToolMessage, ...]]


def _run(box: Toolbox, message: AssistantMessage) -> tuple[ToolMessage, ...]:
    return box.run(message)


def _arun(box: Toolbox, message: AssistantMessage) -> tuple[ToolMessage, ...]:
    return asyncio.run(box.arun(message))


EVERY_WAY = pytest.mark.parametrize("run", [_run, _arun])
TIMEOUTS = pytest.mark.parametrize("timeout", [None, 5.0])


def _call(name: str, id: str = "1", **arguments: object) -> ToolCall:
    return ToolCall(id=id, name=name, arguments=arguments)


def _calls(*calls: ToolCall | InvalidToolCall) -> AssistantMessage:
    return AssistantMessage(
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
    )


class Level(Enum):
    LOW = "low"


@dataclass
class Row:
    at: datetime
    price: Decimal


@attrs.frozen
class Place:
    city: str
    rows: list[Row]


class Model(BaseModel):
    level: Level


class Point(NamedTuple):
    x: int


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("text", "text"),
        ("", ""),
        (None, "null"),
        (3, "3"),
        (1.5, "1.5"),
        (True, "true"),
        (float("nan"), '"NaN"'),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([], "[]"),
        ((1, "a"), '[1,"a"]'),
        (["a", "b"], '["a","b"]'),
        ("Zürich", "Zürich"),
        ({"z": "Zürich"}, '{"z":"Zürich"}'),
        (b"\xff", '"_w=="'),
        (Level.LOW, '"low"'),
        (Decimal("0.10"), '"0.10"'),
        (timedelta(seconds=90), '"PT1M30S"'),
        (Row(NOON, Decimal(1)), '{"at":"2026-01-02T12:00:00Z","price":"1"}'),
        (Place("Oslo", [Row(NOON, Decimal(1))]), '{"city":"Oslo","rows":[{"at":"2026-01-02T12:00:00Z","price":"1"}]}'),
        (Model(level=Level.LOW), '{"level":"low"}'),
        (Point(1), "[1]"),
        (TextPart("a"), (TextPart("a"),)),
        (IMAGE, (IMAGE,)),
        ([TextPart("a"), IMAGE], (TextPart("a"), IMAGE)),
        (["a", IMAGE, {"b": 1}], (TextPart("a"), IMAGE, TextPart('{"b":1}'))),
    ],
)
@EVERY_WAY
def test_a_result_is_text_parts_or_json(run: Run, value: object, content: object) -> None:
    def give() -> object:
        return value

    (result,) = run(Toolbox([give]), _calls(_call("give", "c1")))

    assert (content, "c1", False) == (result.content, result.tool_call_id, result.is_error)


class SilentError(Exception):
    pass


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "content"),
    [
        (ValueError("city must be known"), "ValueError: city must be known"),
        (SilentError(), "SilentError"),
        (KeyError("a"), "KeyError: 'a'"),
        (StopIteration("over"), "StopIteration: over"),
        (StopAsyncIteration(), "StopAsyncIteration"),
        (TimeoutError("its own"), "TimeoutError: its own"),
        (asyncio.CancelledError("its own"), "CancelledError: its own"),
        (RudeError(), "RudeError"),
        (ExceptionGroup("two", [ValueError("a"), ValueError("b")]), "ExceptionGroup: two (2 sub-exceptions)"),
        (ValueError("x" * 9_000), f"ValueError: {'x' * 1_988}..."),
    ],
)
@EVERY_WAY
@TIMEOUTS
def test_a_function_that_raises_has_its_class_and_message_as_an_error_result(
    run: Run, timeout: float | None, error: BaseException, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    def work() -> str:
        return "done"

    results = run(Toolbox([fail, work], timeout=timeout), _calls(_call("fail"), _call("work")))

    assert [(content, True), ("done", False)] == [(one.content, one.is_error) for one in results]
    (record,) = caplog.records
    assert (logging.WARNING, "the tool fail failed") == (record.levelno, record.getMessage())
    assert record.exc_info is not None
    assert error is record.exc_info[1]


@EVERY_WAY
def test_half_a_surrogate_pair_in_the_message_of_an_exception_is_a_question_mark(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("half \ud800")

    monkeypatch.setattr(logging.getLogger("llm_core"), "propagate", False)  # pytest-xdist cannot send what is captured

    results = run(Toolbox([fail]), _calls(_call("fail")))

    assert [("ValueError: half ?", True)] == [(one.content, one.is_error) for one in results]


@pytest.mark.parametrize(
    ("error", "content"),
    [
        (ValueError("no"), "ValueError: no"),
        (asyncio.CancelledError(), "CancelledError"),
        (StopIteration(), "RuntimeError: coroutine raised StopIteration"),
        (TimeoutError("its own"), "TimeoutError: its own"),
    ],
)
@TIMEOUTS
def test_an_async_function_that_raises_has_an_error_result_too(
    timeout: float | None, error: BaseException, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise error

    results = _arun(Toolbox([fail, look], timeout=timeout), _calls(_call("fail"), _call("look", city="a", days=[])))

    assert [(content, True), ("a []", False)] == [(one.content, one.is_error) for one in results]
    assert ["the tool fail failed"] == [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@TIMEOUTS
def test_an_exit_of_a_function_reaches_the_caller(error: type[BaseException], timeout: float | None) -> None:
    def leave() -> None:
        raise error

    with pytest.raises(error):
        Toolbox([leave], timeout=timeout).run(_calls(_call("leave")))
    with pytest.raises(error):
        asyncio.run(Toolbox([leave], timeout=timeout).arun(_calls(_call("leave"))))


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("half \ud800", "ValueError: content: "),
        ({"a": "\ud800"}, ""),
        (object(), "PydanticSerializationError: "),
        ([IMAGE, object()], "PydanticSerializationError: "),
    ],
)
@EVERY_WAY
def test_a_value_that_cannot_be_sent_is_an_error_result(run: Run, value: object, content: str) -> None:
    def give() -> object:
        return value

    (result,) = run(Toolbox([give]), _calls(_call("give")))

    assert result.is_error
    assert str(result.content).startswith(content)


def test_a_cycle_is_an_error_result() -> None:
    cycle: list[object] = []
    cycle.append(cycle)

    (result,) = Toolbox([lambda_named("give", lambda: cycle)]).run(_calls(_call("give")))

    assert result.is_error


def lambda_named(name: str, function: Callable[..., object]) -> Callable[..., object]:
    function.__name__ = name
    return function


def look(city: str, days: list[int]) -> str:
    return f"{city} {days}"


@pytest.mark.parametrize(
    ("call", "content"),
    [
        (_call("look", city="Oslo"), "days: Field required"),
        (_call("look", city="Oslo", days=[1, "x"]), "days[1]: Input should be a valid integer, unable to parse"),
        (_call("look", city=1, days=[1]), "city: Input should be a valid string"),
        (_call("look", city="a", days=[], more=1), "more: Extra inputs are not permitted"),
        (_call("look"), "city: Field required; days: Field required"),
        (_call("find"), "there is no tool 'find', only: look"),
        (_call("x" * 500), f"there is no tool '{'x' * 200}...', only: look"),
        (InvalidToolCall(id="1", name="look", arguments_text="[", problem="not JSON"), "not JSON"),
        (InvalidToolCall(id="1", name="", arguments_text="", problem=""), "the call is invalid"),
    ],
)
@EVERY_WAY
def test_a_call_that_does_not_fit_has_its_problem_as_an_error_result(
    run: Run, call: ToolCall | InvalidToolCall, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (result,) = run(Toolbox([look]), _calls(call))

    assert result.is_error
    assert str(result.content).startswith(content)
    assert [] == caplog.records


def test_a_toolbox_without_tools_answers_too() -> None:
    (result,) = Toolbox([]).run(_calls(_call("find")))

    assert ToolMessage("there is no tool 'find', only: none", tool_call_id="1", is_error=True) == result


def test_a_validator_that_fails_is_an_error_result() -> None:
    @attrs.frozen
    class Odd:
        x: int = attrs.field()

        @x.validator
        def _check(self, _: object, __: int) -> None:
            raise OSError("no disk")

    def keep(odd: Odd) -> None: ...

    (result,) = Toolbox([lambda_typed(keep, odd=Odd)]).run(_calls(_call("keep", odd={"x": 1})))

    assert ("OSError: no disk", True) == (result.content, result.is_error)


def lambda_typed(function: Callable[..., object], **hints: object) -> Callable[..., object]:
    function.__annotations__ |= hints
    return function


KNOWN = st.builds(_call, st.just("echo"), st.sampled_from("abc"), value=strategies.json_values())
MISFIT = st.builds(_call, st.sampled_from(["echo", "fail", "other"]), st.sampled_from("abc"))
BROKEN = st.builds(
    InvalidToolCall,
    id=st.sampled_from("abc"),
    name=st.sampled_from(["echo", ""]),
    arguments_text=st.just("{"),
    problem=st.sampled_from(["", "cut off"]),
)


@given(st.lists(KNOWN | MISFIT | BROKEN, max_size=6), st.sampled_from([_run, _arun]))
@QUICK
def test_every_call_has_a_result_in_the_order_of_the_calls(calls: list[ToolCall | InvalidToolCall], run: Run) -> None:
    def echo(value: object) -> object:
        return value

    def fail() -> None:
        raise StopIteration

    message = _calls(*calls)
    results = run(Toolbox([echo, fail]), message)

    assert [call.id for call in message.all_tool_calls] == [result.tool_call_id for result in results]
    good = [
        isinstance(call, ToolCall) and call.name == "echo" and bool(call.arguments) for call in message.all_tool_calls
    ]
    assert good == [not result.is_error for result in results]


@EVERY_WAY
def test_a_message_without_calls_has_no_results(run: Run) -> None:
    assert () == run(Toolbox([look]), AssistantMessage("Done."))


def test_run_refuses_a_toolbox_with_an_async_function() -> None:
    async def fetch() -> str:
        return "x"

    box = Toolbox([look, tool(fetch)])

    with pytest.raises(TypeError, match=r"\Arun: the tool fetch is async; await arun\Z"):
        box.run(_calls(_call("look", city="Oslo", days=[])))


class Later:
    def __await__(self) -> Generator[None, None, str]:
        yield from ()
        return "x"


async def fetched() -> str:
    return "x"


@pytest.mark.parametrize("awaitable", [fetched, Later])
def test_a_function_that_returns_an_awaitable_is_awaited_by_arun_alone(awaitable: Callable[[], object]) -> None:
    def wrapped() -> object:
        return awaitable()

    box = Toolbox([wrapped])

    assert "x" == _arun(box, _calls(_call("wrapped")))[0].content
    assert "TypeError: it returned a coroutine; await arun" == box.run(_calls(_call("wrapped")))[0].content


@EVERY_WAY
@TIMEOUTS
def test_context_variables_reach_the_functions(run: Run, timeout: float | None) -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    def read() -> str:
        return variable.get()

    token = variable.set("set")
    (result,) = run(Toolbox([read], timeout=timeout), _calls(_call("read")))
    variable.reset(token)

    assert "set" == result.content


def test_run_calls_one_after_another_in_the_calling_thread() -> None:
    order: list[object] = []

    def note(x: int) -> None:
        order.append((x, threading.current_thread()))

    Toolbox([note]).run(_calls(*[_call("note", x=x) for x in range(3)]))

    assert [(x, threading.current_thread()) for x in range(3)] == order


def test_arun_calls_all_at_once() -> None:
    barrier = threading.Barrier(2)
    event = asyncio.Event()

    def meet() -> str:
        barrier.wait(5)
        return "met"

    async def wait() -> str:
        await event.wait()
        return "waited"

    async def release() -> str:
        event.set()
        return "released"

    calls = _calls(*[_call(name) for name in ("wait", "meet", "meet", "release")])

    assert ["waited", "met", "met", "released"] == [one.content for one in _arun(Toolbox([meet, wait, release]), calls)]


def test_a_late_function_has_an_error_result_and_the_others_their_own(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    cleaned: list[str] = []

    def hang() -> None:
        release.wait(10)

    async def ahang() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            cleaned.append("ahang")

    calls = _calls(_call("hang"), _call("ahang"), _call("look", city="Oslo", days=[]))
    results = _arun(Toolbox([hang, ahang, look], timeout=0.05), calls)
    release.set()

    late = "no result after 0.05 seconds"
    assert [(late, True), (late, True), ("Oslo []", False)] == [(one.content, one.is_error) for one in results]
    assert ["ahang"] == cleaned
    assert {f"the tool {name} has {late}" for name in ("hang", "ahang")} == {one.getMessage() for one in caplog.records}


def test_run_leaves_a_late_function_in_its_thread() -> None:
    release, ended = threading.Event(), threading.Event()

    def hang() -> None:
        release.wait(10)
        ended.set()

    (result,) = Toolbox([hang], timeout=0.05).run(_calls(_call("hang")))

    assert ("no result after 0.05 seconds", True) == (result.content, result.is_error)
    release.set()
    assert ended.wait(5)


def test_an_async_function_that_ignores_its_cancellation_does_not_hold_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("llm_core.typed.toolbox._CLEANUP", 0.02)

    async def stubborn() -> str:
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await release.wait()
        return "late"

    async def act() -> tuple[ToolMessage, ...]:
        results = await Toolbox([stubborn], timeout=0.02).arun(_calls(_call("stubborn")))
        release.set()
        await asyncio.sleep(0)
        return results

    release = asyncio.Event()
    (result,) = asyncio.run(act())

    assert "no result after 0.02 seconds" == result.content


def test_cancelling_arun_cancels_the_async_functions_together_and_waits_for_their_cleanup() -> None:
    started, order = asyncio.Event(), []
    release = threading.Event()

    async def hang(x: int) -> None:
        started.set()
        try:
            await asyncio.sleep(10)
        finally:
            order.append(f"cancelled {x}")
            await asyncio.sleep(0.01)
            order.append(f"cleaned {x}")

    def block() -> None:
        release.wait(10)

    async def act() -> None:
        calls = _calls(_call("block"), _call("hang", x=1), _call("hang", x=2))
        task = asyncio.create_task(Toolbox([hang, block]).arun(calls))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(act())
    release.set()

    assert ["cancelled 1", "cancelled 2"] == sorted(order[:2])
    assert ["cleaned 1", "cleaned 2"] == sorted(order[2:])


def test_neither_asyncio_run_nor_the_end_of_the_program_waits_for_a_late_function() -> None:
    program = """
import asyncio, threading
from llm_core import AssistantMessage, ToolCall
from llm_core.typed import Toolbox

def hang() -> None:
    threading.Event().wait(60)

async def act() -> None:
    (result,) = await Toolbox([hang], timeout=0.05).arun(calls)
    print(result.content)

calls = AssistantMessage(tool_calls=[ToolCall(id="1", name="hang", arguments={})])
asyncio.run(act())
print(Toolbox([hang], timeout=0.05).run(calls)[0].content)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert ["no result after 0.05 seconds"] * 2 == run.stdout.splitlines()
    assert "Traceback" not in run.stderr


def test_arun_needs_asyncio() -> None:
    with pytest.raises(ConfigurationError, match="asyncio"):
        Toolbox([look]).arun(_calls(_call("look"))).send(None)

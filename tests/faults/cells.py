"""One cell of the matrix: a fault, a wire, a mode and a lane; what is promised there, and what is seen."""

import asyncio
import time
from collections.abc import Iterator
from typing import Literal, TypeAlias

import attrs

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.testing import Breaks, Fails, Redirects, Sends
from llm_core.testing.clauses.modes import STREAMS, Mode
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.registry import DIALECTS

from .fault_bodies import REQUEST_ID
from .faults import FAULTS, Fault
from .playing import Says, Side, side_of

Lane: TypeAlias = Literal["direct", "call"]
LANES: tuple[Lane, ...] = ("direct", "call")
MODELS = {  # by dialect: the model, and what follows the address of the fake provider
    "openai_chat": ("openai/fake-provider-1", "/v1"),
    "anthropic_messages": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
    "ollama_chat": ("ollama_chat/llama3.2", ""),
}
_IN_TIME = 1.2  # seconds beside the timeout
_NO_ERROR = "an answer"


@attrs.frozen(kw_only=True)
class Cell:
    """Where it is looked."""

    fault: Fault
    dialect: str
    mode: Mode
    lane: Lane

    def __str__(self) -> str:
        return f"{self.fault.phase}: {self.fault.name}-{self.dialect}-{self.mode}"


@attrs.frozen(kw_only=True)
class Seen:
    """What came of it; what is promised has the same shape."""

    kind: str
    retryable: bool
    retry_after: float | None
    status: int | None
    request_id: str | None
    partial: bool  # what had arrived is told
    requests: int
    foreign: tuple[str, ...] = ()  # what hangs on the error and is not ours
    left: tuple[str, ...] = ()  # connections and tasks that stay
    late: bool = False


def cells(lane: Lane) -> Iterator[Cell]:
    """Yield every cell of *lane* that its wire has words for; LiteLLM takes minutes over what has no bound."""
    for fault in FAULTS:
        if lane == "call" and fault.is_large:
            continue
        for name, dialect in DIALECTS.items():
            for mode in fault.modes:
                if not _lacks(fault, dialect, mode):
                    yield Cell(fault=fault, dialect=name, mode=mode, lane=lane)


def promised(cell: Cell) -> Seen:
    """Return what the table promises, in the words of the cell's wire."""
    fault, dialect = cell.fault, DIALECTS[cell.dialect]
    status, request_id = _told(fault, dialect)
    return Seen(
        kind=fault.kind.__name__,
        retryable=fault.kind.retryable,
        retry_after=fault.retry_after,
        status=status,
        request_id=request_id,
        partial=cell.mode in fault.told,
        requests=fault.requests,
    )


def seen(cell: Cell) -> Seen:
    """Play the fault, ask once, and look."""
    with side_of(cell.fault.play, DIALECTS[cell.dialect]) as side:
        return asyncio.run(_aseen(cell, side)) if cell.mode.startswith("a") else _seen(cell, side)


def differences(cell: Cell, one: Seen) -> tuple[str, ...]:
    """Return where *one* is not what was promised, in a few words each."""
    due = promised(cell)
    if one.kind == _NO_ERROR:
        return (_NO_ERROR,)
    if one.kind != due.kind:
        return (one.kind, *_told_apart(due, one, "requests", "foreign", "left", "late"))
    return tuple(_told_apart(due, one, *(field.name for field in attrs.fields(Seen))))


def _told_apart(due: Seen, one: Seen, *names: str) -> Iterator[str]:
    for name in names:
        if getattr(one, name) != getattr(due, name):
            yield _words(name, getattr(one, name))


def _words(name: str, value: object) -> str:
    if name == "late":
        return name
    return f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, tuple) else value}"


def _told(fault: Fault, dialect: Dialect) -> tuple[int | None, str | None]:
    match fault.play:
        case Fails() as failure:
            headers = dict(dialect.headers(failure))
            status = dialect.status(failure)
            told = next((headers[name] for name in ("x-request-id", "request-id") if name in headers), None)
            return (status if status >= 400 else None), told
        case Redirects(status=status):
            return status, None
        case Says() if fault.phase in ("body", "mid-stream"):
            return (500 if fault.name.startswith("500") else None), REQUEST_ID
        case _:
            return None, None


def _lacks(fault: Fault, dialect: Dialect, mode: Mode) -> bool:
    play = fault.play
    return isinstance(play, Breaks | Fails | Sends) and dialect.inexpressible(play, streams=mode in STREAMS) is not None


def _chat(cell: Cell, side: Side) -> LiteLLMChat:
    model, path = MODELS[cell.dialect]
    return LiteLLMChat(model, api_key="sk-of-nobody-0123456789", api_base=f"{side.url}{path}", lane=cell.lane)


def _request(cell: Cell) -> ChatRequest:
    return ChatRequest(messages=[UserMessage("Well?")], settings=ChatSettings(timeout=cell.fault.timeout))


def _seen(cell: Cell, side: Side) -> Seen:
    began, error = time.monotonic(), None
    with _chat(cell, side) as chat:
        try:
            if cell.mode == "complete":
                chat.complete(_request(cell))
            else:
                with chat.stream(_request(cell)) as stream:
                    stream.until_done()
        except Exception as caught:  # noqa: BLE001 -- whatever it is, it is told
            error = caught
        took = time.monotonic() - began
        left = [*_unfreed(cell, side), *_checked_out(chat, cell)]
    return _summary(cell, side, error, took, left)


async def _aseen(cell: Cell, side: Side) -> Seen:
    began, error = time.monotonic(), None
    async with _chat(cell, side) as chat:
        try:
            if cell.mode == "acomplete":
                await chat.acomplete(_request(cell))
            else:
                async with chat.astream(_request(cell)) as stream:
                    await stream.until_done()
        except Exception as caught:  # noqa: BLE001 -- as above
            error = caught
        took = time.monotonic() - began
        await asyncio.sleep(0.01)  # what was closed is gone a turn of the loop later
        left = [*_unfreed(cell, side), *_checked_out(chat, cell)]
        left += ["a task"] if cell.lane == "direct" and len(asyncio.all_tasks()) > 1 else []
    return _summary(cell, side, error, took, left)


def _summary(cell: Cell, side: Side, error: Exception | None, took: float, left: list[str]) -> Seen:
    if cell.lane == "direct" and not side.recorder.has_open(0):
        left.append("a connection after close")
    ours = error if isinstance(error, ChatError) else ChatError()
    return Seen(
        kind=_NO_ERROR if error is None else type(error).__name__,
        retryable=ours.retryable,
        retry_after=ours.retry_after,
        status=ours.status_code,
        request_id=ours.request_id,
        partial=bool(ours.partial and ours.partial.content),
        requests=side.recorder.count,
        foreign=tuple(_foreign(error)),
        left=tuple(left),
        late=took > cell.fault.timeout + _IN_TIME,
    )


def _unfreed(cell: Cell, side: Side) -> Iterator[str]:
    """Yield a connection whose answer has not ended, and that the fake provider still holds."""
    if cell.fault.unfinished and not side.recorder.all_freed(within=1.0):
        yield "a connection"


def _checked_out(chat: LiteLLMChat, cell: Cell) -> Iterator[str]:
    """Yield what is in use and no call uses: LiteLLM's own clients show nothing of the kind."""
    if cell.lane == "call" or not chat._lane_routers:
        return
    for pool in chat._lane_routers[0].transports._pools.values():
        yield from ("a connection in use" for one in pool.inner.connections if not (one.is_idle() or one.is_closed()))
    for own in chat._lane_routers[0].transports._loops.values():
        connector = own.session.connector
        yield from ("a connection in use" for _ in (connector._acquired if connector else ()))


def _foreign(error: BaseException | None) -> Iterator[str]:
    """Yield what hangs on an error and is not ours."""
    if error is None:
        return
    if not isinstance(error, ChatError | ProviderFault):
        yield type(error).__name__
    if error.__context__ is not None:
        yield f"context {type(error.__context__).__name__}"
    if isinstance(error, ChatError) and error.__cause__ is None:
        yield "no cause"
    yield from _foreign(error.__cause__)

"""One cell of the matrix (a fault, a wire, a mode and a lane): its expected and its observed outcome."""

import asyncio
import time
from collections.abc import Iterable, Iterator
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
from .raw_server import FaultServer, RawReply, server_for

Lane: TypeAlias = Literal["direct", "call"]
LANES: tuple[Lane, ...] = ("direct", "call")
MODELS = {  # by dialect: the model, and what follows the address of the fake provider
    "openai_chat": ("openai/fake-provider-1", "/v1"),
    "anthropic_messages": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
    "ollama_chat": ("ollama_chat/llama3.2", ""),
}
_FIRST_ERROR = 400  # HTTP status
_GRACE = 1.2  # seconds beyond the timeout
_NO_ERROR = "an answer"


@attrs.frozen(kw_only=True)
class Cell:
    """The place in the matrix."""

    fault: Fault
    dialect: str
    mode: Mode
    lane: Lane

    def __str__(self) -> str:
        return f"{self.fault.phase}: {self.fault.name}-{self.dialect}-{self.mode}"


@attrs.frozen(kw_only=True)
class Seen:
    """The outcome of a call, observed or expected."""

    error_class: str
    retryable: bool
    retry_after: float | None
    status: int | None
    request_id: str | None
    partial: bool  # the error has the text that had arrived
    requests: int
    third_party: tuple[str, ...] = ()  # exceptions in the error's chain that are not ours
    leaked: tuple[str, ...] = ()  # connections and tasks that are not released
    late: bool = False


def cells(lane: Lane) -> Iterator[Cell]:
    """Yield the cells of *lane* that its wire can express. The call lane has no size bounds: it gets no large fault."""
    for fault in FAULTS:
        if lane == "call" and fault.is_large:
            continue
        for name in MODELS:
            for mode in fault.modes:
                if not _lacks(fault, DIALECTS[name], mode):
                    yield Cell(fault=fault, dialect=name, mode=mode, lane=lane)


def expected(cell: Cell) -> Seen:
    """Return the expected outcome, with the status and request id of the cell's wire."""
    fault, dialect = cell.fault, DIALECTS[cell.dialect]
    status, request_id = _status_and_request_id(fault, dialect)
    return Seen(
        error_class=fault.error_class.__name__,
        retryable=fault.error_class.retryable,
        retry_after=fault.retry_after,
        status=status,
        request_id=request_id,
        partial=cell.mode in fault.partial_modes,
        requests=fault.requests,
    )


def seen(cell: Cell) -> Seen:
    """Play the fault, make one call, and return the outcome."""
    with server_for(cell.fault.play, DIALECTS[cell.dialect]) as server:
        return asyncio.run(_aseen(cell, server)) if cell.mode.startswith("a") else _seen(cell, server)


def differences(cell: Cell, one: Seen) -> tuple[str, ...]:
    """Return a short text for each field of *one* that is not as expected."""
    due = expected(cell)
    if one.error_class == _NO_ERROR:
        return (_NO_ERROR,)
    if one.error_class != due.error_class:
        return (one.error_class, *_differing_fields(due, one, "requests", "third_party", "leaked", "late"))
    return tuple(_differing_fields(due, one, *(field.name for field in attrs.fields(Seen))))


def _differing_fields(due: Seen, one: Seen, *names: str) -> Iterator[str]:
    for name in names:
        if getattr(one, name) != getattr(due, name):
            yield _described(name, getattr(one, name))


def _described(name: str, value: object) -> str:
    if name == "late":
        return name
    return f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, tuple) else value}"


def _status_and_request_id(fault: Fault, dialect: Dialect) -> tuple[int | None, str | None]:
    match fault.play:
        case Fails() as failure:
            status = dialect.status(failure)
            return (status if status >= 400 else None), _request_id_in(dialect.headers(failure))
        case Breaks() if fault.phase in ("body", "mid-stream"):
            return None, _request_id_in(dialect.headers(Fails(status=500)))  # each answer has that of an error
        case Redirects(status=status):
            return status, None
        case RawReply() if fault.phase in ("body", "mid-stream"):
            return _status_in(fault.name), REQUEST_ID
        case _:
            return None, None


def _request_id_in(headers: Iterable[tuple[str, str]]) -> str | None:
    return next((value for name, value in headers if name in ("x-request-id", "request-id")), None)


def _status_in(name: str) -> int | None:
    """Return the status of an error that *name* begins with, if it does."""
    status = int(name[:3]) if name[:3].isdigit() else 0
    return status if status >= _FIRST_ERROR else None


def _lacks(fault: Fault, dialect: Dialect, mode: Mode) -> bool:
    play = fault.play
    return isinstance(play, Breaks | Fails | Sends) and dialect.inexpressible(play, streams=mode in STREAMS) is not None


def _chat(cell: Cell, server: FaultServer) -> LiteLLMChat:
    model, path = MODELS[cell.dialect]
    return LiteLLMChat(model, api_key="sk-made-up-0123456789", api_base=f"{server.url}{path}", lane=cell.lane)


def _request(cell: Cell) -> ChatRequest:
    return ChatRequest(messages=[UserMessage("Well?")], settings=ChatSettings(timeout=cell.fault.timeout))


def _seen(cell: Cell, server: FaultServer) -> Seen:
    began, error = time.monotonic(), None
    with _chat(cell, server) as chat:
        try:
            if cell.mode == "complete":
                chat.complete(_request(cell))
            else:
                with chat.stream(_request(cell)) as stream:
                    stream.until_done()
        except Exception as caught:  # noqa: BLE001 -- reported in the outcome
            error = caught
        took = time.monotonic() - began
        leaked = [*_unfreed(cell, server), *_checked_out(chat, cell)]
    return _summary(cell, server, error, took, leaked)


async def _aseen(cell: Cell, server: FaultServer) -> Seen:
    began, error = time.monotonic(), None
    async with _chat(cell, server) as chat:
        try:
            if cell.mode == "acomplete":
                await chat.acomplete(_request(cell))
            else:
                async with chat.astream(_request(cell)) as stream:
                    await stream.until_done()
        except Exception as caught:  # noqa: BLE001 -- as above
            error = caught
        took = time.monotonic() - began
        await asyncio.sleep(0.01)  # a closed connection is released one turn of the event loop later
        leaked = [*_unfreed(cell, server), *_checked_out(chat, cell)]
        leaked += ["a task"] if cell.lane == "direct" and len(asyncio.all_tasks()) > 1 else []
    return _summary(cell, server, error, took, leaked)


def _summary(cell: Cell, server: FaultServer, error: Exception | None, took: float, leaked: list[str]) -> Seen:
    if cell.lane == "direct" and not server.recorder.has_open(0):
        leaked.append("a connection after close")
    ours = error if isinstance(error, ChatError) else ChatError()
    return Seen(
        error_class=_NO_ERROR if error is None else type(error).__name__,
        retryable=ours.retryable,
        retry_after=ours.retry_after,
        status=ours.status_code,
        request_id=ours.request_id,
        partial=bool(ours.partial and ours.partial.content),
        requests=server.recorder.count,
        third_party=tuple(_third_party(error)),
        leaked=tuple(leaked),
        late=took > cell.fault.timeout + _GRACE,
    )


def _unfreed(cell: Cell, server: FaultServer) -> Iterator[str]:
    """Yield a connection whose answer has not ended and that the fake provider still has open."""
    if cell.fault.unfinished and not server.recorder.all_freed(within=1.0):
        yield "a connection"


def _checked_out(chat: LiteLLMChat, cell: Cell) -> Iterator[str]:
    """Yield the connections that a pool counts as in use after the call. LiteLLM's own clients do not show that."""
    if cell.lane == "call":
        return
    yield from ("a connection in use" for _ in chat._direct.transports._calls)
    for own in chat._direct.transports._loops.values():
        yield from ("a connection in use" for _ in own.pool._used)


def _third_party(error: BaseException | None) -> Iterator[str]:
    """Yield the exceptions in the chain of *error* that are not ours."""
    if error is None:
        return
    if not isinstance(error, ChatError | ProviderFault):
        yield type(error).__name__
    if error.__context__ is not None:
        yield f"context {type(error.__context__).__name__}"
    if isinstance(error, ChatError) and error.__cause__ is None:
        yield "no cause"
    yield from _third_party(error.__cause__)

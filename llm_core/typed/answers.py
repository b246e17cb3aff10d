"""Answers as values of the caller's types: `complete_as`, `stream_as`, and the same for async."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, TypeVar

from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import AsyncChatPort, SyncChatPort

from .dialogue import Dialogue
from .results import Method, Partial, Typed

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")


def complete_as(
    chat: SyncChatPort, request: ChatRequest, type: TypeForm[T], *, repairs: int = 0, method: Method = "auto"
) -> Typed[T]:
    """Return the model's answer to *request* as a value of *type*.

    *type* is anything that pydantic reads, such as a dataclass, TypedDict, NamedTuple, model, union, ``list[Order]`` or
    ``Annotated[int, Field(ge=0)]``, or an attrs class. *method* ``auto`` takes the best one that `describe` reports,
    and moves on where the adapter refuses it before sending. The tools of *request* are for its history: the model may
    not call them. An invalid answer goes back to the model with its problems, at most *repairs* times; one that was
    cut off at the limit of tokens is requested again without its text.

    Raises:
        InvalidAnswerError: the last answer is no value of *type*, or the model refused to answer.
        ChatError: as `SyncChatPort.complete` raises it; its `usage` includes that of earlier attempts.
        ValueError: *request* has an `output`, or a tool choice of ``required`` or `NamedTool`; *repairs* is negative.
        TypeError: *type* has no JSON Schema.
    """
    dialogue = Dialogue(chat, request, type, method, repairs)
    while dialogue.typed is None:
        with dialogue:
            dialogue.add(chat.complete(dialogue.request))
    return dialogue.typed


async def acomplete_as(
    chat: AsyncChatPort, request: ChatRequest, type: TypeForm[T], *, repairs: int = 0, method: Method = "auto"
) -> Typed[T]:
    """Return the model's answer as a value of *type*; parameters and errors are those of `complete_as`."""
    dialogue = Dialogue(chat, request, type, method, repairs)
    while dialogue.typed is None:
        with dialogue:
            dialogue.add(await chat.acomplete(dialogue.request))
    return dialogue.typed


def stream_as(
    chat: SyncChatPort, request: ChatRequest, type: TypeForm[T], *, method: Method = "auto"
) -> Generator[Partial | Typed[T], None, None]:
    """Return an iterator of snapshots of the answer, which ends with one `Typed`; closing it closes the stream.

    Errors are those of `complete_as`; ValueError and TypeError are raised at once, the others while it is iterated.
    """
    return _events(chat, Dialogue(chat, request, type, method))


def astream_as(
    chat: AsyncChatPort, request: ChatRequest, type: TypeForm[T], *, method: Method = "auto"
) -> AsyncGenerator[Partial | Typed[T], None]:
    """Return an async iterator of what `stream_as` returns; leave it by ``contextlib.aclosing``."""
    return _aevents(chat, Dialogue(chat, request, type, method))


def _events(chat: SyncChatPort, dialogue: Dialogue[T]) -> Generator[Partial | Typed[T], None, None]:
    while dialogue.typed is None:
        with dialogue, chat.stream(dialogue.request) as stream:
            snapshots = dialogue.snapshots()
            for event in stream:
                if (partial := snapshots.read(event)) is not None:
                    yield partial
            dialogue.add(stream.response)
    yield dialogue.typed


async def _aevents(chat: AsyncChatPort, dialogue: Dialogue[T]) -> AsyncGenerator[Partial | Typed[T], None]:
    while dialogue.typed is None:
        with dialogue:
            async with chat.astream(dialogue.request) as stream:
                snapshots = dialogue.snapshots()
                async for event in stream:
                    if (partial := snapshots.read(event)) is not None:
                        yield partial
                dialogue.add(stream.response)
    yield dialogue.typed

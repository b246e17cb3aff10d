"""A conversation in a file: read at the start, written after every answer."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from llm_core.domain.messages import Message, SystemMessage

from .attachments import read_text

_PRIVATE = 0o600  # a conversation is its owner's alone; NamedTemporaryFile creates it so


def opening(resume: Path | None, system: str | None) -> list[Message]:
    """Return the history before the first question: that of the file *resume*, with *system* as its instructions.

    Raises:
        ValueError: the file cannot be read, or holds no conversation.
    """
    history = _read(resume) if resume else []
    if system:
        history = [SystemMessage(system), *(history[1:] if history[:1] and _is_system(history[0]) else history)]
    return history


def save(messages: Sequence[Message], path: Path) -> None:
    """Write *messages* to *path*, in one step: what stood there before stays until all of it is written."""
    from llm_core.serialization import messages_to_json

    path = path.resolve()
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8") as new:
        new.write(f"{messages_to_json(messages)}\n")
    os.replace(new.name, path)  # noqa: PTH105 -- the path is that of the temporary file


def check_place(path: Path) -> None:
    """Raise a ValueError if *path* cannot be written, before a question is sent that could then not be saved."""
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: cannot be written")


def _read(path: Path) -> list[Message]:
    from llm_core.serialization import InvalidDocumentError, messages_from_json

    try:
        return messages_from_json(read_text(path))
    except InvalidDocumentError as error:
        raise ValueError(f"{path}: no conversation: {error}") from None


def _is_system(message: Message) -> bool:
    return isinstance(message, SystemMessage)

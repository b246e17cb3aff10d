"""Files beside a question: text, images and PDF, by their first bytes."""

import sys
from pathlib import Path

from llm_core.domain.parts import FilePart, ImagePart, TextPart, UserPart

STDIN = Path("-")
_IMAGE_STARTS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")
_PDF = b"%PDF-"


def attachment(path: Path) -> UserPart:
    """Return the content of *path*, ``-`` is standard input, as a part of a message.

    Raises:
        ValueError: there is no such file, or it holds neither text, an image nor a PDF.
    """
    data, name = (sys.stdin.buffer.read(), "stdin") if path == STDIN else (_read(path), path.name)
    if data.startswith(_IMAGE_STARTS) or (data[:4], data[8:12]) == (b"RIFF", b"WEBP"):
        return ImagePart(data=data)
    if data.startswith(_PDF):
        return FilePart(data=data, media_type="application/pdf", name=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{name}: neither text in UTF-8, an image (PNG, JPEG, GIF, WebP) nor a PDF")
    return TextPart(f'<file name="{name}">\n{text}\n</file>\n')


def read_text(path: Path) -> str:
    """Return the text of *path*. ValueError if it cannot be read."""
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not text in UTF-8") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or type(error).__name__}") from None

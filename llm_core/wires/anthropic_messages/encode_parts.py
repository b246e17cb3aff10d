"""Text, images and documents as content blocks of Anthropic's Messages API.

Sources: https://docs.anthropic.com/en/docs/build-with-claude/vision, /en/docs/build-with-claude/pdf-support,
/en/docs/build-with-claude/files (an uploaded file is named by its id) and /en/docs/build-with-claude/citations (plain
text as a document, and the title of a document).
"""

import re
from typing import assert_never

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.wires.media import base64_text, image_media_type
from llm_core.wires.model_rules import ModelRules

_PDF, _TEXT = "application/pdf", "text/plain"
_UPLOADED = "file_"  # begins the id of a file in the provider's storage
_DATA_URL = re.compile(r"data:([^;,]+);base64,(.*)", re.DOTALL)


def encode_part(part: UserPart, path: str, rules: ModelRules) -> JsonObject:
    """Return one part of a message; *path* leads to it.

    Raises:
        UnsupportedFeatureError: the wire or the model cannot carry it.
    """
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart():
            rules.require_part("image data" if part.url is None else "image by url", path)
            return {"type": "image", "source": _image(part, path)}
        case AudioPart():
            raise UnsupportedFeatureError(feature=f"{path}: audio")
        case FilePart():
            rules.require_part("file data" if part.url is None else "file by url", path)
            titled = {} if part.name is None else {"title": part.name}
            return {"type": "document", "source": _document(part, path), **titled}
        case _:
            assert_never(part)


def uploaded(part: object) -> bool:
    """Return whether *part* is a file in the provider's storage, whose id stands in place of a URL."""
    return isinstance(part, ImagePart | FilePart) and (part.url or "").startswith(_UPLOADED)


def _image(part: ImagePart, path: str) -> JsonObject:
    if part.url is not None:
        return _by_url(part, part.url)
    return _base64(image_media_type(part, path), base64_text(part.data))


def _document(part: FilePart, path: str) -> JsonObject:
    if part.media_type not in (_PDF, _TEXT) or (part.media_type == _TEXT and part.url and not uploaded(part)):
        how = "" if part.url is None else " by url"
        raise UnsupportedFeatureError(feature=f"{path}: {part.media_type}{how} (PDF and plain text can be sent)")
    if part.url is not None:
        return _by_url(part, part.url)
    if part.media_type == _PDF:
        return _base64(_PDF, base64_text(part.data))
    try:
        text = (part.data or b"").decode()
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise UnsupportedFeatureError(feature=f"{path}: a text file that is blank or not UTF-8")
    return {"type": "text", "media_type": _TEXT, "data": text}


def _by_url(part: ImagePart | FilePart, url: str) -> JsonObject:
    if uploaded(part):
        return {"type": "file", "file_id": url}
    if data := _DATA_URL.fullmatch(url):  # the API loads URLs of servers only
        return _base64(data[1], data[2])
    return {"type": "url", "url": url}


def _base64(media_type: str, data: str) -> JsonObject:
    return {"type": "base64", "media_type": media_type, "data": data}

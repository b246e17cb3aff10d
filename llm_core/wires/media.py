"""Media of message parts: image formats by their first bytes, and data URLs."""

import base64

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.parts import ImagePart

_IMAGE_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def image_media_type(part: ImagePart, path: str) -> str:
    """Return the media type of an image: as given, else by its first bytes. UnsupportedFeatureError if unknown."""
    detected = (media_type for magic, media_type in _IMAGE_TYPES.items() if (part.data or b"").startswith(magic))
    media_type = part.media_type or next(detected, None)
    if media_type is None:
        raise UnsupportedFeatureError(feature=f"{path}: an image of unknown format (set media_type)")
    return media_type


def base64_text(data: bytes | None) -> str:
    """Return *data* in base64."""
    return base64.b64encode(data or b"").decode()


def data_url(media_type: str, data: bytes | None) -> str:
    """Return *data* as a URL of its own."""
    return f"data:{media_type};base64,{base64_text(data)}"

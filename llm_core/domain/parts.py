"""The parts of a message's content, and data that only its provider understands."""

from collections.abc import Sequence
from typing import TypeAlias

import attrs
from attrs.validators import optional

from .json_values import JsonValue, json_value
from .reprs import truncated_repr
from .validators import Field, bytes_, non_empty_str, text, tuple_of


def _size(data: bytes | None) -> str:
    return "None" if data is None else f"<{len(data)} bytes>"


def _provider_value(value: object) -> JsonValue:
    return json_value(value, "value")


def _one_source(part: "ImagePart | FilePart", _: Field, url: str | None) -> None:
    if (url is None) == (part.data is None):
        raise ValueError("url, data: exactly one of them must be given")


@attrs.frozen
class TextPart:
    """Text."""

    text: str = attrs.field(repr=truncated_repr, validator=text)
    """The text, never stripped."""


@attrs.frozen(kw_only=True)
class ImagePart:
    """An image, by URL or as bytes: exactly one of `url` and `data` is given."""

    data: bytes | None = attrs.field(default=None, repr=_size, validator=optional(bytes_))
    """The image as raw bytes, not base64."""
    url: str | None = attrs.field(default=None, repr=truncated_repr, validator=[optional(non_empty_str), _one_source])
    """The URL that the provider loads the image from."""
    media_type: str | None = attrs.field(default=None, validator=optional(non_empty_str))
    """Such as ``image/png``; None: derived from the bytes."""


@attrs.frozen
class AudioPart:
    """Audio as bytes."""

    data: bytes = attrs.field(repr=_size, validator=bytes_)
    """The audio as raw bytes, not base64."""
    media_type: str = attrs.field(kw_only=True, validator=non_empty_str)
    """Such as ``audio/wav``."""


@attrs.frozen(kw_only=True)
class FilePart:
    """A document, by URL or as bytes: exactly one of `url` and `data` is given."""

    data: bytes | None = attrs.field(default=None, repr=_size, validator=optional(bytes_))
    """The document as raw bytes, not base64."""
    url: str | None = attrs.field(default=None, repr=truncated_repr, validator=[optional(non_empty_str), _one_source])
    """The URL that the provider loads the document from."""
    media_type: str = attrs.field(validator=non_empty_str)
    """Such as ``application/pdf``."""
    name: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(non_empty_str))
    """The file name that the model sees."""


@attrs.frozen(kw_only=True)
class ProviderData:
    """Opaque data of one provider (redacted thinking, ordered blocks), sent back to that provider only."""

    provider: str = attrs.field(validator=non_empty_str)
    """The provider that the data comes from, such as ``anthropic``."""
    value: JsonValue = attrs.field(repr=truncated_repr, converter=_provider_value)
    """The data, as the provider sent it."""


UserPart: TypeAlias = TextPart | ImagePart | AudioPart | FilePart
ToolPart: TypeAlias = TextPart | ImagePart


def as_provider_data(values: Sequence[ProviderData]) -> tuple[ProviderData, ...]:
    """Convert the field `provider_data`."""
    return () if values == () else tuple_of("provider_data", values, ProviderData)

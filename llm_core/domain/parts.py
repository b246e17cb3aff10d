"""What a message is made of. Of `url` and `data` each part has exactly one; `data` is raw bytes, never base64."""

from collections.abc import Sequence
from typing import TypeAlias

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_value
from .reprs import truncated_repr
from .validators import Field


def _size(data: bytes | None) -> str:
    return "None" if data is None else f"<{len(data)} bytes>"


def _provider_value(value: object) -> JsonValue:
    return json_value(value, "value")


def _one_source(part: "ImagePart | FilePart", _: Field, url: str | None) -> None:
    if (url is None) == (part.data is None):
        raise ValueError("url, data: exactly one of them must be given")


@attrs.frozen
class TextPart:
    """Words."""

    text: str = attrs.field(repr=truncated_repr, validator=validators.text)


@attrs.frozen(kw_only=True)
class ImagePart:
    """A picture, by address or as bytes; `media_type` as in ``image/png`` (None: told by the bytes)."""

    data: bytes | None = attrs.field(default=None, repr=_size, validator=optional(validators.bytes_))
    url: str | None = attrs.field(
        default=None, repr=truncated_repr, validator=[optional(validators.non_empty_str), _one_source]
    )
    media_type: str | None = attrs.field(default=None, validator=optional(validators.non_empty_str))


@attrs.frozen
class AudioPart:
    """Sound as bytes; `media_type` as in ``audio/wav``."""

    data: bytes = attrs.field(repr=_size, validator=validators.bytes_)
    media_type: str = attrs.field(kw_only=True, validator=validators.non_empty_str)


@attrs.frozen(kw_only=True)
class FilePart:
    """A document, by address or as bytes; `media_type` as in ``application/pdf``, `name` as the model shall see it."""

    data: bytes | None = attrs.field(default=None, repr=_size, validator=optional(validators.bytes_))
    url: str | None = attrs.field(
        default=None, repr=truncated_repr, validator=[optional(validators.non_empty_str), _one_source]
    )
    media_type: str = attrs.field(validator=validators.non_empty_str)
    name: str | None = attrs.field(default=None, repr=truncated_repr, validator=optional(validators.non_empty_str))


@attrs.frozen(kw_only=True)
class ProviderData:
    """Opaque data of one provider (redacted thinking, ordered blocks): goes back to that provider and to no other."""

    provider: str = attrs.field(validator=validators.non_empty_str)
    value: JsonValue = attrs.field(repr=truncated_repr, converter=_provider_value)


UserPart: TypeAlias = TextPart | ImagePart | AudioPart | FilePart
ToolPart: TypeAlias = TextPart | ImagePart


def as_provider_data(values: Sequence[ProviderData]) -> tuple[ProviderData, ...]:
    """Convert a field that holds provider data."""
    return validators.tuple_of("provider_data", values, ProviderData)

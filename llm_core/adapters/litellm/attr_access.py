"""Access to the fields of LiteLLM's objects: any may be missing, or of another type than declared."""

from collections.abc import Mapping
from types import SimpleNamespace

from llm_core.wires.json_access import require_text


def text_of(value: object) -> str:
    """Return *value* if it is a text, else an empty one; it may end with an unpaired surrogate."""
    return value if isinstance(value, str) else ""


def content_of(holder: object) -> str:
    """Return the content of a message or delta.

    Raises:
        BadResponseError: it is neither text nor null, so it would be lost.
    """
    return require_text(getattr(holder, "content", None))


def plain(value: object) -> SimpleNamespace:
    """Return the fields of *value* as a plain object: pydantic takes microseconds to report a missing field."""
    extra = getattr(value, "__pydantic_extra__", None)
    return SimpleNamespace(**{**getattr(value, "__dict__", {}), **(extra or {})})


def provider_fields_of(value: object) -> Mapping[str, object]:
    """Return the provider's own fields, as far as LiteLLM keeps them."""
    fields = getattr(value, "provider_specific_fields", None)
    return fields if isinstance(fields, Mapping) else {}

"""Access to the fields of LiteLLM's objects: any may be missing, or of another type than declared."""

from collections.abc import Mapping
from types import SimpleNamespace

from llm_core.domain import validators
from llm_core.domain.errors import BadResponseError


def text_or_none(value: object) -> str | None:
    """Return *value* if it is a non-empty text.

    Raises:
        BadResponseError: the text holds an unpaired surrogate, which no message can.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        validators.refuse_surrogates("text", value)
    except ValueError as error:
        problem = str(error)
    else:
        return value
    raise BadResponseError(detail=problem)


def text_of(value: object) -> str:
    """Return *value* if it is a text, else an empty one; it may end with an unpaired surrogate."""
    return value if isinstance(value, str) else ""


def content_of(holder: object) -> str:
    """Return the content of a message or delta.

    Raises:
        BadResponseError: it is neither text nor null, so it would be lost.
    """
    content = getattr(holder, "content", None)
    if content is not None and not isinstance(content, str):
        raise BadResponseError(detail=f"the content is a {type(content).__name__}, not text")
    return text_of(content)


def plain(value: object) -> SimpleNamespace:
    """Return the fields of *value* as a plain object: pydantic takes microseconds to report a missing field."""
    extra = getattr(value, "__pydantic_extra__", None)
    return SimpleNamespace(**{**getattr(value, "__dict__", {}), **(extra or {})})


def provider_fields_of(value: object) -> Mapping[str, object]:
    """Return the provider's own fields, as far as LiteLLM keeps them."""
    fields = getattr(value, "provider_specific_fields", None)
    return fields if isinstance(fields, Mapping) else {}

"""Errors that a provider tells within a 200: in a body, or as an event of a stream."""

import json
from collections.abc import Mapping

from llm_core.adapters.litellm.error_tables import class_for_payload, retry_delay
from llm_core.domain.errors import ChatError

from .json_access import EMPTY, text_at


def raise_for_error(body: Mapping[str, object]) -> None:
    """Raise what *body* tells as an error, if it does.

    Raises:
        ChatError: of the kind that its code, type or status names; ServerError if none does.
    """
    error = body.get("error")
    if error:
        raise error_from_payload(error)


def error_from_payload(error: object) -> ChatError:
    """Return the error that a provider's error object, or its mere words, tell."""
    told = error if isinstance(error, dict) else EMPTY
    words = text_at(told, "message") or str(error)
    code = " ".join(str(told[key]) for key in ("code", "type", "status") if told.get(key) is not None)
    all_of_it = json.dumps(error)  # Google names a quota in the details, not in its words
    return class_for_payload(code, all_of_it)(detail=words, retry_after=retry_delay(all_of_it))

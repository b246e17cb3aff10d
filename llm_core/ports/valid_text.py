"""Text that a provider sent as a field of its own: ids, names and finish reasons, which no later chunk completes."""

from llm_core.domain import validators
from llm_core.domain.errors import BadResponseError


def valid_text(value: object, field: str = "text") -> str | None:
    """Return *value* if it is a non-empty str, else None; errors name the *field*.

    Raises:
        BadResponseError: the text holds half a surrogate pair, which UTF-8 cannot carry.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        validators.refuse_surrogates(field, value)
    except ValueError as error:
        problem = str(error)
    else:
        return value
    raise BadResponseError(detail=problem)

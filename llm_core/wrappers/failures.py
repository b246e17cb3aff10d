"""Errors of several attempts as one error, and what they cost together."""

from llm_core.domain.errors import ChatError
from llm_core.domain.usage import Usage


def last_of(errors: list[ChatError]) -> ChatError:
    """Return the last of *errors*, whose `previous` are the others, and empty the list.

    The list belongs to a frame of the error's traceback: if it kept the error, both would live until a collection.
    """
    *earlier, last = errors
    errors.clear()
    for error in earlier:
        error.__traceback__ = None
    last.previous = (*(error for error in earlier if error is not last), *last.previous)
    return last


def total_usage(error: ChatError) -> Usage | None:
    """Return what was reported by the attempt that ended in *error*, and by those before it; None if nothing was."""
    usages = [error.usage, *map(total_usage, error.previous)]
    return None if usages.count(None) == len(usages) else Usage.total(usages)

"""Ignores an error that takes nothing from an answer."""

from collections.abc import Callable


class suppress_if_whole:  # noqa: N801 -- a context manager reads as a verb
    """``with suppress_if_whole(is_whole):`` ignores an Exception for which *is_whole* returns True."""

    def __init__(self, is_whole: Callable[[Exception], bool]) -> None:
        """Take the decision."""
        self._is_whole = is_whole

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        """Return whether the error is ignored."""
        return isinstance(error, Exception) and self._is_whole(error)

"""The cause of a `ChatError`: the vendor's exceptions by name, without their values."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Error = TypeVar("Error", bound=Exception)


class ProviderFault(Exception):  # noqa: N818 -- a cause beside the error, not an error that anyone catches
    """The `__cause__` of a `ChatError`: a vendor's exception class by name, and a text that quotes no data."""

    def __init__(self, vendor_type: str, text: str) -> None:
        """Take the qualified name of the vendor's class, and where it came from."""
        super().__init__(vendor_type, text)
        self.vendor_type = vendor_type
        self.text = text

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.vendor_type}: {self.text}" if self.text else self.vendor_type


def exception_chain(error: BaseException, *more_links: str) -> Iterator[BaseException]:
    """Yield *error* and every exception that it came from, breadth first, each once.

    Followed are `__cause__`, `__context__`, and the attributes that *more_links* names.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, *(getattr(link, name, None) for name in more_links)]


def has_link(chain: Iterable[BaseException], *classes: type[BaseException]) -> bool:
    """Return whether *chain* holds an instance of one of *classes*."""
    return any(isinstance(link, classes) for link in chain)


def cause_from(chain: Sequence[BaseException]) -> ProviderFault:
    """Return a cause that holds the class names of *chain*, and nothing else of it."""
    names = [f"{type(link).__module__}.{type(link).__qualname__}" for link in chain]
    return ProviderFault(names[0], f"from {', '.join(names[1:])}" if names[1:] else "")


def detached(error: Error, cause: BaseException) -> Error:
    """Return *error* with *cause* as its only link: no traceback, and no context that holds a vendor's object."""
    error.__cause__, error.__context__, error.__traceback__ = cause, None, None
    return error

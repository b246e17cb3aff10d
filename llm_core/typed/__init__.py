"""Typed answers, and tools from functions; needs the extra ``typed``.

`complete_as` returns an answer as a value of a type of the caller's::

    from llm_core.typed import complete_as

    order = complete_as(chat, request, Order, repairs=2).value
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .invalid_answer import InvalidAnswerError, Method, Problem

__all__ = [
    "InvalidAnswerError",
    "Method",
    "Problem",
]

# Where each name stands: pydantic is imported when the first one that needs it is used.
_MODULES = {
    ".invalid_answer": ("InvalidAnswerError", "Method", "Problem"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import *name* when it is first used."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

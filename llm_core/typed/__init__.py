"""Typed answers, and tools from functions; needs the extra ``typed``.

`complete_as` returns an answer as a value of a type of the caller's::

    from llm_core.typed import complete_as

    order = complete_as(chat, request, Order, repairs=2).value
"""

from importlib import import_module
from typing import TYPE_CHECKING

from llm_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from .answers import acomplete_as, astream_as, complete_as, stream_as
    from .function_tool import Context, FunctionTool, tool
    from .results import InvalidAnswerError, Method, Partial, Problem, Typed
    from .toolbox import Toolbox

__all__ = [
    "Context",
    "FunctionTool",
    "InvalidAnswerError",
    "Method",
    "Partial",
    "Problem",
    "Toolbox",
    "Typed",
    "acomplete_as",
    "astream_as",
    "complete_as",
    "stream_as",
    "tool",
]

# Where each name stands: pydantic is imported when the first one that needs it is used.
_MODULES = {
    ".answers": ("acomplete_as", "astream_as", "complete_as", "stream_as"),
    ".function_tool": ("Context", "FunctionTool", "tool"),
    ".results": ("InvalidAnswerError", "Method", "Partial", "Problem", "Typed"),
    ".toolbox": ("Toolbox",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import *name* when it is first used."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(module, __name__), name)
    except ModuleNotFoundError as error:
        if error.name not in ("pydantic", "pydantic_core", "docstring_parser"):
            raise
        raise ConfigurationError(f"{__name__}.{name} needs {error.name}: pip install llm-core[typed]") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

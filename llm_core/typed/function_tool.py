"""`@tool`: a function that a model can call."""

import inspect
import re
from collections.abc import Callable
from functools import cached_property, partial, update_wrapper
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from docstring_parser import parse

from llm_core.domain.tools import Tool

from .parameters import Parameters, check_parameters, read_parameters

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Owner = TypeVar("Owner")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what every provider accepts


class FunctionTool(Generic[P, R_co]):
    """A function, and the `Tool` that describes it to a model; it is called as the function is."""

    def __init__(self, function: Callable[P, R_co], /, *, name: str | None = None) -> None:
        """*name* replaces the function's own.

        Raises:
            ValueError: ``*args``, ``**kwargs``, a parameter without annotation, or a name that providers refuse.
        """
        update_wrapper(self, function, updated=())
        self.function: Callable[P, R_co] = function
        """The function."""
        target: Callable[..., object] = function
        while isinstance(target, partial):
            target = target.func
        self._code = target if hasattr(target, "__name__") else type(target).__call__
        self.name: str = name or str(getattr(target, "__name__", type(target).__name__))
        """The name that the model calls it by."""
        self._docstring = self._code.__doc__ or target.__doc__ or ""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"tool {self.name!r}: a name has 1 to 64 letters, digits, _ or -; pass name=")
        self._signature = inspect.signature(function)
        parameters = self._signature.parameters.values()
        check_parameters(self.name, [one for one in parameters if one.name not in ("self", "cls")])

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function."""
        return self.function(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: type, /) -> Self: ...
    @overload
    def __get__(
        self: "FunctionTool[Concatenate[Owner, Q], R]", instance: Owner, owner: type[Owner] | None = None, /
    ) -> "FunctionTool[Q, R]": ...
    def __get__(self, instance: object, owner: object = None, /) -> object:
        """Return the tool of a method that is bound to *instance*, as the function itself would be."""
        bind: Callable[[object, object], Callable[..., object]] | None = getattr(self.function, "__get__", None)
        bound: Callable[..., object] = self.function if bind is None else bind(instance, owner)
        return self if bound is self.function else FunctionTool(bound, name=self.name)

    @property
    def is_async(self) -> bool:
        """Whether a call makes a coroutine."""
        return inspect.iscoroutinefunction(self._code)

    @cached_property
    def parameters(self) -> Parameters:
        """What the function takes. Raises ValueError if there is no JSON Schema for it."""
        named = {one.arg_name: one.description for one in parse(self._docstring).params if one.description}
        return read_parameters(self.name, self._signature, self._code, named)

    @cached_property
    def tool(self) -> Tool:
        """The description of the function for a request. Raises ValueError as `parameters` does."""
        description = (parse(self._docstring).description or "").strip()
        return Tool(name=self.name, description=description, parameters=self.parameters.schema)


def tool(function: Callable[P, R], /) -> FunctionTool[P, R]:
    """Make a function, method, async function or callable object a tool; it keeps its signature.

    The model sees the parameters as a JSON Schema, and what the docstring (Google, NumPy or Sphinx style) says of the
    function and of each parameter.

    Raises:
        ValueError: as `FunctionTool` does.
    """
    return FunctionTool(function)

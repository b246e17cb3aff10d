"""`@tool`: a function that a model can call."""

import inspect
import re
from collections.abc import Callable
from functools import cached_property, partial, update_wrapper
from typing import Annotated, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, get_args, get_origin, overload

from docstring_parser import parse
from pydantic import ConfigDict, PydanticUserError, TypeAdapter

from llm_core.domain.json_values import JsonObject
from llm_core.domain.tools import Tool, ToolCall

from .answer_type import JsonSchemas, decoded, schema_problem
from .arguments import arguments_type, hints_of

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Owner = TypeVar("Owner")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what every provider accepts


class Context:
    """Marks a parameter that the `Toolbox` passes, and that the model does not see: ``db: Annotated[Db, Context]``."""


class FunctionTool(Generic[P, R_co]):
    """A function, and the `Tool` that describes it to a model; it is called as the function is."""

    def __init__(self, function: Callable[P, R_co], /, *, name: str | None = None) -> None:
        """*name* replaces the function's own.

        Raises:
            ValueError: ``*args``, ``**kwargs``, a parameter without annotation, or a name that providers refuse.
            TypeError: *function* cannot be called.
        """
        if not callable(function):
            raise TypeError(f"{function!r} is not callable; @tool stands below @classmethod and @property")
        update_wrapper(self, function, updated=())
        self.function: Callable[P, R_co] = function
        """The function."""
        target: Callable[..., object] = function
        while isinstance(target, partial):
            target = target.func
        self._code = target if hasattr(target, "__name__") else type(target).__call__
        self.name: str = name or str(getattr(target, "__name__", type(target).__name__))
        """The name that the model calls it by."""
        self._documentation = parse(self._code.__doc__ or target.__doc__ or "")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"tool {self.name!r}: a name has 1 to 64 letters, digits, _ or -; pass name=")
        self._signature = inspect.signature(function)
        self._check({"self", "cls"})

    def _check(self, allowed: set[str]) -> None:
        """Raise ValueError for ``*args``, ``**kwargs``, and a parameter without annotation that is not *allowed*."""
        for name, parameter in self._signature.parameters.items():
            is_bare = parameter.annotation is parameter.empty
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                advice = "; a decorator needs functools.wraps" if is_bare else ""
                raise ValueError(f"tool {self.name}: a model cannot pass {str(parameter).partition(':')[0]}{advice}")
            if is_bare and name not in allowed:
                advice = "; pass the method of an instance" if name == "self" else ""
                raise ValueError(f"tool {self.name}: the parameter {name} has no annotation{advice}")

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
    def tool(self) -> Tool:
        """The description of the function for a request. Raises ValueError: there is no JSON Schema for it."""
        try:
            schema: JsonObject = self._arguments.json_schema(schema_generator=_Schemas)
        except (NameError, TypeError, PydanticUserError) as error:
            advice = "" if isinstance(error, NameError) else "; what the toolbox passes is Annotated[T, Context]"
            raise ValueError(f"tool {self.name}: {schema_problem(error)}{advice}") from None
        del schema["title"]
        description = (self._documentation.description or "").strip()
        return Tool(name=self.name, description=description, parameters=schema)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        self._check(set())
        return hints_of(self._code)

    @cached_property
    def contexts(self) -> dict[str, bool]:
        """The parameters that the toolbox passes, and whether each is required."""
        parameters = self._signature.parameters.items()
        return {name: one.default is one.empty for name, one in parameters if _is_context(self._hints[name])}

    @cached_property
    def _arguments(self) -> TypeAdapter[dict[str, object]]:
        parameters = [(name, one) for name, one in self._signature.parameters.items() if name not in self.contexts]
        arguments = {name: (self._hints[name], one.default) for name, one in parameters}
        descriptions = {one.arg_name: one.description for one in self._documentation.params if one.description}
        return TypeAdapter(arguments_type("Arguments", arguments, descriptions, ConfigDict(extra="forbid")))

    def bind(self, call: ToolCall, context: object) -> inspect.BoundArguments:
        """Return the arguments of *call* as values of the annotated types.

        Raises:
            InvalidTextError: some do not fit; the text has the path and the problem of each.
        """
        arguments = decoded(self._arguments, call.arguments_json, lambda arguments: arguments or {})
        bound = self._signature.bind_partial()
        bound.arguments |= arguments | ({} if context is None else dict.fromkeys(self.contexts, context))
        bound.apply_defaults()
        return bound


def tool(function: Callable[P, R], /) -> FunctionTool[P, R]:
    """Make a function, method, async function or callable object a tool; it keeps its signature.

    The model sees the parameters as a JSON Schema, and what the docstring (Google, NumPy or Sphinx style) says of the
    function and of each parameter.

    Raises:
        ValueError: as `FunctionTool` does.
    """
    return FunctionTool(function)


def _is_context(annotation: object) -> bool:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(mark is Context or isinstance(mark, Context) for mark in marks)


class _Schemas(JsonSchemas):
    def field_title_should_be_set(self, _: object) -> bool:
        """Leave out titles that repeat the names of the fields."""
        return False

"""What typed answers return and raise."""

from typing import Generic, Literal, TypeAlias, TypeVar, Unpack

import attrs

from llm_core.domain.chat_error import ChatError, ErrorFacts
from llm_core.domain.json_values import JsonValue
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

T = TypeVar("T")
Method: TypeAlias = Literal["auto", "schema", "tool", "json", "prompt"]
"""How the type reaches the model: as output format, as a tool, in the prompt with JSON mode, in the prompt alone."""
Problem: TypeAlias = tuple[str, str]
"""The path of a value in the answer, such as ``items[0].price``, and what is wrong; the root has an empty path."""


@attrs.frozen(kw_only=True)
class Typed(Generic[T]):
    """An answer as a value of the caller's type."""

    value: T
    """The answer."""
    response: ChatResponse
    """The response that holds it."""
    usage: Usage
    """The sum of the usage of all attempts."""
    method: Method
    """How the type was sent; never ``auto``."""
    attempts: int
    """The number of answers that the model gave, invalid ones included."""


@attrs.frozen(kw_only=True)
class Partial:
    """An answer that is still being written."""

    json: JsonValue
    """The JSON so far, not checked against the type; strings may be cut off, numbers are whole."""


class InvalidAnswerError(ChatError):
    """The model answered, but its answer is no value of the type, or it refused to answer.

    Problems, text and response hold content of the answer: they are in neither str, repr nor args.
    """

    summary = "the answer is no value of the type"

    def __init__(
        self,
        *,
        problems: tuple[Problem, ...],
        text: str,
        response: ChatResponse,
        method: Method,
        **facts: Unpack[ErrorFacts],
    ) -> None:
        """Keep the last answer, *response*, and as `usage` that of all attempts."""
        super().__init__(**facts)
        self.problems = problems
        """What is wrong with the answer, as pairs of path and description."""
        self.text = text
        """The last answer's text as the model wrote it; the arguments of the call where a tool carries the answer."""
        self.response = response
        """The last answer."""
        self.method: Method = method
        """How the type was sent."""

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (("method", self.method), ("problems", len(self.problems)), *super()._facts())

"""`InvalidAnswerError`: an answer that is no value of the type that the caller named."""

from typing import Literal, TypeAlias

from llm_core.domain.errors import ChatError
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage

Method: TypeAlias = Literal["auto", "schema", "tool", "json", "prompt"]
Problem: TypeAlias = tuple[str, str]
"""The path of a value in the answer, such as ``items[0].price``, and what is wrong with it."""


class InvalidAnswerError(ChatError):
    """The model answered, but its answer is no value of the type, or it refused to answer.

    Problems, text and response hold content of the answer: they are in neither str, repr nor args.
    """

    summary = "the answer is no value of the type"

    def __init__(
        self, *, problems: tuple[Problem, ...], response: ChatResponse, text: str, usage: Usage, method: Method
    ) -> None:
        """Keep the last answer, *response*, and the *usage* of all attempts."""
        super().__init__(model=response.model, partial=response.message, usage=usage)
        self.problems = problems
        """What is wrong with the answer, as pairs of path and description."""
        self.response = response
        """The last answer."""
        self.text = text
        """The JSON text of the last answer, as the model wrote it; that of the call where a tool carries it."""
        self.method = method
        """How the type was sent."""

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (("method", self.method), ("problems", len(self.problems)), *super()._facts())

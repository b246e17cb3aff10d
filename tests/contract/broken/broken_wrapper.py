"""How a broken wrapper is declared: the clause that must catch it, and what its author's contract class claims."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from llm_core import ChatPort
from llm_core.testing import WrapperClauses

Build: TypeAlias = Callable[[Sequence[ChatPort]], ChatPort]


@attrs.frozen(kw_only=True)
class BrokenWrapper:
    """A broken wrapper, the clause that must catch it, and a part of the message with which that clause fails.

    The clause runs with those of its parameters that match *parameters*.
    """

    name: str
    clause: str
    shows: str
    parameters: dict[str, object]
    build: Build
    raises: type[BaseException] | None
    chats: int = 1
    attempts_per_call: int = 1
    may_answer_without_request: bool = False
    begins_in_callers_thread: bool = True

    def contract(self, build: Build) -> WrapperClauses:
        """Return the clauses over what *build* makes, with these claims."""
        contract = _Contract(build)
        for name in ("chats", "attempts_per_call", "may_answer_without_request", "begins_in_callers_thread"):
            setattr(contract, name, getattr(self, name))
        return contract


class _Contract(WrapperClauses):
    deadline = 3.0  # seconds; no clause takes longer unless it hangs

    def __init__(self, build: Build) -> None:
        self._build = build

    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return self._build(chats)


def wrapper(
    clause: str,
    *,
    shows: str,
    raises: type[BaseException] | None = None,
    chats: int = 1,
    attempts_per_call: int = 1,
    may_answer_without_request: bool = False,
    begins_in_callers_thread: bool = True,
    **parameters: object,
) -> Callable[[Build], BrokenWrapper]:
    """Declare that *clause* must catch the wrapper that the function returns."""

    def declare(build: Build) -> BrokenWrapper:
        return BrokenWrapper(
            name=build.__name__,
            clause=clause,
            shows=shows,
            parameters=parameters,
            build=build,
            raises=raises,
            chats=chats,
            attempts_per_call=attempts_per_call,
            may_answer_without_request=may_answer_without_request,
            begins_in_callers_thread=begins_in_callers_thread,
        )

    return declare

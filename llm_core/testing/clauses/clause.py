"""The decorator that makes a test a clause: a promise with an id, explained when it is broken."""

import functools
import inspect
from collections.abc import Callable
from typing import Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

import pytest

from llm_core.testing.dialects.dialect import NotExpressibleError

from .author_api import ContractAuthorApi
from .modes import Mode

Suite = TypeVar("Suite", bound=ContractAuthorApi)
Variant = ParamSpec("Variant")
Check: TypeAlias = Callable[Concatenate[Suite, Variant], None]


def clause(
    id: str, *modes: Mode, needs: Literal["tools"] | None = None
) -> Callable[[Check[Suite, Variant]], Check[Suite, Variant]]:
    """Give a promise its id, the modes in which it is checked, and the ability without which it does not apply.

    The first paragraph of the function's docstring is the promise; the second one names the code to look at if it
    fails.
    """

    def mark(check: Check[Suite, Variant]) -> Check[Suite, Variant]:
        @functools.wraps(check)
        def wrapper(suite: Suite, /, *values: Variant.args, **named: Variant.kwargs) -> None:
            __tracebackhide__ = True  # the traceback shows the clause, not this frame
            try:
                _require(suite, needs)
                with suite.in_clause(id):
                    check(suite, *values, **named)
            except NotExpressibleError as not_expressible:
                raise pytest.skip.Exception(str(not_expressible)) from not_expressible
            except (Exception, pytest.fail.Exception) as error:
                if suite.hint_outside(error) is None:  # else it has a note of its own, and the promise is not broken
                    for note in (*_promise(id, check), *suite.failure_notes(error)):
                        error.add_note(note)
                raise

        wrapper.__dict__["clause_id"] = id
        wrapped: Check[Suite, Variant] = wrapper
        return pytest.mark.parametrize("mode", modes)(wrapped) if modes else wrapped

    return mark


def paragraphs(check: Callable[..., object]) -> list[str]:
    """Return the paragraphs of the docstring of *check*: the promise, and where to look."""
    return [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(check) or "").split("\n\n")]


def _require(suite: ContractAuthorApi, ability: str | None) -> None:
    if ability and not getattr(suite.capabilities, ability):
        raise NotExpressibleError(
            f"the adapter claims {ability}=False; the clause request.{ability} checks that it refuses them"
        )


def _promise(id: str, check: Callable[..., object]) -> list[str]:
    promise, *looks = paragraphs(check)
    return [f"promise {id}: {promise}", *(f"look at: {look}" for look in looks)]

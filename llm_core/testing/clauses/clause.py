"""The decorator that makes a test a clause: a promise with an id, explained when it is broken."""

import functools
from collections.abc import Callable
from typing import Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

import pytest

from llm_core.testing.dialects.dialect import NotExpressibleError

from .author_api import ContractAuthorApi
from .failure import promise_of
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
                if not suite.is_outside(error):  # else it is explained already, and the promise is not broken
                    suite.explain(error, *promise_of(wrapper))
                raise

        wrapper.__dict__["clause_id"] = id
        wrapped: Check[Suite, Variant] = wrapper
        return pytest.mark.parametrize("mode", modes)(wrapped) if modes else wrapped

    return mark


def _require(suite: ContractAuthorApi, ability: str | None) -> None:
    if ability and not getattr(suite.capabilities, ability):
        raise NotExpressibleError(
            f"the adapter claims {ability}=False; the clause request.{ability} checks that it refuses them"
        )

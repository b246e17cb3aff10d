"""A pytest plugin with a fast Hypothesis profile: few examples, the same ones each time, and no shrinking.

It also patches mutmut for generators that are closed in another task than the one that started them: mutmut keeps its
call stack in a ContextVar, and resets each token in the context that closes the generator.
"""

import sys
from contextlib import suppress
from contextvars import Token

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)


def _reset(token: Token[object]) -> None:
    with suppress(ValueError):  # the token was created in another context, which no longer exists
        token.var.reset(token)


if "mutmut.core" in sys.modules:
    sys.modules["mutmut.core"].MutmutCallStack.reset = _reset

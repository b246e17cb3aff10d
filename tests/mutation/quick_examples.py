"""Hypothesis by the minute: the same few examples every time, and none made smaller, for nobody reads them.

And mutmut made to bear generators that end in another task than they began in: it notes who calls whom in a ContextVar,
and takes each note back where it was made.
"""

import sys
from contextlib import suppress
from contextvars import Token

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)


def _take_back(token: Token[object]) -> None:
    with suppress(ValueError):  # made in another context, which is gone
        token.var.reset(token)


if "mutmut.core" in sys.modules:
    sys.modules["mutmut.core"].MutmutCallStack.reset = _take_back

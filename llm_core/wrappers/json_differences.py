"""Where two JSON documents differ."""

from collections.abc import Iterator
from itertools import zip_longest

import attrs

from llm_core.domain.reprs import shortened


@attrs.frozen
class Difference:
    """A path at which two documents differ, and both values there."""

    path: str
    """The path, such as ``messages[2].content``."""
    one: str
    """The value in the first document, shortened; ``nothing`` where it has none."""
    other: str
    """The value in the second one."""


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


_NOTHING = _Nothing()


def differences(one: object, other: object, path: str = "") -> Iterator[Difference]:
    """Yield the differences of *one* and *other*, in the order of *one*."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inner = f"{path}.{shortened(str(key))}" if path else shortened(str(key))
            yield from differences(one.get(key, _NOTHING), other.get(key, _NOTHING), inner)
    elif isinstance(one, list) and isinstance(other, list):
        for index, (mine, others) in enumerate(zip_longest(one, other, fillvalue=_NOTHING)):
            yield from differences(mine, others, f"{path}[{index}]")
    elif (type(one) is not type(other) and not {type(one), type(other)} <= {int, float}) or one != other:
        yield Difference(path, shortened(repr(one)), shortened(repr(other)))

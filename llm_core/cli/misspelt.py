"""Names of environment variables that are almost ours."""

from collections.abc import Collection, Iterator

_NEAR = 2  # letters that differ
_MIN_LENGTH = 8  # of a name of which two letters may differ


def misspelt(names: Collection[str], ours: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each of *names* that is not one of *ours*, but differs from one in at most two letters, with that one."""
    for name in sorted(set(names) - set(ours)):
        near = min(ours, key=lambda our: distance(name, our), default=None)
        if near is not None and len(name) >= _MIN_LENGTH and distance(name, near) <= _NEAR:
            yield name, near


def distance(one: str, other: str) -> int:
    """Return how many letters must be added, removed or replaced, or neighbours exchanged, to turn *one* into *other*.

    Where the lengths differ by more than what counts as near, it is that difference.
    """
    if abs(len(one) - len(other)) > _NEAR:
        return abs(len(one) - len(other))
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]

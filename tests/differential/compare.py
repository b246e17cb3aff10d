"""Finds where two JSON values differ."""

from collections.abc import Iterator


def differences(ours: object, theirs: object, path: str = "") -> Iterator[str]:
    """Yield where the values differ: the path with # for each index, and whose value is missing, if one is."""
    match ours, theirs:
        case dict(), dict():
            for key in sorted(ours.keys() | theirs.keys()):
                below = f"{path}.{key}" if path else str(key)
                if key not in theirs:
                    yield f"{below}: ours alone"
                elif key not in ours:
                    yield f"{below}: LiteLLM's alone"
                else:
                    yield from differences(ours[key], theirs[key], below)
        case list(), list():
            if len(ours) != len(theirs):
                yield f"{path}: another length"
            for own, other in zip(ours, theirs, strict=False):
                yield from differences(own, other, f"{path}.#")
        case _ if ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
            yield f"{path}: another value"

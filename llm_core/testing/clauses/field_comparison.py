"""Compares named fields, and shows those that differ."""

from collections.abc import Mapping

from llm_core.domain.json_values import JsonValue

from .differences import text_difference

_MAX_SHOWN = 600  # characters of a value


def require_equal(what: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    """Raise AssertionError with one line for each field of *expected* that differs in *seen*."""
    __tracebackhide__ = True  # the traceback shows the clause, not this frame
    _require_equal(f"{what} is not what the provider sent", expected, seen)


def require_unchanged(what: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    """As `require_equal`, for what a wrapper passes on."""
    __tracebackhide__ = True  # as above
    _require_equal(f"{what} was changed", expected, seen)


def _require_equal(problem: str, expected: Mapping[str, object], seen: Mapping[str, object]) -> None:
    __tracebackhide__ = True  # as above
    different = [f"{name}: {_difference(value, seen[name])}" for name, value in expected.items() if value != seen[name]]
    if different:
        raise AssertionError("\n".join([problem, *different]))


def texts_in(*documents: JsonValue) -> set[str]:
    """Return all strings of JSON *documents*, but for the keys."""
    found, pending = set[str](), [*documents]
    while pending:
        match pending.pop():
            case str(text):
                found.add(text)
            case dict(fields):
                pending.extend(fields.values())
            case list(items):
                pending.extend(items)
    return found


def _difference(expected: object, seen: object) -> str:
    if isinstance(expected, str) and isinstance(seen, str) and max(len(expected), len(seen)) > _MAX_SHOWN:
        return text_difference(expected, seen)
    return f"expected {_shown(expected)}, got {_shown(seen)}"


def _shown(value: object) -> str:
    text = value.__name__ if isinstance(value, type) else repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}... ({len(text)} characters)"

"""Short reprs: as Python's own, but a long text is cut, and one that may be a key is masked."""

from .secret_text import MASK

MAX_SHOWN = 100  # characters of one text
MAX_QUOTED = 200  # characters of a key or a name in an error
_KEY_LENGTHS = range(12, 10_001)  # characters; a longer text is a file, and searching for it would take long


def truncated_repr(value: object) -> str:
    """Return ``repr(value)``; a text longer than `MAX_SHOWN` is cut, followed by its length."""
    match value:
        case str() if len(value) > MAX_SHOWN:
            return f"{value[:MAX_SHOWN]!r}... ({len(value):,} characters)"
        case dict():
            return f"{{{', '.join(f'{truncated_repr(key)}: {truncated_repr(item)}' for key, item in value.items())}}}"
        case list():
            return f"[{', '.join(map(truncated_repr, value))}]"
        case tuple():
            return f"({', '.join(map(truncated_repr, value))}{',' if len(value) == 1 else ''})"
        case _:
            return repr(value)


def shortened(text: str, length: int = MAX_QUOTED) -> str:
    """Return *text*, such as a key that a model wrote, for an error; a text that is longer than *length* is cut."""
    return text if len(text) <= length else f"{text[:length]}..."


def may_be_a_key(text: str) -> bool:
    """Return whether *text* is as long as a key, and without white space."""
    return len(text) in _KEY_LENGTHS and not any(map(str.isspace, text))


def masked_repr(value: object) -> str:
    """Return ``truncated_repr(value)`` with texts that may be a key masked."""
    return truncated_repr(_masked(value))


def _masked(value: object) -> object:
    match value:
        case str() if may_be_a_key(value):
            return MASK
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list():
            return [_masked(item) for item in value]
        case _:
            return value

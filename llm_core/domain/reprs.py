"""Short reprs, as Python's own, and short quotations: a long text is cut."""

MAX_SHOWN = 100  # characters of one text
MAX_QUOTED = 200  # characters of a key or a name in an error


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

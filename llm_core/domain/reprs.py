"""How a value shows itself: as Python shows it, but for long texts, of which nobody reads more than the beginning."""

MOST_SHOWN = 100  # characters of one text


def shown(value: object) -> str:
    """Return ``repr(value)``; each text in it beyond `MOST_SHOWN` is cut, and its length told."""
    match value:
        case str() if len(value) > MOST_SHOWN:
            return f"{value[:MOST_SHOWN]!r}... ({len(value):,} characters)"
        case dict():
            return f"{{{', '.join(f'{shown(key)}: {shown(item)}' for key, item in value.items())}}}"
        case list():
            return f"[{', '.join(map(shown, value))}]"
        case tuple():
            return f"({', '.join(map(shown, value))}{',' if len(value) == 1 else ''})"
        case _:
            return repr(value)

"""Whether bytes came behind a response of httpcore, httpcore2, httpx or httpx2; those would answer the next request."""

_LAYERS = ("_httpcore_stream", "_stream", "_connection")  # private: from a response's stream to its connection
_MAX_DEPTH = 8
_BETWEEN_RESPONSES = ("DONE", "IDLE")  # names of h11's states


def has_surplus(stream: object) -> bool:
    """Return whether the connection beneath *stream*, the body of a response, holds bytes that follow the response.

    h11, the parser of all four, keeps such bytes and parses them as the next response. None of the libraries has a
    public way to see them.
    """
    for _ in range(_MAX_DEPTH):
        parser = getattr(stream, "_h11_state", None)
        if parser is not None:
            state, waiting = getattr(parser.their_state, "__name__", ""), bytes(parser.trailing_data[0])
            return state in _BETWEEN_RESPONSES and bool(waiting)
        stream = next((inner for name in _LAYERS if (inner := getattr(stream, name, None)) is not None), None)
    return False

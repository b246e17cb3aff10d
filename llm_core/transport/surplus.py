"""Whether bytes came behind a response of httpcore, httpcore2, httpx or httpx2; those would answer the next request."""

import h11

_LAYERS = ("_httpcore_stream", "_stream", "_connection")  # private: from a response's stream to its connection
_MAX_DEPTH = 8
_BETWEEN_RESPONSES = (h11.DONE, h11.IDLE)


def has_surplus(stream: object) -> bool:
    """Return whether the connection beneath *stream*, the body of a response, holds bytes that follow the response.

    h11 keeps such bytes and parses them as the next response. None of the libraries has a public way to see them.
    """
    for _ in range(_MAX_DEPTH):
        connection = getattr(stream, "_h11_state", None)
        if isinstance(connection, h11.Connection):
            return connection.their_state in _BETWEEN_RESPONSES and bool(connection.trailing_data[0])
        stream = next((inner for name in _LAYERS if (inner := getattr(stream, name, None)) is not None), None)
    return False

"""JSON both ways: by msgspec where it is installed, else by the standard library, with the same results.

msgspec refuses some texts that json reads (a lone surrogate, 1e999), and some values that json writes (a subclass of
str): whatever it refuses is read or written by json.
"""

import json
from collections.abc import Callable
from typing import NoReturn

_BOM = b"\xef\xbb\xbf"  # some servers send a byte order mark; RFC 8259 lets readers skip it


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)  # made once: making one costs as much as decoding an event
_REFUSALS: tuple[type[Exception], ...] = (TypeError, ValueError, OverflowError, RecursionError)

try:
    import msgspec
except ImportError:
    _decode: Callable[[bytes], object] | None = None
    _encode: Callable[[object], bytes] | None = None
else:
    _decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    _REFUSALS = (*_REFUSALS, msgspec.MsgspecError)


def decode_json(data: bytes) -> object:
    """Return the value of the JSON text *data*. Raises ValueError or RecursionError; NaN and infinities are no JSON."""
    if _decode is not None:
        try:
            return _decode(data)
        except _REFUSALS:
            pass
    value: object = _JSON.decode(data.removeprefix(_BOM).decode())
    return value


def encode_json(value: object) -> bytes:
    """Return *value*, of finite numbers, as UTF-8 JSON without white space; errors are those of json."""
    if _encode is not None:
        try:
            return _encode(value)
        except _REFUSALS:
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

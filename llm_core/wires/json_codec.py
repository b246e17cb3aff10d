"""JSON both ways: by msgspec where it is installed, else by the standard library, with the same results.

msgspec refuses some texts that json reads (a lone surrogate, 1e999), and some values that json writes (a subclass of
str): whatever it refuses is read or written by json.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NoReturn

_BATCH = 128  # values of a list that are encoded at once
_BOM = b"\xef\xbb\xbf"  # some servers send a byte order mark; RFC 8259 lets readers skip it


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)  # made once: making one costs as much as decoding an event
_REFUSALS: tuple[type[Exception], ...] = (TypeError, ValueError, OverflowError, RecursionError)


class EncodedList:
    """A list that `encode_json` writes from texts: of one value or more each, with commas between them."""

    def __init__(self, batches: list[bytes]) -> None:
        """Take the texts."""
        self.batches = batches


def _require_encoded(value: object) -> EncodedList:
    if isinstance(value, EncodedList):
        return value
    raise TypeError(f"{type(value).__name__} is not JSON")


try:
    import msgspec
except ImportError:
    _decode: Callable[[bytes], object] | None = None
    _encode: Callable[[object], bytes] | None = None
else:

    def _as_raw(value: object) -> object:
        """Return the batches of an `EncodedList`, which msgspec writes as they are, with commas between them."""
        return [msgspec.Raw(batch) for batch in _require_encoded(value).batches]

    _decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder(enc_hook=_as_raw).encode
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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_list).encode()


def encode_each(values: Iterator[object]) -> list[object] | EncodedList:
    """Return *values* as a list for `encode_json` alone; with msgspec, they are encoded in batches as they come.

    The objects of a long history then live for a moment only, and Python's garbage collector does not visit them.
    """
    batch = list(islice(values, _BATCH))
    if len(batch) < _BATCH or _encode is None:
        return [*batch, *values]
    batches: list[bytes] = []
    while batch:
        batches.append(encode_json(batch)[1:-1])
        batch = list(islice(values, _BATCH))
    return EncodedList(batches)


def _as_list(value: object) -> object:
    return decode_json(b"[%b]" % b",".join(_require_encoded(value).batches))

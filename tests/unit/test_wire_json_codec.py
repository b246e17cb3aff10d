"""msgspec and the standard library's json give the same results, text by text and value by value."""

import json
import math
import subprocess
import sys
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_core.wires.framing import SSEDecoder
from llm_core.wires.json_access import count_at
from llm_core.wires.json_codec import decode_json, encode_each, encode_json
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

SLOW_MACHINES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

_TEXTS = (
    *("-0", "-0.0", "1e5", "1E+05", "1e999", "-1e999", "5e-324", "1e-400", "0.1", "01", "1.", ".5", "-", "1" * 30),
    *("18446744073709551616", "-9223372036854775809", "1" * 4300, "1" * 4301, "1" + "0" * 400 + ".0"),
    *("NaN", "Infinity", "-Infinity", "tru", "", " \t\n\r{} ", "\x0b{}", "{} x", "[1,]", '{"a":1,}', "\ufeff{}"),
    *('"\\ud800"', '"\\ud83d\\ude00"', '"\\udc00x"', '{"\\ud800":1}', '"\\x"', '"\\/"', '"a\tb"', '"\x00"', '"\x7f"'),
    *('{"a":1,"b":2,"a":3}', '{"é":"é"}', "[" * 500 + "]" * 500, "[" * 100_000 + "]" * 100_000),
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62, max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


class _Text(str):
    __slots__ = ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _reading(decode: object, data: bytes) -> str:
    """Return the repr of what *decode* reads, which tells 1 from 1.0 and -0.0 from 0.0; ``refused`` for an error."""
    assert callable(decode)
    try:
        return repr(decode(data))
    except (ValueError, RecursionError):
        return "refused"


def _json_reading(data: bytes) -> object:
    return json.loads(data.removeprefix(b"\xef\xbb\xbf").decode(), parse_constant=_refuse)


@pytest.mark.parametrize("text", _TEXTS, ids=lambda text: repr(text)[:30])
def test_odd_texts_are_read_as_json_reads_them(text: str) -> None:
    assert _reading(_json_reading, text.encode()) == _reading(decode_json, text.encode())


@pytest.mark.parametrize("data", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'{"\xc3":1}', b'"\xf4\x90\x80\x80"'])
def test_text_that_is_not_utf8_is_refused(data: bytes) -> None:
    assert "refused" == _reading(decode_json, data)


@SLOW_MACHINES
@given(_VALUES.map(lambda value: json.dumps(value).encode()) | st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_as_json_reads_them(data: bytes) -> None:
    assert _reading(_json_reading, data) == _reading(decode_json, data)


@SLOW_MACHINES
@given(_VALUES)
def test_any_value_is_written_as_text_that_json_reads_back(value: object) -> None:
    assert repr(json.loads(json.dumps(value))) == repr(json.loads(encode_json(value)))


@pytest.mark.parametrize(
    "value", [_Text("x"), {"a": [_Text("é")]}, [_Text("x"), {"a": 1, "b": 2}], (1, 2), 10**30, "\x00\x1f\x7f\u2028"]
)
def test_what_msgspec_refuses_is_written_by_json(value: object) -> None:
    assert json.loads(json.dumps(value)) == json.loads(encode_json(value))


@pytest.mark.parametrize("value", ["\ud800", {"a": "\udc00"}])
def test_half_a_surrogate_pair_cannot_be_written(value: object) -> None:
    with pytest.raises(UnicodeEncodeError):
        encode_json(value)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 300])
@pytest.mark.parametrize("value", ["x", {"a": [1, {}]}, {"a": _Text("é")}, [], 10**30])
@pytest.mark.parametrize("beside", ["y", _Text("z")])
def test_a_list_that_is_encoded_as_it_comes_is_the_same_text(length: int, value: object, beside: object) -> None:
    values = [value] * length

    encoded = encode_json({"values": encode_each(iter(values)), "beside": beside})

    assert encode_json({"values": values, "beside": beside}) == encoded


def test_an_error_of_the_source_of_a_list_passes() -> None:
    with pytest.raises(ZeroDivisionError):
        encode_each(1 // value for value in (1, 0))


def test_what_is_no_json_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="object"):
        encode_json({"values": object()})


def test_without_msgspec_json_reads_and_writes() -> None:
    program = (
        "import sys; sys.modules['msgspec'] = None\n"
        "from llm_core.wires.json_codec import decode_json, encode_each, encode_json\n"
        "print(decode_json(b'[1, 1e3]'), encode_json({'a': encode_each(iter('b'))}).decode())"
    )

    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert '[1, 1000.0] {"a":["b"]}\n' == output


_LINES = st.sampled_from(
    (
        *(b'data: {"a":1}', b'data:{"a":2}', b"data: [DONE]", b"data: ", b"data", b"data: x", b"", b"", b""),
        *(b"event: message", b": comment", b"id: 7", b"\xef\xbb\xbfdata: {}", b"event: x\r"),
        *(b'data: {"b":', b"data: 3}"),
    )
)


@SLOW_MACHINES
@given(st.lists(_LINES, max_size=12), st.sampled_from((b"\n", b"\n", b"\r\n", b"\r")), st.integers(0, 200))
def test_whole_events_are_read_as_single_bytes_are(lines: list[bytes], line_end: bytes, cut: int) -> None:
    body = line_end.join(lines)
    in_two, by_byte = SSEDecoder(), SSEDecoder()

    events = [*in_two.feed(body[:cut]), *in_two.feed(body[cut:])]

    assert [event for at in range(len(body)) for event in by_byte.feed(body[at : at + 1])] == events
    assert by_byte.done == in_two.done


_ABSENT = object()
_FIELDS = st.sampled_from(
    (_ABSENT, None, "", "x", "é", 0, 1, {}, [], {"prompt_tokens": 3}, [{"type": "text", "text": "x"}], "stop")
)


@SLOW_MACHINES
@given(st.fixed_dictionaries(dict.fromkeys(("role", "content", "reasoning", "refusal", "tool_calls"), _FIELDS)))
@pytest.mark.parametrize("choice", [{}, {"index": 1}, {"finish_reason": "stop"}, {"finish_reason": None, "index": 0}])
@pytest.mark.parametrize("event", [{"id": "1", "model": "m"}, {"id": "", "model": ""}, {"usage": {"prompt_tokens": 3}}])
def test_plain_text_is_decoded_as_any_other_delta(
    event: dict[str, object], choice: dict[str, object], fields: dict[str, object]
) -> None:
    delta = {name: value for name, value in fields.items() if value is not _ABSENT}
    plain = {**event, "choices": [{**choice, "delta": delta}]}

    assert _decoded({**plain, "unknown": 1}) == _decoded(plain)


def _decoded(event: dict[str, object]) -> object:
    try:
        return list(OpenAIChatDecoder().event(event))
    except Exception as error:  # noqa: BLE001 -- compared by class
        return type(error)


def test_infinities_that_a_server_writes_as_numbers_are_read() -> None:
    assert math.inf == decode_json(b"1e999")


@pytest.mark.parametrize(
    ("count", "value"),
    [
        *((0, 0), (0, 0.0), (0, -0.0), (1, 1.0), (3, 3.0), (2**53, 2**53), (2**53, 2.0**53)),
        *((None, 2**53 + 1), (None, 2.0**53 + 2), (None, -1), (None, -1.0), (None, 0.5), (None, math.inf)),
        *((None, True), (None, "3"), (None, None), (None, [3])),
    ],
)
def test_a_count_is_a_whole_number_without_a_sign(count: int | None, value: object) -> None:
    seen = count_at({"tokens": value}, "total", "tokens")

    assert (count, type(count)) == (seen, type(seen))

import asyncio
from collections.abc import AsyncIterator

import pytest

from llm_core import aiter_lines

LINES = ["data: 🜁\u2028\x85\x0b\x0c", "", "æ", "no\rend"]


def lines_of(*packets: bytes) -> list[str]:
    async def arriving() -> AsyncIterator[bytes]:
        for packet in packets:
            yield packet

    async def read() -> list[str]:
        return [line async for line in aiter_lines(arriving())]

    return asyncio.run(read())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_lines_end_at_a_line_feed_however_they_are_split(size: int, end: str) -> None:
    told = "".join(line + end for line in LINES).encode()

    seen = lines_of(*(told[start : start + size] for start in range(0, len(told), size)))

    assert LINES == seen


def test_what_has_no_end_is_no_line() -> None:
    seen = lines_of(b"one\ntw", b"o\nthr", b"ee")

    assert ["one", "two"] == seen


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        lines_of(b"\xff\n")

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
def test_packets_may_split_lines_anywhere(size: int, end: str) -> None:
    body = "".join(line + end for line in LINES).encode()

    lines = lines_of(*(body[start : start + size] for start in range(0, len(body), size)))

    assert LINES == lines


def test_text_after_the_last_line_end_is_dropped() -> None:
    lines = lines_of(b"one\ntw", b"o\nthr", b"ee")

    assert ["one", "two"] == lines


def test_a_line_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        lines_of(b"\xff\n")

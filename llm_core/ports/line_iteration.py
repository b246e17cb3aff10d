"""Lines of text out of packets of bytes: what server-sent events and JSON lines come in."""

from collections.abc import AsyncGenerator, AsyncIterable


async def aiter_lines(packets: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the lines of *packets*, without their ends; what stands after the last end is no line.

    A line ends at a line feed and nowhere else: U+2028 is text. Packets may split a character. *packets* stays its
    owner's to close.

    Raises:
        UnicodeDecodeError: a line is not UTF-8.
    """
    rest = bytearray()
    async for packet in packets:
        *ended, last = packet.split(b"\n")
        for piece in ended:
            yield (rest + piece).removesuffix(b"\r").decode()
            rest.clear()
        rest += last

"""Lines of text from packets of bytes, as server-sent events and newline-delimited JSON need them."""

from collections.abc import AsyncGenerator, AsyncIterable


async def aiter_lines(packets: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the lines of *packets*, without their line ends; text after the last line end is dropped.

    Only a line feed, or a carriage return and a line feed, ends a line: U+2028 is text. Packets may split a character.
    The caller closes *packets*.

    Raises:
        UnicodeDecodeError: a line is not UTF-8.
    """
    buffered = bytearray()
    async for packet in packets:
        *ended, last = packet.split(b"\n")
        for line in ended:
            yield (buffered + line).removesuffix(b"\r").decode()
            buffered.clear()
        buffered += last

"""The lookups of `lookups` for async callers: asyncio's own occupy threads that the end of an event loop waits for."""

import asyncio

from .lookups import WAIT, Address, found_by, literal_address, start_lookup


async def aaddresses_of(host: str, port: int) -> tuple[Address, ...]:
    """Return the addresses of *host*. Raises OSError if it has none."""
    if literal := literal_address(host, port):
        return (literal,)
    while (lookup := start_lookup(host, port)) is None:  # noqa: ASYNC110 -- other event loops may run the lookups
        await asyncio.sleep(WAIT)
    return found_by(await asyncio.wrap_future(lookup))

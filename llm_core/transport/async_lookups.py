"""The lookups of `lookups`, for aiohttp: its own ones occupy threads that the end of an event loop waits for."""

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from .lookups import WAIT, Place, found_by, start_lookup


class DaemonResolver(AbstractResolver):
    """Looks names up in daemon threads."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of *host*. Raises OSError if it has none."""
        while (lookup := start_lookup(host, port)) is None:  # noqa: ASYNC110 -- other event loops may run the lookups
            await asyncio.sleep(WAIT)
        found = found_by(await asyncio.wrap_future(lookup))
        return [
            ResolveResult(
                hostname=host,
                host=_literal(place),
                port=port,
                family=own,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for own, place in found
            if family in (socket.AF_UNSPEC, own)
        ]

    async def close(self) -> None:
        """Do nothing: the threads end by themselves."""


def _literal(place: Place) -> str:
    """Return the address of *place*, with its scope if it has one."""
    match place:
        case (host, _, _, scope) if scope:
            return f"{host}%{scope}"
        case _:
            return str(place[0])

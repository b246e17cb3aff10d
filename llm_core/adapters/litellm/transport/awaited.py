"""One exchange for a task, over a session of aiohttp's, which takes half the time of httpx and less."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
import attrs
import yarl

from .exchanges import AsyncReply, Outgoing


@attrs.frozen
class AiohttpReply:
    """The reply of aiohttp, which takes half the time of httpx and more."""

    response: aiohttp.ClientResponse

    @property
    def status(self) -> int:
        """As HTTP has it."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        return self.response.content.iter_any()

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()


async def ask_aiohttp(session: aiohttp.ClientSession, outgoing: Outgoing, proxy: str | None) -> AsyncReply:
    """Return the reply, its head read; whoever awaits it keeps the time."""
    url = yarl.URL(outgoing.url, encoded=True)
    request = session.post(url, data=outgoing.content, headers=outgoing.headers, allow_redirects=False, proxy=proxy)
    return AiohttpReply(await request)

"""A research agent: tools that run at once, limits, a typed report, and a conversation that survives Ctrl-C.

``python examples/research_agent.py wheat.json "How did the price of wheat move?"``; without a question it goes on.
"""

import asyncio
import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from saved_conversation import load, save

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ImagePart,
    TextDelta,
    UserMessage,
    chat_from_env,
)
from llm_core.typed import Context, Toolbox, acomplete_as, tool
from llm_core.wrappers import Budget, Limited, Limiter

SYSTEM = "You research prices. Search, read the pages that you find, draw a chart, and name your sources."
WRITE = UserMessage("Write the report now, from what you have found.")
ROUNDS = 6


@dataclass
class Period:
    """The years that a page must be about."""

    first: int
    last: int


@dataclass
class Report:
    """What the agent has found."""

    summary: str
    sources: list[str]
    confidence: Literal["low", "medium", "high"]


@dataclass
class Library:
    """Pages by address, each with its year and text, and the seconds that it takes to read one."""

    pages: dict[str, tuple[int, str]]
    delay: float = 1.0


URL = "https://prices.example/"
LIBRARY = Library({f"{URL}1": (2021, "Wheat cost 250 dollars a ton."), f"{URL}2": (2022, "Wheat cost 400 dollars.")})


@tool
def search(words: str, period: Period, library: Annotated[Library, Context]) -> list[str]:
    """Find pages.

    Args:
        words: One of these must be on the page.
        period: The years that the page is about.
        library: Where to look.
    """
    pages = [(url, text) for url, (year, text) in library.pages.items() if period.first <= year <= period.last]
    return [url for url, text in pages if any(word in text.lower() for word in words.lower().split())]


@tool
async def read_page(url: str, library: Annotated[Library, Context]) -> str:
    """Return the text of a page that `search` has found."""
    await asyncio.sleep(library.delay)
    return library.pages[url][1]


@tool
def read_archive(url: str) -> str:
    """Return the text of a page as it was a year ago."""
    raise ConnectionError(f"the archive of {url} is closed")


@tool
def draw_chart(prices: list[float]) -> list[str | ImagePart]:
    """Draw a bar for each price."""
    top = max(prices)
    row = b"".join(bytes([round(255 * price / top)]) * 8 for price in prices)
    pixels = zlib.compress((b"\0" + row) * 32)  # gray: the higher the price, the lighter the bar
    chunks = b"IHDR" + struct.pack(">IIBBBBB", len(row), 32, 8, 0, 0, 0, 0), b"IDAT" + pixels, b"IEND"
    png = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    return [f"{len(prices)} bars", ImagePart(data=b"\x89PNG\r\n\x1a\n" + b"".join(png), media_type="image/png")]


TOOLS: Sequence[Callable[..., object]] = (search, read_page, read_archive, draw_chart)


class ResearchAgent:
    """Lets the model call tools until it has read enough or the rounds are used up, and asks for a report."""

    def __init__(self, chat: ChatPort, path: Path, show: Callable[[str], None], toolbox: Toolbox) -> None:
        """*path* keeps the conversation; *show* is called with text as it arrives, and with each result."""
        self._chat, self._path, self._show, self._toolbox = chat, path, show, toolbox

    async def research(self, question: str) -> Report:
        """Return the report on *question*; go on with the saved conversation if it is empty."""
        history = [*load(self._path, SYSTEM), *([UserMessage(question)] if question else ())]
        request = ChatRequest(messages=history, tools=self._toolbox.tools)
        for _ in range(0 if isinstance(history[-1], AssistantMessage) else ROUNDS):
            save(self._path, request)
            response = await self._ask(request)
            request = request.extended(response.message)
            save(self._path, request)
            results = await self._toolbox.arun(response.message)
            for call, result in zip(response.message.all_tool_calls, results, strict=True):
                self._show(f"\n{'✗' if result.is_error else '✓'} {call.name} {str(result.content)[:80]}")
            request = request.extended(*results)
            if not results:
                break
        save(self._path, request)
        return (await acomplete_as(self._chat, request.extended(WRITE), Report, repairs=2)).value

    async def _ask(self, request: ChatRequest) -> ChatResponse:
        async with self._chat.astream(request) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    self._show(event.text)
            return stream.response


async def main() -> None:
    """Print the report on the question on the command line."""
    path, toolbox = Path(sys.argv[1]), Toolbox(TOOLS, context=LIBRARY, timeout=10.0)
    async with Budget(Limited(chat_from_env(), Limiter(concurrent=2)), usd=0.5, unpriced="count") as chat:
        agent = ResearchAgent(chat, path, lambda text: print(text, end="", flush=True), toolbox)
        report = await agent.research(" ".join(sys.argv[2:]))
    print(f"\n{report.summary}\n\nSources: {', '.join(report.sources)}\nConfidence: {report.confidence}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        raise SystemExit(f"\n[interrupted; to go on: {sys.argv[0]} {sys.argv[1]}]") from None

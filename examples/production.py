"""The research agent as it runs in production: with a stack of wrappers around two models, sync and async.

``python examples/production.py wheat.json "How did the price of wheat move?"`` needs the keys of both.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from research_agent import LIBRARY, TOOLS, ResearchAgent

from llm_core import ChatPort, ManagedChatPort
from llm_core.adapters.direct import DirectChat
from llm_core.typed import Toolbox
from llm_core.wrappers import (
    Budget,
    Cached,
    Clock,
    Fallback,
    Limited,
    Limiter,
    Logged,
    Retrying,
    SqliteStore,
    SystemClock,
)

MODELS = ("openai/gpt-5-mini", "anthropic/claude-sonnet-4-5")


def for_production(models: Sequence[ChatPort], answers: Path, clock: Clock = SystemClock()) -> ManagedChatPort:  # noqa: B008 -- it has no state
    """Return a chat over *models*, in the order of preference; the file at *answers* keeps answers for an hour."""
    limiter = Limiter(concurrent=20, requests_per_minute=500, clock=clock)
    chats = [Retrying(Limited(chat, limiter, clock=clock), total_timeout=60, clock=clock) for chat in models]
    budget = Budget(Fallback(chats, cooldown=30, clock=clock), usd=5, unpriced="count")
    return Logged(Cached(budget, SqliteStore(answers), namespace="research", ttl=3600, clock=clock), clock=clock)


async def main() -> None:
    """Print the report on the question on the command line."""
    async with for_production([*map(DirectChat, MODELS)], Path("answers.db")) as chat:
        agent = ResearchAgent(
            chat, Path(sys.argv[1]), lambda text: print(text, end="", flush=True), Toolbox(TOOLS, context=LIBRARY)
        )
        report = await agent.research(" ".join(sys.argv[2:]))
    print(f"\n{report.summary}\n\nSources: {', '.join(report.sources)}\nConfidence: {report.confidence}")


if __name__ == "__main__":
    asyncio.run(main())

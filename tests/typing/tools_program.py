"""A program that mypy and pyright in strict mode accept: `@tool` keeps the signature of what it decorates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, assert_type

from llm_core import AssistantMessage, ChatRequest, Tool, ToolMessage, UserMessage
from llm_core.typed import Context, Toolbox, tool


@dataclass
class Db:
    """What the tools read."""

    rows: tuple[str, ...] = ()


@tool
def weather(city: str, days: int = 1, *, db: Annotated[Db, Context]) -> str:
    """Return the weather."""
    return f"{city} {days} {db}"


@tool
async def fetch(url: str) -> bytes:
    """Load a page."""
    return url.encode()


class Shop:
    """A class with tools."""

    @tool
    def buy(self, item: str, count: int = 1) -> float:
        """Buy something."""
        return len(item) * count

    @tool
    async def sell(self, item: str) -> bool:
        """Sell something."""
        return bool(item)

    @staticmethod
    @tool
    def hours(day: str) -> list[int]:
        """Return the hours."""
        return [len(day)]


class Adder:
    """A callable object."""

    def __call__(self, other: int) -> int:
        """Add."""
        return other + 1


adder = tool(Adder())


def plain(city: str) -> str:
    """Return the city."""
    return city


async def use(shop: Shop, message: AssistantMessage) -> None:
    """Call tools as functions, and let a toolbox run them."""
    assert_type(weather("Oslo", 2, db=Db()), str)
    assert_type(weather(city="Oslo", db=Db()), str)
    assert_type(await fetch("x"), bytes)
    assert_type(shop.buy("eggs", count=2), float)
    assert_type(await shop.sell("eggs"), bool)
    assert_type(Shop.hours("Mo"), list[int])
    assert_type(Shop.buy(shop, "eggs"), float)
    assert_type(adder(1), int)
    kept: Callable[[str], float] = shop.buy
    kept("eggs")
    box = Toolbox([weather, fetch, shop.buy, shop.sell, Shop.hours, adder, plain], context=Db(), timeout=5.0)
    assert_type(box.tools, tuple[Tool, ...])
    assert_type(weather.tool, Tool)
    request = ChatRequest(messages=[UserMessage("hi")], tools=box.tools)
    assert_type(box.run(message), tuple[ToolMessage, ...])
    assert_type(await box.arun(message), tuple[ToolMessage, ...])
    assert_type(request.extended(message, *await box.arun(message)), ChatRequest)

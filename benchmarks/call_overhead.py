"""What `LiteLLMChat` costs over ``litellm.completion`` called by hand: the same call, the same far side, by turns."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator

import attrs

from benchmarks.measuring.cpu import show
from benchmarks.measuring.far_side import CHUNKS, KEY, MODEL, running_far_side
from benchmarks.measuring.turns import AsyncSteps, Steps, Turns
from llm_core import ChatRequest, Message, SystemMessage, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.vendor import litellm as import_quietly

TARGET = 1.05
CALLS = 8  # in a round
CALL_ROUNDS, STREAM_ROUNDS = 50, 16
INSTRUCTION, QUESTION = "Answer in numbers.", "What comes first?"
MESSAGES: list[Message] = [SystemMessage(INSTRUCTION), UserMessage(QUESTION)]


@attrs.frozen
class ByHand:
    """What one writes without a port, with the keywords that the adapter sets."""

    api_base: str

    def complete(self) -> Generator[None, None, None]:
        """Ask, and block."""
        import litellm

        for _ in range(CALLS):
            assert litellm.completion(**self._keywords()).choices[0].message.content
            yield

    def stream(self) -> Generator[None, None, None]:
        """Ask, and join the words as they come."""
        import litellm

        words = ""
        for chunk in litellm.completion(**self._keywords(), stream=True, stream_options={"include_usage": True}):
            if chunk.choices:
                words += chunk.choices[0].delta.content or ""
            yield
        assert words

    async def acomplete(self) -> AsyncGenerator[None, None]:
        """Ask, and await."""
        import litellm

        for _ in range(CALLS):
            assert (await litellm.acompletion(**self._keywords())).choices[0].message.content
            yield

    async def astream(self) -> AsyncGenerator[None, None]:
        """Ask, and join the words as they come."""
        import litellm

        words = ""
        options = {"include_usage": True}
        async for chunk in await litellm.acompletion(**self._keywords(), stream=True, stream_options=options):
            if chunk.choices:
                words += chunk.choices[0].delta.content or ""
            yield
        assert words

    def _keywords(self) -> dict[str, object]:
        return {
            "model": MODEL,
            "messages": [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": QUESTION}],
            "api_key": KEY,
            "api_base": self.api_base,
            "timeout": 120.0,
            "max_retries": 0,
            "drop_params": False,
            "_skip_mcp_handler": True,
        }


@attrs.frozen
class ByPort:
    """The same through the port."""

    chat: LiteLLMChat

    def complete(self) -> Generator[None, None, None]:
        """Ask, and block."""
        for _ in range(CALLS):
            assert self.chat.complete(ChatRequest(messages=MESSAGES)).text
            yield

    def stream(self) -> Generator[None, None, None]:
        """Ask, and join the words as they come."""
        words = ""
        with self.chat.stream(ChatRequest(messages=MESSAGES)) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    words += event.text
                yield
        assert words

    async def acomplete(self) -> AsyncGenerator[None, None]:
        """Ask, and await."""
        for _ in range(CALLS):
            assert (await self.chat.acomplete(ChatRequest(messages=MESSAGES))).text
            yield

    async def astream(self) -> AsyncGenerator[None, None]:
        """Ask, and join the words as they come."""
        words = ""
        async with self.chat.astream(ChatRequest(messages=MESSAGES)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    words += event.text
                yield
        assert words


def main() -> None:
    """Print the figures."""
    import_quietly()
    print("CPU milliseconds, and their ratio round by round: the median, and the quartiles")
    head = ("", "per", "litellm", "LiteLLMChat", "ratio", "quartiles", f"target {TARGET}")
    with running_far_side() as api_base, asyncio.Runner() as runner:
        show([head, *_rows(ByHand(api_base), ByPort(LiteLLMChat(MODEL, api_key=KEY, api_base=api_base)), runner)])


def _rows(hand: ByHand, port: ByPort, runner: asyncio.Runner) -> Iterator[tuple[str, ...]]:
    yield "complete", "call", *_figures(_turns((hand.complete, port.complete), CALL_ROUNDS), CALLS)
    yield "acomplete", "call", *_figures(runner.run(_aturns((hand.acomplete, port.acomplete), CALL_ROUNDS)), CALLS)
    yield "stream", "chunk", *_figures(_turns((hand.stream, port.stream), STREAM_ROUNDS), CHUNKS)
    yield "astream", "chunk", *_figures(runner.run(_aturns((hand.astream, port.astream), STREAM_ROUNDS)), CHUNKS)


def _turns(contestants: tuple[Steps, Steps], rounds: int) -> Turns:
    Turns().take(contestants, 1)  # warm-up, not counted
    turns = Turns()
    turns.take(contestants, rounds)
    return turns


async def _aturns(contestants: tuple[AsyncSteps, AsyncSteps], rounds: int) -> Turns:
    await Turns().atake(contestants, 1)  # as above
    turns = Turns()
    await turns.atake(contestants, rounds)
    return turns


def _figures(turns: Turns, units: int) -> Iterator[str]:
    for seconds in turns.medians:
        yield f"{1000 * seconds / units:.3f}"
    low, median, high = turns.quartiles
    yield f"{median:.3f}"
    yield f"{low:.3f} to {high:.3f}"
    yield "kept" if median <= TARGET else "MISSED"


if __name__ == "__main__":
    main()

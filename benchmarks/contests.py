"""The workloads and their candidates."""

from collections.abc import Sequence

import attrs

from benchmarks.measuring.workload import Work

MAIN = ""  # the project's environment; the others are named after their locks, requirements/peers-*.txt


@attrs.frozen
class Candidate:
    """A module of `candidates/`, the environment that it runs in, and its variant."""

    label: str
    module: str
    home: str = MAIN
    variant: str = "-"


HTTPX = Candidate("httpx and json", "raw_httpx")
AIOHTTP = Candidate("aiohttp and json", "raw_aiohttp")
OPENAI = Candidate("openai SDK", "openai_sdk")
BY_HAND = Candidate("litellm by hand", "litellm_by_hand")
CALL = Candidate("llm_core, call lane", "port", variant="call")
DIRECT = Candidate("llm_core, DirectChat", "port", variant="direct")
OURS = (DIRECT, CALL)
RIVALS = (
    OPENAI,
    Candidate("langchain-openai", "langchain_chat", "openai", "openai"),
    Candidate("langchain-litellm", "langchain_chat", "litellm", "litellm"),
    Candidate("pydantic-ai", "pydantic_ai_direct", "openai"),
    Candidate("any-llm", "any_llm_calls", "openai"),
    Candidate("openai-agents, LitellmModel", "openai_agents", "litellm"),
    Candidate("aisuite", "aisuite_client", "aisuite"),
)
ALL_SYNC = (HTTPX, *OURS, BY_HAND, *RIVALS)
ALL_ASYNC = (AIOHTTP, *OURS, BY_HAND, *RIVALS)
WIRES = (HTTPX, *OURS, BY_HAND)
LONG = (*WIRES, OPENAI)
RESPONSES = (HTTPX, DIRECT)


@attrs.frozen
class Contest:
    """A workload and its candidates, the limit first."""

    title: str
    work: Work
    candidates: tuple[Candidate, ...]
    rounds: int = 9

    def among(self, names: Sequence[str]) -> "Contest":
        """Return it with the limit and the candidates whose label contains one of *names*; with all for no names."""
        limit, *others = self.candidates
        chosen = [one for one in others if not names or any(name in one.label for name in names)]
        return attrs.evolve(self, candidates=(limit, *chosen))


CONTESTS = (
    Contest("a short call", Work("short_call", "complete", 20), ALL_SYNC, 15),
    Contest("a history of 1 message", Work("history_1", "complete", 20, messages=1), WIRES),
    Contest("a history of 100 messages", Work("history_100", "complete", 5, messages=100), WIRES),
    Contest("a history of 1,000 messages", Work("history_1000", "complete", messages=1000, tools=1), LONG),
    Contest("a history of 3,000 messages", Work("history_3000", "complete", messages=3000, tools=1), LONG, 5),
    Contest("100 tools", Work("tools_100", "complete", 5, tools=100), LONG),
    Contest("100 tools, made in each call", Work("tools_100_made", "complete", 5, tools=100, makes_tools=True), WIRES),
    Contest("a stream of 200 chunks", Work("stream_200", "stream", 3, chunks=200), ALL_SYNC),
    Contest("a stream of 4,000 chunks", Work("stream_4000", "stream", chunks=4000), ALL_SYNC, 3),
    Contest("200 chunks, each in its own packet", Work("stream_apart", "stream", shape="apart", chunks=200), WIRES),
    Contest("Anthropic's wire, 1,000 chunks", Work("stream_anthropic", "stream", 1, "anthropic", chunks=1000), WIRES),
    Contest("a short call, Responses", Work("short_responses", "complete", 20, "responses"), RESPONSES, 15),
    Contest(
        "Responses' wire, 1,000 chunks", Work("stream_responses", "stream", 1, "responses", chunks=1000), RESPONSES
    ),
    Contest("Gemini's wire, 1,000 chunks", Work("stream_gemini", "stream", 1, "gemini", chunks=1000), WIRES),
    Contest("a call's arguments in 1,000 chunks", Work("arguments", "stream", 1, "openai", "arguments", 1000), LONG),
    Contest(
        "Anthropic's wire, a call's arguments in 1,000 chunks",
        Work("arguments_anthropic", "stream", 1, "anthropic", "arguments", 1000),
        WIRES,
    ),
    Contest("64 async calls at once", Work("at_once_64", "acomplete", 64, at_once=64), ALL_ASYNC),
    Contest("512 async calls at once", Work("at_once_512", "acomplete", 512, at_once=512), ALL_ASYNC, 3),
    Contest("an async stream of 200 chunks", Work("astream_200", "astream", 3, chunks=200), ALL_ASYNC),
)

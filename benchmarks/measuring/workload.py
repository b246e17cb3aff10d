"""Workloads and their expected answers; standard library only, since the peers' environments import it too."""

import json
from typing import NamedTuple, TypeAlias

SIZE = 4  # characters of a chunk
SHORT = 2  # messages: system and user
KEY = "sk-none"
MODEL = "gpt-4o-mini"  # has a price, as models in use have
Fields: TypeAlias = dict[str, object]


class Work(NamedTuple):
    """A workload, the same for every candidate; a round makes at least `calls`, `at_once` of them concurrently."""

    name: str
    verb: str  # complete, stream, acomplete, astream
    calls: int = 1
    dialect: str = "openai"
    shape: str = "text"
    chunks: int = 8
    messages: int = SHORT
    tools: int = 0
    makes_tools: bool = False  # in every call; else once, before the calls
    at_once: int = 1

    @property
    def units(self) -> int:
        """The number of units in one call: its chunks if it streams, else 1."""
        return self.chunks if self.verb.endswith("stream") else 1

    @property
    def answer(self) -> str:
        """The text that a candidate must return."""
        return arguments_of(self.chunks) if self.shape == "arguments" else text_of(self.chunks)


class CallSpec(NamedTuple):
    """The input of a candidate; messages and tools in OpenAI's format."""

    url: str
    dialect: str
    variant: str
    messages: list[Fields]
    tools: list[Fields]
    with_arguments: bool
    makes_tools: bool


def spec_of(work: Work, fake_provider: str, variant: str) -> CallSpec:
    """Return the call of *work* to the address *fake_provider*."""
    url = f"{fake_provider}/{work.shape}/{work.chunks}"
    tools = [tool(number) for number in range(work.tools)]
    messages, with_arguments = history(work.messages), work.shape == "arguments"
    return CallSpec(url, work.dialect, variant, messages, tools, with_arguments, work.makes_tools)


def text_of(chunks: int) -> str:
    """Return text of *chunks* chunks."""
    return "".join(f"{number % 1000:03} " for number in range(chunks))


def arguments_of(chunks: int) -> str:
    """Return tool call arguments of *chunks* chunks."""
    frame = '{"what": ""}'
    return frame[:-2] + text_of(chunks)[len(frame) :] + frame[-2:]


def history(length: int) -> list[Fields]:
    """Return *length* messages: questions, calls, results and answers in turn, or of length `SHORT` one question."""
    if length == SHORT:
        return [{"role": "system", "content": "Answer in numbers."}, _message("user", "What comes first?")]
    messages: list[Fields] = []
    for turn in range(length // 4 + 1):
        function = {"name": "look_up_0", "arguments": json.dumps({"what": f"number {turn}"})}
        call = {"id": f"call_{turn}", "type": "function", "function": function}
        messages += [
            _message("user", f"What is number {turn}?"),
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": f"It is {turn}.", "tool_call_id": f"call_{turn}"},
            _message("assistant", f"Number {turn} is {turn}."),
        ]
    return messages[:length]


def tool(number: int) -> Fields:
    """Return a tool with six parameters."""
    fields = {f"field_{index}": {"type": "string", "description": f"What number {index} is."} for index in range(6)}
    parameters = {"type": "object", "properties": fields, "required": ["field_0"], "additionalProperties": False}
    function = {"name": f"look_up_{number}", "description": f"Look number {number} up.", "parameters": parameters}
    return {"type": "function", "function": function}


def _message(role: str, content: str) -> Fields:
    return {"role": role, "content": content}

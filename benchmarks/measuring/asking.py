"""What is asked, and what must come back; the standard library alone, for the peers' environments read it, too."""

import json
from typing import NamedTuple, TypeAlias

SIZE = 4  # characters of a chunk
SHORT = 2  # messages: an instruction and a question
KEY = "sk-none"
MODEL = "gpt-4o-mini"  # has a price, as models in use have
Fields: TypeAlias = dict[str, object]


class Work(NamedTuple):
    """One piece of work, the same for every candidate; a round makes at least `calls`, `at_once` of them together."""

    name: str
    verb: str  # complete, stream, acomplete, astream
    calls: int = 1
    dialect: str = "openai"
    shape: str = "words"
    chunks: int = 8
    messages: int = SHORT
    tools: int = 0
    at_once: int = 1

    @property
    def units(self) -> int:
        """What a figure is for, in one call: a call, or a chunk of its stream."""
        return self.chunks if self.verb.endswith("stream") else 1

    @property
    def answer(self) -> str:
        """What a candidate must return."""
        return arguments_of(self.chunks) if self.shape == "arguments" else require_text(self.chunks)


class Ask(NamedTuple):
    """What a candidate is given; messages and tools in the form of OpenAI. `variant` is the candidate's own."""

    url: str
    dialect: str
    variant: str
    messages: list[Fields]
    tools: list[Fields]
    with_arguments: bool


def ask_of(work: Work, fake_provider: str, variant: str) -> Ask:
    """Return what *work* asks at the address *fake_provider*."""
    url = f"{fake_provider}/{work.shape}/{work.chunks}"
    tools = [tool(number) for number in range(work.tools)]
    return Ask(url, work.dialect, variant, history(work.messages), tools, work.shape == "arguments")


def require_text(chunks: int) -> str:
    """Return so many chunks of text."""
    return "".join(f"{number % 1000:03} " for number in range(chunks))


def arguments_of(chunks: int) -> str:
    """Return the arguments of a call, so many chunks long."""
    frame = '{"what": ""}'
    return frame[:-2] + require_text(chunks)[len(frame) :] + frame[-2:]


def history(length: int) -> list[Fields]:
    """Return questions, calls, results and answers in turn, *length* messages; of `SHORT` length: a mere question."""
    if length == SHORT:
        return [{"role": "system", "content": "Answer in numbers."}, _said("user", "What comes first?")]
    messages: list[Fields] = []
    for turn in range(length // 4 + 1):
        function = {"name": "look_up_0", "arguments": json.dumps({"what": f"number {turn}"})}
        call = {"id": f"call_{turn}", "type": "function", "function": function}
        messages += [
            _said("user", f"What is number {turn}?"),
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": f"It is {turn}.", "tool_call_id": f"call_{turn}"},
            _said("assistant", f"Number {turn} is {turn}."),
        ]
    return messages[:length]


def tool(number: int) -> Fields:
    """Return a tool with a schema of some size."""
    fields = {f"field_{place}": {"type": "string", "description": f"What number {place} is."} for place in range(6)}
    parameters = {"type": "object", "properties": fields, "required": ["field_0"], "additionalProperties": False}
    function = {"name": f"look_up_{number}", "description": f"Look number {number} up.", "parameters": parameters}
    return {"type": "function", "function": function}


def _said(role: str, content: str) -> Fields:
    return {"role": role, "content": content}

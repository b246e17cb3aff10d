"""What LiteLLM's configs leave to its own call, or lose, put into the body that they wrote."""

import copy
from collections.abc import Iterator, Sequence

from llm_core.domain.messages import Message, UserMessage
from llm_core.domain.parts import FilePart

from .codec import Wire
from .plan import Plan

_OLLAMA_TOP = frozenset({"keep_alive", "think", "format", "template", "raw", "suffix", "logprobs", "top_logprobs"})


def mend(body: Wire, plan: Plan, messages: Sequence[Message], *, stream: bool) -> None:
    """Complete *body*, in place."""
    own = body.pop("extra_body", None)  # as Mistral's config puts what OpenAI does not have
    body |= own if isinstance(own, dict) else {}
    match plan.model.provider:
        case "ollama_chat":
            _mend_ollama(body, plan)
        case "anthropic":
            _mend_anthropic(body, plan, messages)
    if plan.model.provider != "ollama_chat":
        body |= plan.extra
    if plan.model.provider != "gemini":
        body["stream"] = stream
    if stream and plan.model.takes_stream_options:
        body["stream_options"] = {"include_usage": True}


def _mend_ollama(body: Wire, plan: Plan) -> None:
    effort, options = plan.parameters.get("reasoning_effort"), body.setdefault("options", {})
    if effort is not None:
        body["think"] = False if effort == "none" else effort
    for key, value in plan.extra.items():
        if key in _OLLAMA_TOP:
            body[key] = value
        elif isinstance(options, dict):
            options[key] = value


def _mend_anthropic(body: Wire, plan: Plan, messages: Sequence[Message]) -> None:
    schemas = {tool["name"]: tool for tool in _functions(plan.parameters.get("tools"))}
    for tool in _objects(body.get("tools")):
        told = schemas.get(tool.get("name"))
        if told is not None:  # the whole schema: LiteLLM keeps the fields that it knows
            tool["input_schema"] = copy.deepcopy(told["parameters"])
            tool.update({"strict": True} if told.get("strict") else {})
    named = [part.name for message in messages for part in _parts(message) if isinstance(part, FilePart)]
    blocks = (block for message in _objects(body.get("messages")) for block in _objects(message.get("content")))
    for name, block in zip(named, (block for block in blocks if block.get("type") == "document"), strict=False):
        block.update({"title": name} if name else {})


def _parts(message: Message) -> Sequence[object]:
    return message.parts if isinstance(message, UserMessage) else ()


def _functions(tools: object) -> Iterator[Wire]:
    for tool in _objects(tools):
        function = tool.get("function")
        if isinstance(function, dict):
            yield function


def _objects(values: object) -> Iterator[Wire]:
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, dict))

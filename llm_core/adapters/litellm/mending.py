"""What LiteLLM's configs leave to its own call, or lose, put into the body that they wrote."""

import copy
from collections.abc import Callable, Iterator, Sequence

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.messages import ERROR_PREFIX, Message, ToolMessage, UserMessage
from llm_core.domain.parts import FilePart

from .codec import JsonObject
from .prepared_request import PreparedRequest

_EDITS_TOOLS = frozenset(
    {"fireworks_ai", "gemini", "hosted_vllm", "xai"}
)  # of the schemas LiteLLM leaves out what it doubts
_COHERE_CHOICES: dict[object, str] = {"required": "REQUIRED", "none": "NONE"}
_ADDRESSES = ("https://", "http://")
_OLLAMA_TOP = frozenset({"keep_alive", "think", "format", "template", "raw", "suffix", "logprobs", "top_logprobs"})


def fresh_parameters(plan: PreparedRequest) -> JsonObject:
    """Return the parameters for LiteLLM to edit; those of *plan* stay as they are where they are wanted again."""
    return copy.deepcopy(plan.parameters) if plan.model.provider in _EDITS_TOOLS else dict(plan.parameters)


def mend(body: JsonObject, plan: PreparedRequest, messages: Sequence[Message], *, stream: bool) -> None:
    """Complete *body*, in place.

    Raises:
        UnsupportedFeatureError: Cohere is to call one tool by its name, or Fireworks to be strict.
    """
    body.pop("json_mode", None)  # LiteLLM's call tells itself so
    stream = not body.pop("fake_stream", False) and stream  # Groq does not stream what has a format
    own = body.pop("extra_body", None)  # as Mistral's config puts what OpenAI does not have
    body |= own if isinstance(own, dict) else {}
    if plan.model.provider == "anthropic":
        _mend_anthropic(body, plan, messages)
    elif (own_mend := _MENDS.get(plan.model.provider)) is not None:
        own_mend(body, plan)
    if plan.model.provider != "ollama_chat":
        body |= plan.extra
    if plan.model.provider != "gemini":
        body["stream"] = stream
    if stream and plan.model.supports_stream_options:
        body["stream_options"] = {"include_usage": True}


def _mend_ollama(body: JsonObject, plan: PreparedRequest) -> None:
    effort, options = plan.parameters.get("reasoning_effort"), body.get("options")
    if effort is not None:
        body["think"] = False if effort == "none" else effort
    own = {key: value for key, value in plan.extra.items() if key not in _OLLAMA_TOP}
    body["options"] = {**(options if isinstance(options, dict) else {}), **own}
    body.update({key: value for key, value in plan.extra.items() if key in _OLLAMA_TOP})
    names = dict(_named_calls(plan.messages))
    for wire, told in zip(_objects(body.get("messages")), plan.messages, strict=True):
        if not wire.get("images"):  # LiteLLM lists them, also where there are none
            wire.pop("images", None)
        if told["role"] == "assistant":  # LiteLLM takes what stands between tags for thinking
            wire["content"] = told["content"] or ""
            wire.pop("thinking", None)
        elif told["role"] == "tool":  # Ollama tells results apart by the tool's name
            wire["tool_name"] = names.get(told["tool_call_id"], "")


def _named_calls(messages: Sequence[JsonObject]) -> Iterator[tuple[object, object]]:
    for call in (call for message in messages for call in _objects(message.get("tool_calls"))):
        yield call["id"], next(_functions([call]))["name"]


def _mend_mistral(body: JsonObject, plan: PreparedRequest) -> None:
    if "tool_choice" in plan.parameters:  # of which LiteLLM loses a tool's name
        body["tool_choice"] = plan.parameters["tool_choice"]


def _mend_deepseek(body: JsonObject, plan: PreparedRequest) -> None:
    effort = plan.parameters.get("reasoning_effort")
    if effort not in (None, "none"):  # of which LiteLLM keeps that there is one
        body["reasoning_effort"] = effort


def _mend_tools(body: JsonObject, plan: PreparedRequest) -> None:
    if "tools" in plan.parameters:
        body["tools"] = plan.parameters["tools"]


def _mend_fireworks(_: JsonObject, plan: PreparedRequest) -> None:
    for index, function in enumerate(_functions(plan.parameters.get("tools"))):
        if function.get("strict"):
            raise UnsupportedFeatureError(feature=f"tools[{index}].strict")


def _mend_cohere(body: JsonObject, plan: PreparedRequest) -> None:
    """Say what LiteLLM leaves out. Source: https://docs.cohere.com/reference/chat."""
    choice = plan.parameters.get("tool_choice")
    if isinstance(choice, dict):
        raise UnsupportedFeatureError(feature="tool_choice: a tool by its name")
    if choice is not None:
        body["tool_choice"] = _COHERE_CHOICES[choice]
    strict = [function.pop("strict", False) for function in _functions(body.get("tools"))]
    if any(strict):
        body["strict_tools"] = True  # there it is all tools or none


def _mend_gemini(body: JsonObject, plan: PreparedRequest) -> None:
    """Tell whole schemas. Source: https://ai.google.dev/api/caching#FunctionDeclaration."""
    schemas = {tool["name"]: tool["parameters"] for tool in _functions(plan.parameters.get("tools"))}
    for kit in _objects(body.get("tools")):
        for tool in _objects(kit.get("functionDeclarations")):
            told = schemas.get(tool.get("name"))
            if told is not None and _propertied(told) != _propertied(tool.get("parameters")):
                tool.pop("parameters", None)  # of which LiteLLM keeps what an OpenAPI schema has
                tool["parametersJsonSchema"] = copy.deepcopy(told)


def _propertied(schema: object) -> JsonObject:
    """Return *schema* without an empty set of properties, which Google refuses."""
    told = schema if isinstance(schema, dict) else {}
    return {name: value for name, value in told.items() if (name, value) != ("properties", {})}


_MENDS: dict[str, Callable[[JsonObject, PreparedRequest], None]] = {
    "cohere_chat": _mend_cohere,
    "deepseek": _mend_deepseek,
    "fireworks_ai": _mend_fireworks,
    "gemini": _mend_gemini,
    "hosted_vllm": _mend_tools,
    "mistral": _mend_mistral,
    "ollama_chat": _mend_ollama,
    "xai": _mend_tools,
}


def _mend_anthropic(body: JsonObject, plan: PreparedRequest, messages: Sequence[Message]) -> None:
    schemas = {tool["name"]: tool for tool in _functions(plan.parameters.get("tools"))}
    for tool in _objects(body.get("tools")):
        told = schemas.get(tool.get("name"))
        if told is not None:  # the whole schema: LiteLLM keeps the fields that it knows
            tool["input_schema"] = copy.deepcopy(told["parameters"])
            tool.update({"strict": True} if told.get("strict") else {})
    blocks = [block for message in _objects(body.get("messages")) for block in _objects(message.get("content"))]
    files = [part for message in messages for part in _parts(message) if isinstance(part, FilePart)]
    for file, block in zip(files, (block for block in blocks if block.get("type") == "document"), strict=False):
        block.update({"title": file.name} if file.name else {})
        if (file.url or "").startswith(_ADDRESSES):  # which LiteLLM takes for the id of a file at Anthropic
            block["source"] = {"type": "url", "url": file.url}
    results = [message for message in messages if isinstance(message, ToolMessage)]
    for message, block in zip(results, (block for block in blocks if block.get("type") == "tool_result"), strict=False):
        if message.is_error:
            block.update({"is_error": True, "content": _unmarked(block.get("content"))})


def _unmarked(content: object) -> object:
    """Return the content of a result without the mark that `ToolMessage.content_with_error_prefix` puts before it."""
    if isinstance(content, str):
        return content.removeprefix(ERROR_PREFIX)
    blocks = list(_objects(content))
    return blocks[1:] if blocks and blocks[0].get("text") == ERROR_PREFIX else content


def _parts(message: Message) -> Sequence[object]:
    return message.parts if isinstance(message, UserMessage) else ()


def _functions(tools: object) -> Iterator[JsonObject]:
    return _objects([tool.get("function") for tool in _objects(tools)])


def _objects(values: object) -> Iterator[JsonObject]:
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, dict))

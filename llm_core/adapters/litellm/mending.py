"""Completes a body that LiteLLM's config wrote: what the config loses, or leaves to `litellm.completion`."""

import copy
from collections.abc import Callable, Iterator, Sequence

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import ERROR_PREFIX, Message, ToolMessage, UserMessage
from llm_core.domain.parts import FilePart

from .prepared_request import PreparedRequest

_EDITS_TOOLS = frozenset({"fireworks_ai", "gemini", "hosted_vllm", "xai"})  # LiteLLM removes keywords from tool schemas
_COHERE_CHOICES: dict[object, str] = {"required": "REQUIRED", "none": "NONE"}
_URLS = ("https://", "http://")
_OLLAMA_TOP = frozenset({"keep_alive", "think", "format", "template", "raw", "suffix", "logprobs", "top_logprobs"})


def fresh_parameters(prepared: PreparedRequest) -> JsonObject:
    """Return parameters for LiteLLM to edit; copies if the originals are needed again."""
    return copy.deepcopy(prepared.parameters) if prepared.model.provider in _EDITS_TOOLS else dict(prepared.parameters)


def mend(body: JsonObject, prepared: PreparedRequest, messages: Sequence[Message], *, stream: bool) -> None:
    """Complete *body*, in place.

    Raises:
        UnsupportedFeatureError: a tool choice by name for Cohere, a strict tool for Fireworks.
    """
    body.pop("json_mode", None)  # a note of LiteLLM's to its own call
    stream = not body.pop("fake_stream", False) and stream  # Groq does not stream JSON output
    own = body.pop("extra_body", None)  # Mistral's config puts fields there that OpenAI lacks
    body |= own if isinstance(own, dict) else {}
    if prepared.model.provider == "anthropic":
        _mend_anthropic(body, prepared, messages)
    elif (own_mend := _MENDS.get(prepared.model.provider)) is not None:
        own_mend(body, prepared)
    if prepared.model.provider != "ollama_chat":
        body |= prepared.extra
    if prepared.model.provider != "gemini":
        body["stream"] = stream
    if stream and prepared.model.supports_stream_options:
        body["stream_options"] = {"include_usage": True}


def _mend_ollama(body: JsonObject, prepared: PreparedRequest) -> None:
    effort, options = prepared.parameters.get("reasoning_effort"), body.get("options")
    if effort is not None:
        body["think"] = False if effort == "none" else effort
    own = {key: value for key, value in prepared.extra.items() if key not in _OLLAMA_TOP}
    body["options"] = {**(options if isinstance(options, dict) else {}), **own}
    body.update({key: value for key, value in prepared.extra.items() if key in _OLLAMA_TOP})
    names = dict(_named_calls(prepared.messages))
    for wire, original in zip(_objects(body.get("messages")), prepared.messages, strict=True):
        if not wire.get("images"):  # LiteLLM writes an empty list, too
            wire.pop("images", None)
        if original["role"] == "assistant":  # LiteLLM takes text between think tags for reasoning
            wire["content"] = original["content"] or ""
            wire.pop("thinking", None)
        elif original["role"] == "tool":  # Ollama matches results by the tool's name
            wire["tool_name"] = names.get(original["tool_call_id"], "")


def _named_calls(messages: Sequence[JsonObject]) -> Iterator[tuple[object, object]]:
    for call in (call for message in messages for call in _objects(message.get("tool_calls"))):
        yield call["id"], next(_functions([call]))["name"]


def _mend_mistral(body: JsonObject, prepared: PreparedRequest) -> None:
    if "tool_choice" in prepared.parameters:  # LiteLLM loses the name of a tool
        body["tool_choice"] = prepared.parameters["tool_choice"]


def _mend_deepseek(body: JsonObject, prepared: PreparedRequest) -> None:
    effort = prepared.parameters.get("reasoning_effort")
    if effort not in (None, "none"):  # LiteLLM keeps only on/off, not the effort level
        body["reasoning_effort"] = effort


def _mend_tools(body: JsonObject, prepared: PreparedRequest) -> None:
    if "tools" in prepared.parameters:
        body["tools"] = prepared.parameters["tools"]


def _mend_fireworks(_: JsonObject, prepared: PreparedRequest) -> None:
    for index, function in enumerate(_functions(prepared.parameters.get("tools"))):
        if function.get("strict"):
            raise UnsupportedFeatureError(feature=f"tools[{index}].strict")


def _mend_cohere(body: JsonObject, prepared: PreparedRequest) -> None:
    """Add what LiteLLM leaves out. Source: https://docs.cohere.com/reference/chat."""
    choice = prepared.parameters.get("tool_choice")
    if isinstance(choice, dict):
        raise UnsupportedFeatureError(feature="tool_choice: a tool by its name")
    if choice is not None:
        body["tool_choice"] = _COHERE_CHOICES[choice]
    strict = [function.pop("strict", False) for function in _functions(body.get("tools"))]
    if any(strict):
        body["strict_tools"] = True  # Cohere knows strictness for all tools together only


def _mend_gemini(body: JsonObject, prepared: PreparedRequest) -> None:
    """Send complete schemas. Source: https://ai.google.dev/api/caching#FunctionDeclaration."""
    schemas = {tool["name"]: tool["parameters"] for tool in _functions(prepared.parameters.get("tools"))}
    for group in _objects(body.get("tools")):
        for tool in _objects(group.get("functionDeclarations")):
            schema = schemas.get(tool.get("name"))
            if schema is not None and _without_empty_properties(schema) != _without_empty_properties(
                tool.get("parameters")
            ):
                tool.pop("parameters", None)  # LiteLLM keeps only what an OpenAPI schema can hold
                tool["parametersJsonSchema"] = copy.deepcopy(schema)


def _without_empty_properties(schema: object) -> JsonObject:
    """Return *schema* without an empty set of properties, which Google refuses."""
    fields = schema if isinstance(schema, dict) else {}
    return {name: value for name, value in fields.items() if (name, value) != ("properties", {})}


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


def _mend_anthropic(body: JsonObject, prepared: PreparedRequest, messages: Sequence[Message]) -> None:
    schemas = {tool["name"]: tool for tool in _functions(prepared.parameters.get("tools"))}
    for tool in _objects(body.get("tools")):
        original = schemas.get(tool.get("name"))
        if original is not None:  # the complete schema: LiteLLM keeps only the keywords that it knows
            tool["input_schema"] = copy.deepcopy(original["parameters"])
            tool.update({"strict": True} if original.get("strict") else {})
    blocks = [block for message in _objects(body.get("messages")) for block in _objects(message.get("content"))]
    files = [part for message in messages for part in _parts(message) if isinstance(part, FilePart)]
    for file, block in zip(files, (block for block in blocks if block.get("type") == "document"), strict=False):
        block.update({"title": file.name} if file.name else {})
        if (file.url or "").startswith(_URLS):  # LiteLLM takes it for the id of a file at Anthropic
            block["source"] = {"type": "url", "url": file.url}
    results = [message for message in messages if isinstance(message, ToolMessage)]
    for message, block in zip(results, (block for block in blocks if block.get("type") == "tool_result"), strict=False):
        if message.is_error:
            block.update({"is_error": True, "content": _without_error_prefix(block.get("content"))})


def _without_error_prefix(content: object) -> object:
    """Return the content of a result without the prefix that `ToolMessage.content_with_error_prefix` adds."""
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

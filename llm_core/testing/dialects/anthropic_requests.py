"""How Anthropic messages reads a request: the body as a `ChatRequest`. Source: its API reference.

`normal_form` removes what the wire cannot carry: the position of a system message (all come first), the border between
two messages of one role, the position of a result in its turn (all come first), blank text beside other parts, blank
text of a failed result (it must hold some), the JSON text of arguments, unsigned reasoning, the name and strictness of
a schema, the place of its definitions, a missing `additionalProperties` (must be false), a missing type of a tool's
parameters (must be ``object``), seed and penalties.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import cast

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonSchemaOutput, OutputFormat
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice

from .anthropic_cache import cache_lifetime
from .closed_schemas import closed_object, require_closed
from .json_fields import (
    Json,
    decode_base64,
    effort,
    effort_of_budget,
    fields,
    integer,
    items,
    number,
    optional_text,
    text,
    texts,
)
from .normal_forms import arguments_as_objects, joined_text, merge_turns, read_object, systems_first

_KNOWN_FIELDS = frozenset(
    {
        *("model", "messages", "system", "stream", "max_tokens", "temperature", "top_p", "stop_sequences"),
        *("tools", "tool_choice", "thinking", "output_config", "output_format", "service_tier"),
    }
)
_SCHEMA = "schema"  # the wire has no name for a schema
_SERVER_BLOCKS = frozenset(  # of tools that the provider runs itself
    {
        *("server_tool_use", "mcp_tool_use", "mcp_tool_result", "compaction", "advisor_tool_result"),
        *("web_search_tool_result", "web_fetch_tool_result", "tool_search_tool_result"),
        *("code_execution_tool_result", "bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
    }
)
_SERVER_TOOL = re.compile(r"\w+_\d{8}|mcp_toolset")
_CHOICES: dict[JsonValue, ToolChoice] = {"auto": "auto", "none": "none", "any": "required"}


def read_request(body: Json) -> ChatRequest:
    """Return the request as the provider understands it. ValueError where the provider would answer 400."""
    messages = [message for item in items(body, "messages") for message in _messages(item)]
    choice = fields(body, "tool_choice")
    return ChatRequest(
        model=text(body, "model"),
        messages=[*_systems(body.get("system")), *messages],
        tools=[_tool(item) for item in items(body, "tools") if not _is_server_tool(item)],
        server_tools=[_opaque(_unmarked(item)) for item in items(body, "tools") if _is_server_tool(item)],
        tool_choice=_choice(choice),
        output=_output(fields(body, "output_config").get("format") or body.get("output_format")),
        settings=_settings(body, choice),
    )


def normal_form(request: ChatRequest) -> ChatRequest:
    """Return *request* as the wire can carry it."""
    output = request.output
    messages = merge_turns(systems_first([_normal_message(message) for message in _sendable(request.messages)]))
    return attrs.evolve(
        request,
        messages=merge_turns(_results_first(messages)),
        tools=[_normal_tool(tool) for tool in request.tools],
        output=JsonSchemaOutput(name=_SCHEMA, schema=closed_object(_without_references(output.schema)))
        if isinstance(output, JsonSchemaOutput)
        else None,
        settings=attrs.evolve(
            request.settings,
            seed=None,
            presence_penalty=None,
            frequency_penalty=None,
            timeout=None,
            reasoning_effort=_normal_effort(request.settings.reasoning_effort),
        ),
    )


def _normal_effort(effort: ReasoningEffort | None) -> ReasoningEffort | None:
    """Return the effort as a budget of tokens, which names no level, distinguishes it: three levels and "none"."""
    match effort:
        case "minimal":
            return "low"
        case "xhigh" | "max":
            return "high"
        case _:
            return effort


def _sendable(messages: Sequence[Message]) -> Sequence[Message]:
    """Return *messages* without empty system messages, unless nothing else is there."""
    return [message for message in messages if message != SystemMessage("")] or messages


def _results_first(messages: list[Message]) -> list[Message]:
    """Return *messages* with the results of each turn before its other content."""
    turns = [
        list(turn) for _, turn in groupby(messages, key=lambda message: isinstance(message, UserMessage | ToolMessage))
    ]
    return [message for turn in turns for message in sorted(turn, key=lambda one: isinstance(one, UserMessage))]


def _normal_tool(tool: Tool) -> Tool:
    typed = tool.parameters if "type" in tool.parameters else {"type": "object", **tool.parameters}
    return attrs.evolve(tool, parameters=closed_object(typed) if tool.strict else typed)


def _without_references(schema: Json) -> Json:
    """Return *schema* with its definitions inlined, which means the same."""
    definitions = fields(schema, "$defs")
    return {name: _inline_references(value, definitions) for name, value in schema.items() if name != "$defs"}


def _inline_references(value: JsonValue, definitions: Json) -> JsonValue:
    match value:
        case {"$ref": str(path)} if (name := path.removeprefix("#/$defs/")) in definitions:
            others = {
                other: schema for other, schema in definitions.items() if other != name
            }  # no schema contains itself
            return _inline_references(definitions[name], others)
        case dict():
            return {name: _inline_references(item, definitions) for name, item in value.items()}
        case list():
            return [_inline_references(item, definitions) for item in value]
        case _:
            return value


def _normal_message(message: Message) -> Message:
    match message:
        case AssistantMessage():
            signed = [part for part in message.reasoning if part.signature or part.provider_data]
            content = message.content if message.content.strip() else ""
            return attrs.evolve(arguments_as_objects(message), content=content, reasoning=signed)
        case ToolMessage():
            blank = TextPart("Error" if message.is_error else "")
            return attrs.evolve(message, content=[part for part in message.parts if _has_content(part)] or [blank])
        case UserMessage():
            parts = [part for part in message.parts if part != TextPart("")]  # the provider refuses empty text
            return UserMessage(parts or message.parts)
        case _:
            return message


def _has_content(part: ToolPart) -> bool:
    return not isinstance(part, TextPart) or bool(part.text.strip())


def _systems(value: JsonValue) -> Iterator[SystemMessage]:
    for block in _blocks(value):
        yield SystemMessage(joined_text([_part(block)]))


def _messages(item: JsonValue) -> Iterator[Message]:
    match item:
        case {"role": "user", "content": content}:
            _require_text(content)
            yield from _user(content)
        case {"role": "assistant", "content": content}:
            _require_text(content)
            yield _assistant(content)
        case _:
            raise ValueError(f"messages: unknown message: {item}")


def _require_text(content: JsonValue) -> None:
    for block in _blocks(content):
        match block:
            case {"type": "text", "text": str(text)} if not text.strip():
                raise ValueError("messages: text content blocks must contain non-whitespace text")


def _user(content: JsonValue) -> Iterator[Message]:
    parts: list[UserPart] = []
    for block in _blocks(content):
        match block:
            case dict() if block.get("type") == "tool_result":
                if parts:
                    raise ValueError("messages: content: tool_result blocks must come first")
                yield _result(block)
            case _:
                parts.append(_part(block))
    if parts:
        yield UserMessage(parts)


def _result(block: Json) -> ToolMessage:
    parts = [_part(part) for part in _blocks(block.get("content") or "")]
    failed = block.get("is_error") is True
    if failed and not all(isinstance(part, TextPart) for part in parts):
        raise ValueError("messages: content: a failed result takes text only")
    return ToolMessage(_result_content(parts), tool_call_id=text(block, "tool_use_id"), is_error=failed)


def _assistant(content: JsonValue) -> AssistantMessage:
    blocks = _blocks(content)
    calls = [call for block in blocks if (call := _call(block)) is not None]
    return AssistantMessage(
        joined_text([_part(block) for block in blocks if isinstance(block, dict) and block.get("type") == "text"]),
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        reasoning=[part for block in blocks for part in _reasoning_parts(block)],
    )


def _call(block: JsonValue) -> ToolCall | InvalidToolCall | None:
    match block:
        case {"type": "tool_use", "id": str(id), "name": str(name), "input": dict(arguments)}:
            return read_object(id, name, arguments)
        case {"type": "text" | "thinking" | "redacted_thinking"}:
            return None
        case {"type": str(type_)} if type_ in _SERVER_BLOCKS:
            return None
        case _:
            raise ValueError(f"messages: content: unknown block: {block}")


def _reasoning_parts(block: JsonValue) -> Iterator[ReasoningPart]:
    match block:
        case {"type": "thinking", "thinking": str(text), "signature": str(signature)}:
            yield ReasoningPart(text, signature=signature, provider_data=[_opaque(block)])
        case {"type": "redacted_thinking"}:
            yield ReasoningPart("", provider_data=[_opaque(block)])


def _opaque(block: JsonValue) -> ProviderData:
    return ProviderData(provider="anthropic", value=block)


def _part(block: JsonValue) -> UserPart:
    match block:
        case {"type": "text", "text": str(text)}:
            return TextPart(text)
        case {"type": "image", "source": {"type": "url", "url": str(url)}}:
            return ImagePart(url=url)
        case {"type": "image", "source": {"type": "base64", "media_type": str(media_type), "data": str(data)}}:
            return ImagePart(data=decode_base64(data), media_type=media_type)
        case {"type": "document", "source": dict(source), **options}:
            return _document(source, str(options["title"]) if options.get("title") else None)
        case _:
            raise ValueError(f"messages: content: unknown block: {block}")


def _document(source: Json, title: str | None) -> FilePart:
    match source:
        case {"type": "url", "url": str(url)}:
            return FilePart(url=url, media_type="application/pdf", name=title)
        case {"type": "base64", "media_type": str(media_type), "data": str(data)}:
            return FilePart(data=decode_base64(data), media_type=media_type, name=title)
        case {"type": "text", "media_type": str(media_type), "data": str(text)}:
            return FilePart(data=text.encode(), media_type=media_type, name=title)
        case _:
            raise ValueError(f"messages: content: document: unknown source: {source}")


def _blocks(content: JsonValue) -> list[JsonValue]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if content is not None and not isinstance(content, list):
        raise ValueError("content: expected text or an array of blocks")
    return content or []


def _result_content(parts: list[UserPart]) -> list[ToolPart]:
    if not all(isinstance(part, TextPart | ImagePart) for part in parts):
        raise ValueError("messages: content: a tool result takes text and images only")
    return cast(list[ToolPart], parts)


def _tool(item: JsonValue) -> Tool:
    match item:
        case {"name": str(name), "input_schema": dict(schema), **options} if options.get("type", "custom") == "custom":
            description, strict = options.get("description", ""), options.get("strict") is True
            return Tool(name=name, description=str(description), parameters=schema, strict=strict)
        case _:
            raise ValueError(f"tools: unknown tool: {item}")


def _is_server_tool(item: JsonValue) -> bool:
    """Return whether *item* is a tool that the provider defines: its type has a date, as ``web_search_20250305``."""
    type_ = item.get("type") if isinstance(item, dict) else None
    return isinstance(type_, str) and _SERVER_TOOL.fullmatch(type_) is not None


def _unmarked(item: JsonValue) -> JsonValue:
    return {name: value for name, value in item.items() if name != "cache_control"} if isinstance(item, dict) else item


def _choice(choice: Json) -> ToolChoice:
    type_ = choice.get("type", "auto")
    if type_ == "tool":
        return NamedTool(text(choice, "name"))
    if type_ not in _CHOICES:
        raise ValueError(f"tool_choice: unknown choice: {choice}")
    return _CHOICES[type_]


def _output(value: JsonValue) -> OutputFormat | None:
    match value:
        case None:
            return None
        case {"type": "json_schema", "schema": dict(schema)}:
            require_closed(schema, "output_config")
            return JsonSchemaOutput(name=_SCHEMA, schema=schema)
        case _:
            raise ValueError(f"output_config: unknown format: {value}")


def _settings(body: Json, choice: Json) -> ChatSettings:
    limit, sequential = integer(body, "max_tokens"), choice.get("disable_parallel_tool_use")
    if limit is None:
        raise ValueError("max_tokens: field required")
    return ChatSettings(
        temperature=number(body, "temperature"),
        top_p=number(body, "top_p"),
        max_tokens=limit,
        stop=texts(body, "stop_sequences"),
        reasoning_effort=effort(fields(body, "output_config").get("effort")) or _effort_of_thinking(body, limit),
        parallel_tool_calls=None if sequential is None else sequential is not True,
        cache=cache_lifetime(body),
        service_tier=optional_text(body, "service_tier"),
        extra={key: value for key, value in body.items() if key not in _KNOWN_FIELDS},
    )


def _effort_of_thinking(body: Json, limit: int) -> ReasoningEffort | None:
    thinking = fields(body, "thinking")
    match thinking.get("type"):
        case "enabled":
            budget = integer(thinking, "budget_tokens") or 0
            if not 1024 <= budget < limit:
                raise ValueError("thinking.budget_tokens: at least 1024, and less than max_tokens")
            return effort_of_budget(budget)
        case "disabled" | "between_tools":
            return "none"
        case _:
            return None

"""OpenAI chat completions: requests encoded, response chunks decoded."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs
import llm_core as llm

JsonObject: TypeAlias = dict[str, Any]  # an unexpected shape raises below; `from_events` maps the error

CODES: dict[str, type[llm.ChatError]] = {  # more specific than the status
    '"context_length_exceeded"': llm.ContextWindowExceededError,
    '"content_policy_violation"': llm.ContentPolicyError,
    '"insufficient_quota"': llm.QuotaExceededError,
    '"rate_limit_exceeded"': llm.RateLimitError,
}
_REASONS = {reason.value: reason for reason in llm.FinishReason}


def encode(request: llm.ChatRequest, model: str) -> JsonObject:
    """Return the JSON body of *request*. Raises UnsupportedFeatureError for parts that are not text."""
    body = {name: value for name, value in attrs.asdict(request.settings).items() if value not in (None, ())}
    body.pop("timeout", None)
    body |= body.pop("extra") | {"stream": True, "stream_options": {"include_usage": True}}
    body |= {"model": request.model or model, "messages": [_message(message) for message in request.messages]}
    if request.tools:
        choice = request.tool_choice
        body["tools"] = [_function(**attrs.asdict(tool)) for tool in request.tools]
        body["tool_choice"] = _function(name=choice.name) if isinstance(choice, llm.NamedTool) else choice
    if request.output:
        schema = attrs.asdict(request.output)  # empty if any object is accepted
        body["response_format"] = {"type": "json_schema", "json_schema": schema} if schema else {"type": "json_object"}
    return body


def _message(message: llm.Message) -> JsonObject:
    match message:
        case llm.SystemMessage(text):
            return {"role": "system", "content": text}
        case llm.UserMessage(content):
            return {"role": "user", "content": _content(content)}
        case llm.AssistantMessage(text):
            calls = [
                {"id": call.id} | _function(name=call.name, arguments=_arguments(call))
                for call in message.all_tool_calls
            ]
            return {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
        case llm.ToolMessage():
            result = _content(message.content_with_error_prefix)
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": result}


def _arguments(call: llm.ToolCall | llm.InvalidToolCall) -> str:
    return call.arguments_json if isinstance(call, llm.ToolCall) else call.arguments_text


def _function(**fields: object) -> JsonObject:
    return {"type": "function", "function": fields}


def _content(content: str | Sequence[llm.UserPart]) -> str | list[JsonObject]:
    if isinstance(content, str):
        return content
    if others := [part for part in content if not isinstance(part, llm.TextPart)]:
        raise llm.UnsupportedFeatureError(feature=type(others[0]).__name__)
    return [{"type": "text"} | attrs.asdict(part) for part in content]


def decode(chunk: JsonObject, reported: JsonObject) -> Iterator[llm.StreamEvent | llm.Usage]:
    """Yield the usage and the events of *chunk*; add its fields to *reported*, for `end`."""
    if tokens := chunk.get("usage"):
        yield _usage(tokens)
    reported.update({name: value for name, value in chunk.items() if value})
    choices = chunk.get("choices", [])
    for choice in choices:
        delta = choice["delta"]
        reported.update({name: value for name, value in (choice | delta).items() if value})
        yield llm.ReasoningDelta(delta.get("reasoning_content") or "")
        yield llm.TextDelta(delta.get("content") or delta.get("refusal") or "")
        for position, call in enumerate(delta.get("tool_calls") or ()):
            index, function = call.get("index", position), call.get("function") or {}
            yield llm.ToolCallStart(index=index, id=call.get("id") or "", name=function.get("name") or "")
            yield llm.ToolCallDelta(index=index, arguments_text=function.get("arguments") or "")
    for error in [holder["error"] for holder in (chunk, *choices) if holder.get("error")]:
        raise next((class_ for code, class_ in CODES.items() if code in json.dumps(error)), llm.ServerError)


def _usage(tokens: JsonObject) -> llm.Usage:
    return llm.Usage(
        input_tokens=tokens.get("prompt_tokens"),
        output_tokens=tokens.get("completion_tokens"),
        cache_read_tokens=(tokens.get("prompt_tokens_details") or {}).get("cached_tokens"),
        reasoning_tokens=(tokens.get("completion_tokens_details") or {}).get("reasoning_tokens"),
    )


def end(reported: JsonObject) -> llm.StreamEnd:
    """Return the last event; `from_events` fills in its message and its usage."""
    raw, message = reported["finish_reason"], llm.AssistantMessage()
    if raw == "error":
        raise llm.ServerError
    reason = llm.FinishReason.CONTENT_FILTER if "refusal" in reported else _REASONS.get(raw, llm.FinishReason.OTHER)
    response = llm.ChatResponse(message=message, finish_reason=reason, raw_finish_reason=raw)
    return llm.StreamEnd(response=attrs.evolve(response, model=reported.get("model"), id=reported.get("id")))

"""Requests and answers in the words of OpenAI chat completions."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs
import llm_core as llm

Wire: TypeAlias = dict[str, Any]  # JSON: what is not shaped as expected fails below, by whatever error

CODES: dict[str, type[llm.ChatError]] = {  # these say more than the status that they come with
    '"context_length_exceeded"': llm.ContextWindowExceededError,
    '"content_policy_violation"': llm.ContentPolicyError,
    '"insufficient_quota"': llm.QuotaExceededError,
    '"rate_limit_exceeded"': llm.RateLimitError,
}
_REASONS = {reason.value: reason for reason in llm.FinishReason}


def encode(request: llm.ChatRequest, model: str) -> Wire:
    """Return the body that says all of *request*. UnsupportedFeatureError where that is more than text."""
    body = {name: value for name, value in attrs.asdict(request.settings).items() if value not in (None, ())}
    body.pop("timeout", None)
    body |= body.pop("extra") | {"stream": True, "stream_options": {"include_usage": True}}
    body |= {"model": request.model or model, "messages": [_message(message) for message in request.messages]}
    if request.tools:
        choice = request.tool_choice
        body["tools"] = [_function(**attrs.asdict(tool)) for tool in request.tools]
        body["tool_choice"] = _function(name=choice.name) if isinstance(choice, llm.NamedTool) else choice
    if request.output:
        schema = attrs.asdict(request.output)  # empty where any object will do
        body["response_format"] = {"type": "json_schema", "json_schema": schema} if schema else {"type": "json_object"}
    return body


def _message(message: llm.Message) -> Wire:
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


def _function(**told: object) -> Wire:
    return {"type": "function", "function": told}


def _content(content: str | Sequence[llm.UserPart]) -> str | list[Wire]:
    if isinstance(content, str):
        return content
    if others := [part for part in content if not isinstance(part, llm.TextPart)]:
        raise llm.UnsupportedFeatureError(feature=type(others[0]).__name__)
    return [{"type": "text"} | attrs.asdict(part) for part in content]


def read(chunk: Wire, told: Wire) -> Iterator[llm.StreamEvent]:
    """Yield what *chunk* tells, and keep in *told* what the end will tell."""
    if error := chunk.get("error"):
        raise next((kind for code, kind in CODES.items() if code in json.dumps(error)), llm.ServerError)
    told.update({name: value for name, value in chunk.items() if value})
    for choice in chunk["choices"]:
        delta = choice["delta"]
        told.update({name: value for name, value in (choice | delta).items() if value})
        yield llm.ReasoningDelta(delta.get("reasoning_content") or "")
        yield llm.TextDelta(delta.get("content") or delta.get("refusal") or "")
        for place, call in enumerate(delta.get("tool_calls") or ()):
            index, function = call.get("index", place), call.get("function") or {}
            yield llm.ToolCallStart(index=index, id=call.get("id") or "", name=function.get("name") or "")
            yield llm.ToolCallDelta(index=index, arguments_text=function.get("arguments") or "")


def end(told: Wire) -> llm.StreamEnd:
    """Return the end; `from_events` puts the message in."""
    word, tokens = told["finish_reason"], told.get("usage") or {}
    reason = llm.FinishReason.CONTENT_FILTER if "refusal" in told else _REASONS.get(word, llm.FinishReason.OTHER)
    usage = llm.Usage(
        input_tokens=tokens.get("prompt_tokens"),
        output_tokens=tokens.get("completion_tokens"),
        cache_read_tokens=(tokens.get("prompt_tokens_details") or {}).get("cached_tokens"),
        reasoning_tokens=(tokens.get("completion_tokens_details") or {}).get("reasoning_tokens"),
    )
    message = llm.AssistantMessage()
    response = llm.ChatResponse(message=message, finish_reason=reason, raw_finish_reason=word, usage=usage)
    return llm.StreamEnd(response=attrs.evolve(response, model=told.get("model"), id=told.get("id")))

"""Encodes requests for OpenAI's Responses API.

Sources: https://platform.openai.com/docs/api-reference/responses/create, /docs/guides/reasoning and
/docs/guides/conversation-state: without a stored conversation, reasoning goes back in encrypted form, which has to be
asked for (``include``), and nothing is stored (``store``).
"""

from collections.abc import Mapping

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.refusals import refuse_settings

from .encode_fields import encode_output, encode_settings, encode_tools
from .encode_items import encode_items

_ENCRYPTED = "reasoning.encrypted_content"
_RESERVED = frozenset(
    {
        *("model", "input", "tools", "tool_choice", "text.format", "stream", "store", "max_output_tokens"),
        *("previous_response_id", "conversation", "prompt", "background", "reasoning.effort"),
    }
)


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``responses``."""
    refuse_settings(settings, "stop", "seed", "presence_penalty", "frequency_penalty", "cache")
    include, extra = _include(settings.extra, endpoint)
    body: JsonObject = {
        "model": endpoint.model,
        "input": encode_each(encode_items(request.messages, endpoint)),
        "store": False,
        **({"include": include} if include else {}),
        **encode_tools(request, endpoint.provider),
        **(encode_output(request.output) if request.output is not None else {}),
        **encode_settings(settings, endpoint.rules),
    }
    if stream:
        body["stream"] = True
    body = merge_extra(body, extra, _RESERVED)
    return HTTPRequest(url=endpoint.url("responses"), headers=endpoint.headers, content=encode_json(body))


def _include(extra: Mapping[str, JsonValue], endpoint: Endpoint) -> tuple[list[JsonValue], Mapping[str, JsonValue]]:
    """Return what the answer has to include, ours and the caller's, and the rest of *extra*."""
    ours: list[JsonValue] = [_ENCRYPTED] if endpoint.rules.replays_reasoning else []
    asked = extra.get("include")
    if not isinstance(asked, list):
        return ours, extra
    rest = {name: value for name, value in extra.items() if name != "include"}
    return [*ours, *(value for value in asked if value not in ours)], rest

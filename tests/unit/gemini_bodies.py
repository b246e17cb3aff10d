"""Bodies of requests to Gemini, for the tests of its encoder."""

import json

from llm_core import (
    ChatRequest,
    Message,
    ToolCall,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.providers.registry import find_profile
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.gemini import GEMINI

HELLO = UserMessage("hi")
PNG = b"\x89PNG\r\n"
BEFORE_3, FROM_3 = "gemini-2.5-flash", "gemini-3-pro-preview"


def endpoint(model: str = "x", query: str = "") -> Endpoint:
    profile = find_profile("gemini")
    assert profile is not None
    base_url = "https://provider.test/v1beta"
    headers = profile.key_headers("k")
    rules = profile.rules(model, base_url)
    return Endpoint(provider="gemini", model=model, base_url=base_url, headers=headers, rules=rules, query=query)


def body(request: ChatRequest, model: str = "x") -> dict[str, JsonValue]:
    sent = GEMINI.encode(request, request.settings, endpoint(model), stream=False)
    fields = json.loads(sent.content)
    assert isinstance(fields, dict)
    return fields


def contents(*messages: Message, model: str = "x") -> JsonValue:
    return body(ChatRequest(messages=messages), model)["contents"]


def calls(*names: str, id: str | None = None) -> list[ToolCall]:
    return [
        ToolCall(id=id or f"{name}_{index}", name=name, arguments={"n": index}) for index, name in enumerate(names, 1)
    ]

"""How the encoders' tests write a request: as an adapter does, with what its rules refuse or leave out."""

import json

import attrs

from llm_core import ChatRequest, ChatSettings
from llm_core.domain.json_values import JsonValue
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest
from llm_core.wires.wire import Wire


def written(request: ChatRequest, wire: Wire, endpoint: Endpoint, *, stream: bool = False) -> HTTPRequest:
    """Return *request* as an adapter sends it; UnsupportedFeatureError for what the model or the wire refuses."""
    require_features(request, endpoint.rules)
    settings, _ = accepted_settings(request, request.settings, endpoint.rules)
    return wire.encode(request, settings, endpoint, stream=stream)


def body_of(request: ChatRequest, wire: Wire, endpoint: Endpoint, *, stream: bool = False) -> dict[str, JsonValue]:
    """Return the JSON body of *request*."""
    body: dict[str, JsonValue] = json.loads(written(request, wire, endpoint, stream=stream).content)
    return body


def recorded(http_request: HTTPRequest) -> RecordedRequest:
    """Return *http_request* as a dialect reads it."""
    path = "/" + http_request.url.partition("://")[2].partition("/")[2]
    return RecordedRequest(method="POST", path=path, headers=http_request.headers, body=http_request.content)


def without_ignored(request: ChatRequest, endpoint: Endpoint) -> ChatRequest:
    """Return *request* without the settings that the model does not accept."""
    settings: ChatSettings = accepted_settings(request, request.settings, endpoint.rules)[0]
    return attrs.evolve(request, model=endpoint.model, settings=settings)

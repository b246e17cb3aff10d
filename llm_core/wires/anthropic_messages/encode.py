"""Encodes requests for Anthropic's Messages API.

Sources: https://docs.anthropic.com/en/api/messages, /en/api/versioning, and for results and calls
https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use: the results of a turn's calls stand
first in the next user turn, all in one; turns of one role are one turn. All system messages stand in one field, in
their order. Text that is empty or white space is refused by the API: it is left out beside other content, and a message
that holds nothing else is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import HTTPRequest, merge_headers
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_each, encode_json
from llm_core.wires.paired_calls import PairedCalls, WireCall
from llm_core.wires.result_images import result_images

from .cache_breakpoints import add_breakpoints
from .encode_assistant import encode_assistant
from .encode_fields import RESERVED, encode_fields
from .encode_parts import encode_part, uploaded

_VERSION = {"anthropic-version": "2023-06-01"}
_BETA = "anthropic-beta"
_FILES_BETA = "files-api-2025-04-14"  # https://docs.anthropic.com/en/docs/build-with-claude/files


def encode(request: ChatRequest, settings: ChatSettings, endpoint: Endpoint, /, *, stream: bool) -> HTTPRequest:
    """Return *request* with *settings* as a request to ``/v1/messages``."""
    body: JsonObject = {"model": endpoint.model}
    system = list(_system(request.messages))
    if system:
        body["system"] = system
    turns = _Turns(endpoint).encode(request.messages)
    body["messages"] = encoded = encode_each(turns) if settings.cache is None else list(turns)  # which is marked below
    if not encoded:
        raise UnsupportedFeatureError(feature="messages: none beside system messages")  # which the API refuses
    body |= encode_fields(request, settings, endpoint)
    if settings.cache is not None:
        add_breakpoints(body, settings.cache, settings.extra)
    if stream:
        body["stream"] = True
    body = merge_extra(body, settings.extra, RESERVED)
    headers = merge_headers(_VERSION, endpoint.headers)
    if any(_has_uploaded(message) for message in request.messages):
        headers = _with_beta(headers, _FILES_BETA)
    return HTTPRequest(url=endpoint.url("v1/messages"), headers=headers, content=encode_json(body))


def _has_uploaded(message: Message) -> bool:
    return not isinstance(message.content, str) and any(map(uploaded, message.content))


def _with_beta(headers: Mapping[str, str], beta: str) -> dict[str, str]:
    """Return *headers* with *beta* among the features that the caller named."""
    named = [value for name, value in headers.items() if name.lower() == _BETA]
    features = [feature.strip() for value in named for feature in value.split(",")]
    return merge_headers(headers, {_BETA: ",".join(dict.fromkeys((*features, beta)))})


def _system(messages: Sequence[Message]) -> Iterator[JsonObject]:
    for index, message in enumerate(messages):
        if isinstance(message, SystemMessage) and message.content:
            if message.content.isspace():
                raise UnsupportedFeatureError(feature=f"messages[{index}].content: blank text")
            yield {"type": "text", "text": message.content}


@attrs.define
class _Turns:
    """The turns of a conversation; `results` and `others` are the blocks of the turn that is not complete yet."""

    endpoint: Endpoint
    role: str = "user"
    results: list[JsonObject] = attrs.field(factory=list)
    others: list[JsonObject] = attrs.field(factory=list)

    def encode(self, messages: Sequence[Message]) -> Iterator[JsonObject]:
        """Yield *messages* as turns."""
        pairs = PairedCalls(messages, self.endpoint.rules.tool_call_ids)
        for index, message in enumerate(messages):
            match message:
                case SystemMessage():
                    pass  # in a field of its own
                case UserMessage():
                    yield from self._begin("user")
                    self.others += self._user(message, f"messages[{index}].content")
                case AssistantMessage():
                    yield from self._begin("assistant")
                    self.others += self._assistant(message, pairs.of(message), f"messages[{index}]")
                case ToolMessage():
                    yield from self._begin("user")
                    self._add_result(message, pairs.answered_by(message), f"messages[{index}].content")
                case _:
                    assert_never(message)
        yield from self._end()

    def _begin(self, role: str) -> Sequence[JsonObject]:
        """Begin a turn of *role*, if it is another one; return the turn that ended."""
        ended = () if role == self.role else self._end()
        self.role = role
        return ended

    def _end(self) -> Sequence[JsonObject]:
        """Return the turn, if it has blocks."""
        content = [*self.results, *self.others]
        self.results, self.others = [], []
        return [{"role": self.role, "content": content}] if content else ()

    def _user(self, message: UserMessage, path: str) -> list[JsonObject]:
        if isinstance(message.content, str):
            if not message.content.strip():
                raise UnsupportedFeatureError(feature=f"{path}: blank text")
            return [{"type": "text", "text": message.content}]
        parts = list(enumerate(message.content))
        filled = [(index, part) for index, part in parts if part != TextPart("")]
        for _, part in filled or parts:
            if isinstance(part, TextPart) and not part.text.strip():
                raise UnsupportedFeatureError(feature=f"{path}: blank text")
        return [self._part(part, f"{path}[{index}]") for index, part in filled]

    def _assistant(self, message: AssistantMessage, calls: Sequence[WireCall], path: str) -> list[JsonObject]:
        blocks = encode_assistant(message, calls, self.endpoint, path)
        if not blocks:
            raise UnsupportedFeatureError(feature=f"{path}.content: blank text")
        return blocks

    def _add_result(self, message: ToolMessage, answered: WireCall, path: str) -> None:
        """Add a result. A failed one must hold text, and nothing else; its images follow all results of the turn."""
        content: object = message.content
        if not isinstance(message.content, str):
            parts = [part for part in message.content if isinstance(part, TextPart) or not message.is_error]
            content = self._result_blocks(parts, path) or ""
        result: JsonObject = {"type": "tool_result", "tool_use_id": answered.id, "content": content}
        if message.is_error:
            result["is_error"] = True
            self.others += result_images(message, answered, path, self._part)
            if isinstance(content, str) and not content.strip():
                result["content"] = "Error"
        self.results.append(result)

    def _result_blocks(self, parts: Sequence[ToolPart], path: str) -> list[JsonObject]:
        return [
            self._part(part, f"{path}[{index}]")
            for index, part in enumerate(parts)
            if not (isinstance(part, TextPart) and not part.text.strip())
        ]

    def _part(self, part: UserPart, path: str) -> JsonObject:
        return encode_part(part, path, self.endpoint.rules)

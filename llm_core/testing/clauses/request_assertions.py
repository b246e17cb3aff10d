"""Assertions about what was sent to the provider, and about refusals."""

from collections.abc import Collection

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import json_text
from llm_core.domain.messages import AssistantMessage, Message
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool
from llm_core.ports.chat import ChatPort
from llm_core.testing.capabilities import RARE_SETTINGS, SETTINGS
from llm_core.testing.request_strategies import set_names
from llm_core.testing.scenarios import Replies

from .author_api import ContractAuthorApi
from .differences import request_differences
from .modes import Mode, call_in_mode
from .rich_requests import CITY, select_settings
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST

_ALL_SETTINGS = SETTINGS | RARE_SETTINGS
_RESPONSE_FIELDS = ("status_code", "request_id", "retry_after", "partial", "usage")


class RequestAssertions(ContractAuthorApi):
    """Sends a request and checks what the fake provider received, or that the request was refused."""

    def seen(self, request: ChatRequest, mode: Mode) -> ChatRequest:
        """Return *request* as the fake provider understood it, in the normal form of `expected_request`."""
        call_in_mode(self.make_chat(Replies()), request, mode)
        return self.received_request(request)

    def refused_as_claimed(self, request: ChatRequest, mode: Mode, *, claimed: bool) -> bool:
        """Return True if the ability is not claimed, after checking that the request is refused and not sent."""
        if claimed:
            return False
        self.require_refused(self.make_chat(Replies()), request, mode)
        return True

    def require_refused(self, chat: ChatPort, request: ChatRequest, mode: Mode) -> None:
        """Raise AssertionError unless *request* is refused, and not sent."""
        with pytest.raises(UnsupportedFeatureError) as caught:
            call_in_mode(chat, request, mode)
        assert 0 == self.recorder.count, self.counted()
        _require_refusal(caught.value)
        self.was_refused: bool = True

    def answer_unless_refused(self, request: ChatRequest, mode: Mode) -> ChatResponse | None:
        """Return the response; None where *request* is refused before it is sent."""
        try:
            return call_in_mode(self.make_chat(Replies()), request, mode)
        except UnsupportedFeatureError as error:
            assert 0 == self.recorder.count, self.counted()
            _require_refusal(error)
            self.was_refused = True
        return None

    def is_refused(self, request: ChatRequest, mode: Mode) -> bool:
        """Return True if *request* is refused before it is sent; otherwise it was sent and answered."""
        return self.answer_unless_refused(request, mode) is None

    def settings_arrive(self, request: ChatRequest, mode: Mode) -> bool:
        """Return True if *request* was accepted, after checking that it arrives; a setting may be named as ignored."""
        response = self.answer_unless_refused(request, mode)
        if response is None:
            return False
        self.require_arrival(request, response.ignored_settings)
        return True

    def require_arrival(self, request: ChatRequest, ignored: Collection[str] = ()) -> None:
        """Raise AssertionError unless all of *request* arrived; a setting that is named as *ignored* must be absent.

        Over HTTP, opaque data and reasoning are not compared: only the adapter knows which provider they belong to.
        """
        surplus = sorted({name.partition(".")[0] for name in ignored} - set_names(request.settings))
        assert not surplus, f"ignored_settings names what the request does not set: {surplus}"
        expected, seen = self.expected_request(request), self.received_request(request)
        expected = attrs.evolve(expected, settings=self.without_ignored(expected.settings, ignored))
        seen = attrs.evolve(seen, settings=self.without_required(seen.settings, ignored))
        if self.capabilities.http:
            expected, seen = _without_opaque_data(expected), _without_opaque_data(seen)
        is_model = request.model is None or (seen.model and request.model.endswith(seen.model))
        assert is_model, f"the model {seen.model!r} was sent instead of {request.model!r}"
        differences = request_differences(
            attrs.evolve(expected, model=None), attrs.evolve(seen, model=None), call_ids=self.call_id_pattern()
        )
        if differences:
            raise AssertionError("\n".join(["the request did not arrive unchanged:", *differences]))

    def without_ignored(self, settings: ChatSettings, ignored: Collection[str]) -> ChatSettings:
        """Return *settings* without those that the adapter names as *ignored*: `extra.x` is one field of `extra`."""
        names = {name for name in ignored if "." not in name}
        extra = {key: value for key, value in settings.extra.items() if f"extra.{key}" not in ignored}
        return select_settings(attrs.evolve(settings, extra=extra), _ALL_SETTINGS - names)

    def without_required(self, settings: ChatSettings, ignored: Collection[str]) -> ChatSettings:
        """Return *settings* without those *ignored* ones that the wire requires: the adapter supplies its own value."""
        return select_settings(settings, _ALL_SETTINGS - (self.required_settings() & {*ignored}))

    def full_request(self) -> ChatRequest:
        """Return a request with everything that is claimed: tools, a tool choice and an output format."""
        claimed = self.capabilities
        output = CITY if claimed.json_schema_output else JsonOutput() if claimed.json_output else None
        request = REQUEST_WITH_TOOLS if claimed.tools else SIMPLE_REQUEST
        return attrs.evolve(request, output=output, tool_choice="required" if claimed.tool_choice else "auto")

    def sent(self) -> str:
        """Return the text of the last request: its body, or without HTTP the `repr` of the reported request."""
        return self.recorder.requests[-1].body.decode() if self.recorder.requests else repr(self.recorder.last)


def tools_with_schema_text(request: ChatRequest) -> list[tuple[Tool, str]]:
    """Return the tools with their parameters as JSON text: == ignores the order of a schema, and models do not."""
    return [(tool, json_text(tool.parameters)) for tool in request.tools]


def output_with_schema_text(request: ChatRequest) -> tuple[OutputFormat | None, str]:
    """Return the output format with its schema as JSON text."""
    output = request.output
    return output, json_text(output.schema) if isinstance(output, JsonSchemaOutput) else ""


def _require_refusal(error: UnsupportedFeatureError) -> None:
    """Raise AssertionError unless *error* names a feature, and nothing that only an answer could have."""
    if not error.feature:
        raise AssertionError(f"`feature` of the refusal does not name what is not supported: {error!r}")
    set_fields = [name for name in _RESPONSE_FIELDS if getattr(error, name) is not None]
    set_fields += ["retryable"] if error.retryable else []
    if set_fields:
        fields = ", ".join(set_fields)
        raise AssertionError(f"nothing was sent, and the refusal has fields of an answer ({fields}): {error!r}")


def _without_opaque_data(request: ChatRequest) -> ChatRequest:
    return attrs.evolve(request, messages=[_without_opaque_fields(message) for message in request.messages])


def _without_opaque_fields(message: Message) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    calls = [attrs.evolve(call, provider_data=()) for call in message.tool_calls]
    invalid = [attrs.evolve(call, provider_data=()) for call in message.invalid_tool_calls]
    return attrs.evolve(message, tool_calls=calls, invalid_tool_calls=invalid, reasoning=(), provider_data=())
